#include "server/experiment/warm_start.h"

#include <filesystem>
#include <fstream>

#include "SQLiteCpp/SQLiteCpp.h"
#include "absl/strings/str_cat.h"
#include "clients/control/trial_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/experiment/opening.h"
#include "tests/experiment/experiment_driver.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

// a/0 likes one pattern of codes, b/0 the opposite; baselines vary.
v1::Response TwoUnits(const v1::Stimulus& stimulus, const v1::Trial& trial) {
  v1::Response response = ExperimentDriver::OneUnit(stimulus, trial);
  response.add_units("b/0");
  response.add_spike_counts(40 - response.spike_counts(0));
  response.add_baseline_counts(HashText(trial.name()) % 5);
  response.add_baseline_counts(7);
  return response;
}

v1::Experiment TwoUnitSpec() {
  v1::Experiment spec = SmallSpec();
  spec.mutable_generator()->set_weights_sha256("fake-weights");
  spec.mutable_objective()->add_units()->set_unit("b/0");
  spec.mutable_objective()->mutable_units(1)->set_weight(-1);
  spec.mutable_objective()->mutable_baseline_window()->mutable_start()->set_nanos(-100'000'000);
  spec.mutable_presentation()->set_blanks_per_block(1);
  spec.mutable_presentation()->set_repeats(2);
  return spec;
}

class WarmStartTest : public testing::Test {
 protected:
  WarmStartTest() : earlier_(TwoUnitSpec(), {}, TwoUnits) {
    earlier_.RunToTheEnd();
    EXPECT_TRUE(ledger_->Append("experiments/e", earlier_.log).ok());
    fs::create_directories(dir_);
  }
  ~WarmStartTest() override { fs::remove_all(dir_); }

  static v1::Experiment Spec(const std::string& file, const std::string& experiment) {
    v1::Experiment spec = SmallSpec();
    spec.mutable_optimizer()->mutable_one_plus_lambda();
    spec.mutable_optimizer()->mutable_warm_start()->set_file(file);
    spec.mutable_optimizer()->mutable_warm_start()->set_experiment(experiment);
    return spec;
  }
  static v1::Experiment OwnSpec() { return Spec("", "experiments/e"); }

  absl::StatusOr<std::vector<v1::EarlierResponse>> Find(const v1::Experiment& spec) const {
    const absl::StatusOr<v1::Experiment> prepared = PrepareSpec("now", spec);
    if (!prepared.ok()) return prepared.status();
    return FindEarlierResponses(*prepared, generator_, {ledger_.get(), dir_});
  }
  std::string Complaint(const v1::Experiment& spec,
                        absl::StatusCode code = absl::StatusCode::kInvalidArgument) const {
    const absl::Status status = Find(spec).status();
    EXPECT_EQ(status.code(), code) << status;
    return std::string(status.message());
  }
  void WriteDatabase(const std::string& file) const {
    const auto database = OpenSqliteLedger(dir_ + "/" + file);
    ASSERT_TRUE(database.ok()) << database.status();
    ASSERT_TRUE((*database)->Append("experiments/e", earlier_.log).ok());
  }
  void WriteExport(const std::string& file) const {
    ExperimentRecord record;
    for (const v1::ExperimentEvent& event : earlier_.log) ASSERT_TRUE(record.Add(event).ok());
    ASSERT_TRUE(WriteTables(record, ExportedFilesOf(dir_ + "/" + file)).ok());
  }
  // The experiment of the specification, with what it begins with.
  ExperimentDriver Begun(v1::Experiment spec) const {
    const auto earlier = Find(spec);
    EXPECT_TRUE(earlier.ok()) << earlier.status();
    spec.mutable_earlier_responses()->Assign(earlier->begin(), earlier->end());
    ExperimentDriver driver(spec);
    driver.RunToTheEnd();
    return driver;
  }

  const std::string dir_ =
      absl::StrCat(testing::TempDir(), "/earlier-",
                   testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::unique_ptr<Ledger> ledger_ = NewMemoryLedger();
  const FakeGenerator generator_;
  ExperimentDriver earlier_;
};

void ExpectSame(const std::vector<v1::EarlierResponse>& a,
                const std::vector<v1::EarlierResponse>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].SerializeAsString(), b[i].SerializeAsString());
  }
}

