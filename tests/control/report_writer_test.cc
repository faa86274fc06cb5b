#include "clients/control/report_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "clients/control/report_data.h"
#include "clients/control/report_text.h"
#include "common/figure/image_file.h"
#include "tests/control/event_script.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportWriterTest : public testing::Test {
 protected:
  ReportWriterTest()
      : folder_(absl::StrCat(testing::TempDir(), "/report_", getpid(), "_",
                             testing::UnitTest::GetInstance()->current_test_info()->name(),
                             "/made/here")) {}
  ~ReportWriterTest() override { std::filesystem::remove_all(folder_); }

  // A gray image whose value tells the stimulus; counts how often each is asked for.
  ImageSource Images() {
    return [this](const std::string& name) -> absl::StatusOr<Image> {
      if (++asked_[name] > 1) ADD_FAILURE() << name << " is fetched twice";
      return UniformImage(28, 28, static_cast<uint8_t>(std::hash<std::string>()(name)));
    };
  }
  bool Has(const std::string& name) const { return std::filesystem::exists(folder_ + "/" + name); }

  const std::string folder_;
  std::map<std::string, int> asked_;
};

TEST_F(ReportWriterTest, FinishedExperimentHasEveryFile) {
  const ExperimentRecord record = RealisticRun("experiments/demo", true, 12, 6, 15, 1).Record();
  const ExperimentRecord against =
      RealisticRun("experiments/demo-random", false, 12, 6, 2, 2).Record();
  const auto report = WriteReport(record, &against, Images(), folder_);
  ASSERT_TRUE(report.ok()) << report.status();
  for (const char* name :
       {"best.png", "generations.png", "convergence.png", "confirmation.png", "trials.csv",
        "trials.log.csv", "trials.spec.textproto", "summary.txt"}) {
    EXPECT_TRUE(Has(name)) << name;
  }
  EXPECT_THAT(report->text,
              AllOf(HasSubstr("(n = 20 each)"), HasSubstr("against experiments/demo-random"),
                    Not(HasSubstr("left out"))));
  std::ifstream summary(folder_ + "/summary.txt");
  EXPECT_EQ(report->text, std::string(std::istreambuf_iterator<char>(summary), {}));
  // 28 pixels become 18 * 28 = 504: squares, at most 512.
  EXPECT_EQ(ReadImage(folder_ + "/best.png")->width, 504);
}

TEST_F(ReportWriterTest, TheSummaryTellsTheReferenceRatioAndEachSitesBest) {
  EventScript script = RealisticRun("experiments/demo", true, 3, 2, 15, 1);
  v1::Experiment ended = script.Record().experiment();
  v1::Progress& progress = *ended.mutable_progress();
  progress.mutable_best_reference()->set_stimulus("experiments/demo/stimuli/ref-face.png");
  progress.mutable_best_reference()->set_score(12);
  progress.mutable_best_reference()->set_standard_error(1);
  progress.set_reference_ratio(1.5);
  v1::Estimate& site = *progress.add_site_best();
  site.set_site("v4");
  site.set_stimulus("experiments/demo/stimuli/3");
  site.mutable_latent();
  site.set_score(18);
  site.set_standard_error(2);
  ExperimentRecord record = script.Record();
  v1::ExperimentEvent event;
  event.set_sequence(record.last_sequence() + 1);
  *event.mutable_experiment() = ended;
  ASSERT_TRUE(record.Add(event).ok());
  const std::string text = SummaryText(DeriveReport(record), nullptr);
  EXPECT_THAT(text, HasSubstr("best reference: ref-face.png, 12.0 +- 1.0; the best drives 1.5 "
                              "times as strongly\n"));
  EXPECT_THAT(text, HasSubstr("site v4 18.0 +- 2.0: experiments/demo/stimuli/3\n"));
  const std::string json = SummaryJson(DeriveReport(record), nullptr, {}, {});
  EXPECT_THAT(json, AllOf(HasSubstr("\"reference_ratio\":1.5"), HasSubstr("\"site\":\"v4\"")));
}

TEST_F(ReportWriterTest, ManyGenerationsAreThinnedOut) {
  const ExperimentRecord record = RealisticRun("experiments/demo", true, 90, 2, 15, 1).Record();
  ASSERT_TRUE(WriteReport(record, nullptr, Images(), folder_).ok());
  EXPECT_LE(asked_.size(), 40);
}

TEST_F(ReportWriterTest, ExperimentThatJustBeganLeavesOutThePictures) {
  v1::Experiment spec = SmallSpec();
  spec.set_name("experiments/demo");
  const auto report = WriteReport(EventScript(spec).Record(), nullptr, Images(), folder_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(Has("summary.txt") && Has("trials.csv"));
  EXPECT_FALSE(Has("best.png") || Has("convergence.png") || Has("confirmation.png"));
  EXPECT_THAT(
      report->text,
      AllOf(HasSubstr("left out: best.png"), HasSubstr("left out: generations.png"),
            HasSubstr("left out: convergence.png"), HasSubstr("confirmation_repeats is 0")));
}

TEST_F(ReportWriterTest, ImagesThatCanNotBeHadAreSaid) {
  const ExperimentRecord record = RealisticRun("experiments/demo", true, 3, 2, 15, 1).Record();
  const auto report = WriteReport(
      record, nullptr,
      [](const std::string& name) { return absl::NotFoundError("no model of this name"); },
      folder_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->text, HasSubstr("left out: best.png: no model of this name"));
  EXPECT_TRUE(Has("convergence.png") && Has("confirmation.png"));
}

TEST_F(ReportWriterTest, PictureOfAnEarlierReportDoesNotStay) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ + "/best.png") << "of another experiment";
  v1::Experiment spec = SmallSpec();
  spec.set_name("experiments/demo");
  ASSERT_TRUE(WriteReport(EventScript(spec).Record(), nullptr, Images(), folder_).ok());
  EXPECT_FALSE(Has("best.png"));
}

TEST_F(ReportWriterTest, FolderThatCanNotBeMadeIsAnError) {
  v1::Experiment spec = SmallSpec();
  spec.set_name("experiments/demo");
  const auto report =
      WriteReport(EventScript(spec).Record(), nullptr, Images(), "/dev/null/report");
  EXPECT_TRUE(absl::IsFailedPrecondition(report.status()));
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("/dev/null/report"));
}

}  // namespace
}  // namespace evoke