TEST_F(WarmStartTest, IsOnlyWhereItIsAskedFor) { EXPECT_TRUE(Find(SmallSpec())->empty()); }

TEST_F(WarmStartTest, ScoresTheRecordedCountsByTheNewObjective) {
  const auto found = Find(OwnSpec());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->size(), 12u);  // 24 candidate trials, two of each; no blank
  double last = 1e9;
  for (const v1::EarlierResponse& response : *found) {
    v1::Stimulus stimulus;
    *stimulus.mutable_latent() = response.latent();
    const double count = ExperimentDriver::OneUnit(stimulus, {}).spike_counts(0);
    EXPECT_EQ(response.score(), count) << "of a/0 alone, not less b/0";
    EXPECT_EQ(response.trials(), 2);
    EXPECT_EQ(response.variance(), 0) << "repeats agree: there is no noise";
    EXPECT_LE(response.score(), last);
    last = response.score();
  }
}

TEST_F(WarmStartTest, TakesTheBestPoints) {
  const auto all = Find(OwnSpec());
  v1::Experiment spec = OwnSpec();
  spec.mutable_optimizer()->mutable_warm_start()->set_max_points(3);
  const auto found = Find(spec);
  ASSERT_TRUE(found.ok()) << found.status();
  ExpectSame(*found, {all->begin(), all->begin() + 3});
}

TEST_F(WarmStartTest, AZScoreIsByTheEarlierFirstBlocksBaselines) {
  v1::Experiment spec = OwnSpec();
  spec.mutable_objective()->set_z_score(true);
  *spec.mutable_objective()->mutable_baseline_window() =
      TwoUnitSpec().objective().baseline_window();
  const auto found = Find(spec);
  ASSERT_TRUE(found.ok()) << found.status();
  std::vector<double> counts;
  for (const v1::Trial& trial : earlier_.experiment->trials().all()) {
    if (trial.generation() == 1 && trial.kind() == v1::Trial::KIND_CANDIDATE) {
      counts.push_back(trial.response().baseline_counts(0));
    }
  }
  double sum = 0, squares = 0;
  for (const double count : counts) {
    sum += count;
    squares += count * count;
  }
  const double n = static_cast<double>(counts.size()), mean = sum / n;
  const double deviation = std::max(0.5, std::sqrt((squares - sum * mean) / (n - 1)));
  v1::Stimulus stimulus;
  *stimulus.mutable_latent() = found->front().latent();
  const double count = ExperimentDriver::OneUnit(stimulus, {}).spike_counts(0);
  EXPECT_NEAR(found->front().score(), (count - mean) / deviation, 1e-12);
}

TEST_F(WarmStartTest, ALedgerAndAnExportSayTheSameAsTheOwnLedger) {
  const auto own = Find(OwnSpec());
  ASSERT_TRUE(own.ok()) << own.status();
  WriteDatabase("lab.db");
  WriteExport("monday.csv");
  const auto database = Find(Spec("lab.db", "experiments/e"));
  ASSERT_TRUE(database.ok()) << database.status();
  ExpectSame(*database, *own);
  const auto table = Find(Spec("monday.csv", ""));
  ASSERT_TRUE(table.ok()) << table.status();
  ExpectSame(*table, *own);
}

TEST_F(WarmStartTest, ALedgerIsReadWhileItsServerHasItOpen) {
  const auto open = OpenSqliteLedger(dir_ + "/open.db");
  ASSERT_TRUE(open.ok());
  ASSERT_TRUE((*open)->Append("experiments/e", earlier_.log).ok());
  EXPECT_TRUE(Find(Spec("open.db", "experiments/e")).ok());
}

TEST_F(WarmStartTest, TheSearchBeginsFromWhatItKnewAndRecommendsOnlyWhatItHasShown) {
  v1::Experiment spec = OwnSpec();
  const ExperimentDriver warm = Begun(spec);
  const v1::Experiment& e = warm.experiment->snapshot();
  EXPECT_EQ(e.earlier_responses_size(), 12);
  EXPECT_EQ(e.progress().candidate_trials_done(), 24) << "the budget counts none of them";
  const LatentPoint best = FromProto(e.earlier_responses(0).latent());
  // The first block shows the earlier best once more, beyond the method's batch.
  const v1::Generation& first = warm.log[1].generation();
  ASSERT_EQ(first.site_candidates_size(), 1);
  EXPECT_EQ(first.candidates_size(), first.site_candidates(0) + 1);
  const std::string& last = first.candidates(first.candidates_size() - 1);
  EXPECT_EQ(FromProto(warm.experiment->FindStimulus(last)->latent()), best);
  // Mutants of it are what the method proposes from the start.
  for (int i = 0; i < first.site_candidates(0); ++i) {
    const auto point = FromProto(warm.experiment->FindStimulus(first.candidates(i))->latent());
    int same = 0;
    for (size_t d = 0; d < best.size(); ++d) same += point[d] == best[d];
    EXPECT_GE(same, 3);
  }
  for (const v1::ExperimentEvent& event : warm.log) {
    if (event.generation().state() != v1::Generation::STATE_COMPLETED) continue;
    EXPECT_FALSE(event.generation().recommendation().stimulus().empty());
  }
  ExpectEveryReplayGoesOnAlike(warm, 5);
}

TEST_F(WarmStartTest, AnEarlierBestThatIsLostTodayIsNotRecommended) {
  v1::Experiment spec = OwnSpec();
  spec.mutable_optimizer()->mutable_random_search()->set_batch_size(4);
  const auto earlier = Find(spec);
  ASSERT_TRUE(earlier.ok());
  spec.mutable_earlier_responses()->Assign(earlier->begin(), earlier->end());
  spec.mutable_earlier_responses(0)->set_score(1000);
  ExperimentDriver driver(spec);
  driver.Plan();
  const v1::Generation& first = driver.log[1].generation();
  for (int64_t n = 1; n <= first.trials_size(); ++n) {
    const bool best = first.trials(static_cast<int>(n) - 1).stimulus() ==
                      first.candidates(first.candidates_size() - 1);
    for (int attempt = 1; attempt <= (best ? 3 : 1); ++attempt) driver.RunTrial(n, best);
  }
  const size_t lost = driver.log.size();
  driver.RunToTheEnd();
  const v1::Estimate& best = driver.experiment->snapshot().progress().best();
  EXPECT_LE(best.score(), 40);
  EXPECT_NE(FromProto(best.latent()), FromProto(spec.earlier_responses(0).latent()));
  ExpectEveryReplayGoesOnAlike(driver, 9, lost);
}

TEST_F(WarmStartTest, WithoutRoomForTheEarlierBestTheMethodHasTheBudget) {
  v1::Experiment spec = OwnSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(1);
  const ExperimentDriver driver = Begun(spec);
  EXPECT_EQ(driver.experiment->trials().size(), 1);
  EXPECT_EQ(driver.log[1].generation().site_candidates_size(), 0);
}

TEST_F(WarmStartTest, WhatIsNotThereIsNamed) {
  EXPECT_THAT(Complaint(Spec("", "experiments/no"), absl::StatusCode::kNotFound),
              HasSubstr("experiments/no in this server's ledger"));
  WriteDatabase("lab.db");
  EXPECT_THAT(Complaint(Spec("lab.db", "experiments/no"), absl::StatusCode::kNotFound),
              HasSubstr("experiments/no in lab.db"));
  EXPECT_THAT(Complaint(Spec("lob.db", "experiments/e"), absl::StatusCode::kNotFound),
              AllOf(HasSubstr("no lob.db"), HasSubstr("there are: lab.db")));
  const absl::Status no_folder =
      FindEarlierResponses(*PrepareSpec("now", Spec("lab.db", "experiments/e")), generator_,
                           {ledger_.get(), ""})
          .status();
  EXPECT_TRUE(absl::IsFailedPrecondition(no_folder));
  EXPECT_THAT(std::string(no_folder.message()), HasSubstr("--earlier"));
}

TEST_F(WarmStartTest, NoPathIsOpened) {
  for (const char* file : {"../lab.db", "/etc/passwd", "a/b.db", ".hidden.db", "sub/../lab.db"}) {
    EXPECT_THAT(Complaint(Spec(file, "experiments/e")), HasSubstr("optimizer.warm_start.file"));
  }
}

TEST_F(WarmStartTest, NeedsAKindOfFileAndAnExperiment) {
  EXPECT_THAT(Complaint(Spec("notes.txt", "experiments/e")), HasSubstr("*.csv"));
  EXPECT_THAT(Complaint(Spec("lab.db", "")), HasSubstr("warm_start.experiment"));
  EXPECT_THAT(Complaint(Spec("", "e")), HasSubstr("warm_start.experiment"));
  EXPECT_THAT(Complaint(Spec("monday.csv", "experiments/e")), HasSubstr("a single experiment"));
  v1::Experiment many = OwnSpec();
  many.mutable_optimizer()->mutable_warm_start()->set_max_points(-1);
  EXPECT_THAT(Complaint(many), HasSubstr("warm_start.max_points"));
  many.mutable_optimizer()->mutable_warm_start()->set_max_points(10001);
  EXPECT_THAT(Complaint(many), HasSubstr("warm_start.max_points"));
}

TEST_F(WarmStartTest, SitesBeginWithoutIt) {
  v1::Experiment spec = OwnSpec();
  v1::ObjectiveSpec::Site& site = *spec.mutable_objective()->add_sites();
  site.set_name("v1");
  *site.add_units() = spec.objective().units(0);
  spec.mutable_objective()->clear_units();
  EXPECT_THAT(Complaint(spec), AllOf(HasSubstr("warm_start"), HasSubstr("objective.sites")));
}

TEST_F(WarmStartTest, AUnitThatWasNotRecordedIsNamed) {
  v1::Experiment spec = OwnSpec();
  spec.mutable_objective()->mutable_units(0)->set_unit("c/0");
  EXPECT_THAT(Complaint(spec), AllOf(HasSubstr("c/0"), HasSubstr("a/0"), HasSubstr("trial")));
}

TEST_F(WarmStartTest, AnotherWindowIsRefused) {
  v1::Experiment spec = OwnSpec();
  spec.mutable_objective()->mutable_latency_window()->mutable_end()->set_nanos(120'000'000);
  EXPECT_THAT(Complaint(spec), AllOf(HasSubstr("[0, 100ms)"), HasSubstr("[0, 120ms)")));
  spec = OwnSpec();
  spec.mutable_objective()->set_subtract_baseline(true);
  spec.mutable_objective()->mutable_baseline_window()->mutable_start()->set_nanos(-50'000'000);
  EXPECT_THAT(Complaint(spec), AllOf(HasSubstr("baseline_window"), HasSubstr("-50ms")));
}

TEST_F(WarmStartTest, ABaselineThatWasNotCountedIsMissed) {
  ExperimentDriver bare(SmallSpec());
  bare.RunToTheEnd();
  v1::ExperimentEvent& created = bare.log[0];
  created.mutable_experiment()->set_name("experiments/e");
  const auto database = OpenSqliteLedger(dir_ + "/bare.db");
  ASSERT_TRUE((*database)->Append("experiments/e", bare.log).ok());
  v1::Experiment spec = Spec("bare.db", "experiments/e");
  spec.mutable_objective()->set_z_score(true);
  spec.mutable_objective()->mutable_baseline_window()->mutable_start()->set_nanos(-50'000'000);
  EXPECT_THAT(Complaint(spec), HasSubstr("objective.z_score needs"));
}

TEST_F(WarmStartTest, AnotherGeneratorIsRefusedNamingBoth) {
  const absl::Status weights =
      FindEarlierResponses(*PrepareSpec("now", OwnSpec()), FakeGenerator("new-weights"),
                           {ledger_.get(), dir_})
          .status();
  EXPECT_TRUE(absl::IsInvalidArgument(weights));
  EXPECT_THAT(std::string(weights.message()),
              AllOf(HasSubstr("fake-weights"), HasSubstr("new-weights")));

  v1::ExperimentEvent created = earlier_.log[0];
  created.mutable_experiment()->mutable_latent_space()->mutable_dimensions(0)->set_repeat(5);
  created.mutable_experiment()->set_name("experiments/f");
  ASSERT_TRUE(ledger_->Append("experiments/f", {created}).ok());
  EXPECT_THAT(Complaint(Spec("", "experiments/f"), absl::StatusCode::kFailedPrecondition),
              HasSubstr("nothing was answered in experiments/f"));
}

TEST_F(WarmStartTest, AnotherLatentSpaceIsRefusedNamingBoth) {
  std::vector<v1::ExperimentEvent> log = earlier_.log;
  v1::LatentSpace& space = *log[0].mutable_experiment()->mutable_latent_space();
  space.mutable_dimensions(0)->mutable_categorical()->set_levels(9);
  // As a later event of the experiment would repeat it.
  for (v1::ExperimentEvent& event : log) {
    if (event.has_experiment()) *event.mutable_experiment()->mutable_latent_space() = space;
  }
  const auto database = OpenSqliteLedger(dir_ + "/other.db");
  ASSERT_TRUE((*database)->Append("experiments/e", log).ok());
  EXPECT_THAT(Complaint(Spec("other.db", "experiments/e")),
              AllOf(HasSubstr("latent space of 6 dimensions (of fake)"), HasSubstr("bounds")));
}

TEST_F(WarmStartTest, MorePointsThanARecordHoldsAreRefused) {
  class Wide : public FakeGenerator {
   public:
    const LatentSpace& latent_space() const override { return wide_; }

   private:
    const LatentSpace wide_{std::vector<LatentDimension>(4096, LatentDimension::Categorical(8))};
  };
  v1::Experiment spec = OwnSpec();
  spec.mutable_optimizer()->mutable_warm_start()->set_max_points(33);
  const absl::Status status =
      FindEarlierResponses(*PrepareSpec("now", spec), Wide(), {ledger_.get(), dir_}).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("holds 32 points"));
}

class DamagedTableTest : public WarmStartTest {
 protected:
  // Writes the export with one text replaced by another, once.
  std::string ComplaintAbout(const std::string& what, const std::string& by) {
    WriteExport("t.csv");
    std::ifstream in(dir_ + "/t.csv", std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    const size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, what.size(), by);
    std::ofstream(dir_ + "/t.csv", std::ios::binary) << text;
    return Complaint(Spec("t.csv", ""));
  }
};

TEST_F(DamagedTableTest, IsNamedWithItsRecord) {
  EXPECT_THAT(ComplaintAbout("latent_0", "latent_a"),
              AllOf(HasSubstr("t.csv"), HasSubstr("no column latent_0")));
  EXPECT_THAT(ComplaintAbout("\r\n1,", "\r\n1,,"), HasSubstr("record 2"));
  EXPECT_THAT(ComplaintAbout(",1,candidate,", ",x,candidate,"), HasSubstr("'x' is not a number"));
}

TEST_F(DamagedTableTest, ATableWithoutItsSpecificationSaysWhatItNeeds) {
  WriteExport("t.csv");
  fs::remove(dir_ + "/t.spec.textproto");
  EXPECT_THAT(Complaint(Spec("t.csv", ""), absl::StatusCode::kNotFound),
              HasSubstr("t.spec.textproto"));
  std::ofstream(dir_ + "/t.spec.textproto") << "optimizer {";
  EXPECT_THAT(Complaint(Spec("t.csv", "")), HasSubstr("not a specification"));
}

TEST_F(WarmStartTest, AFileThatIsNoLedgerIsRefused) {
  std::ofstream(dir_ + "/text.db") << "not a database, but long enough to look like some file";
  EXPECT_FALSE(Find(Spec("text.db", "experiments/e")).ok());
  {
    SQLite::Database other(dir_ + "/other.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE t (x)");
  }
  EXPECT_THAT(Complaint(Spec("other.db", "experiments/e"), absl::StatusCode::kFailedPrecondition),
              HasSubstr("another program"));
}

}  // namespace
}  // namespace evoke
