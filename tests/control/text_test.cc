#include "clients/control/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "clients/control/event_text.h"
#include "clients/control/exit_code.h"
#include "clients/control/experiment_text.h"
#include "clients/control/live_line.h"
#include "clients/control/names.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(TextTest, EstimateHasTheDigitsOfItsError) {
  EXPECT_EQ(EstimateText(17.9249, 0.81), "17.9 +- 0.8");
  EXPECT_EQ(EstimateText(17.9249, 0.042), "17.92 +- 0.04");
  EXPECT_EQ(EstimateText(17.9249, 1.5), "17.9 +- 1.5");
  EXPECT_EQ(EstimateText(17.9249, 4), "18 +- 4");
  EXPECT_EQ(EstimateText(1234.4, 31), "1234 +- 31");
  EXPECT_EQ(EstimateText(3, 0), "3.0 +- 0.0");
}

TEST(TextTest, ClockRoundsToSeconds) {
  EXPECT_EQ(ClockText(absl::Milliseconds(46600)), "0:47");
  EXPECT_EQ(ClockText(absl::Seconds(725)), "12:05");
  EXPECT_EQ(ClockText(absl::Seconds(3723)), "1:02:03");
}

TEST(TextTest, TextsOfOthersCanNotSteerTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[2Jb\nc\rd"), "a [2Jb c d");
}

TEST(TextTest, EnumLosesItsPrefix) {
  EXPECT_EQ(ShortEnum("ONSET_SOURCE_RIG_LINE", "ONSET_SOURCE_"), "rig_line");
  EXPECT_EQ(ShortEnum("STATE_UNSPECIFIED", "STATE_"), "");
}

TEST(TextTest, ColumnsAreAsWideAsTheirCells) {
  EXPECT_EQ(AlignColumns({{"NAME", "X"}, {"größer", "1"}, {"b", ""}}), "NAME    X\ngrößer  1\nb\n");
}

TEST(TextTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutToWidth("größer", 3), "grö");
  EXPECT_EQ(CutToWidth("ab", 3), "ab");
}

TEST(NamesTest, ShortAndFullNamesAreTheSame) {
  EXPECT_EQ(*FullExperimentName("demo"), "experiments/demo");
  EXPECT_EQ(*FullExperimentName("experiments/demo"), "experiments/demo");
  EXPECT_EQ(*FullStimulusName("demo/12"), "experiments/demo/stimuli/12");
  EXPECT_EQ(*FullStimulusName("experiments/demo/stimuli/ref-a.png"),
            "experiments/demo/stimuli/ref-a.png");
}

TEST(NamesTest, RefusesWhatCanBeNoName) {
  for (const char* name : {"", "Demo", "demo/12", "experiments/", "clients/demo", "a b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(FullExperimentName(name).status())) << name;
  }
  for (const char* name :
       {"demo", "12", "demo/", "demo/../x", "a/b/c", "experiments/demo/trials/1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(FullStimulusName(name).status())) << name;
  }
}

TEST(ExitCodeTest, FollowsStatusAndState) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), ExitCode::kSuccess);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), ExitCode::kError);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), ExitCode::kUnreachable);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), ExitCode::kUnreachable);
  EXPECT_EQ(ExitCodeOf(v1::Experiment::STATE_SUCCEEDED), ExitCode::kSuccess);
  EXPECT_EQ(ExitCodeOf(v1::Experiment::STATE_STOPPED), ExitCode::kStopped);
  EXPECT_EQ(ExitCodeOf(v1::Experiment::STATE_FAILED), ExitCode::kFailed);
  EXPECT_EQ(ExitCodeOf(v1::Experiment::STATE_ACTIVE), ExitCode::kError);
}

TEST(ExperimentTextTest, PlanSaysWhatWillBeDone) {
  v1::Experiment e = SmallSpec();
  e.mutable_optimizer()->mutable_tt_cross();
  e.mutable_presentation()->set_repeats(2);
  e.mutable_presentation()->set_blanks_per_block(3);
  e.mutable_presentation()->set_confirmation_repeats(20);
  auto& d = *e.mutable_latent_space()->add_dimensions();
  d.set_repeat(49);
  d.mutable_categorical()->set_levels(64);
  const std::string plan = PlanText(e);
  EXPECT_THAT(plan,
              AllOf(HasSubstr("TT-cross, at most 24 candidate trials, each stimulus shown 2 times"),
                    HasSubstr("3 blanks in every block"), HasSubstr("20 times each"),
                    HasSubstr("fake: 49 codes of 64 levels"),
                    HasSubstr("50ms on, 50ms between; 0:06 of showing for 64 trials"),
                    HasSubstr("a/0, spikes per trial in [0, 100ms)")));
}

TEST(ExperimentTextTest, PlanSaysHowWellPicturesBecamePoints) {
  v1::Experiment e = SmallSpec();
  EXPECT_THAT(PlanText(e), testing::Not(HasSubstr("begins with")));
  e.mutable_optimizer()->set_start_reference_set("faces");
  for (const auto& [name, error] : {std::pair{"a.png", 0.01}, std::pair{"b.png", 0.03}}) {
    e.add_start_points()->set_reference(name);
    e.mutable_start_points()->rbegin()->set_error(error);
  }
  EXPECT_THAT(PlanText(e), HasSubstr("2 pictures of faces; mean squared error of their images "
                                     "0.02, of b.png 0.03"));
}

TEST(ExperimentTextTest, UnitOfTheScoreSaysHowItIsMade) {
  v1::ObjectiveSpec o = SmallSpec().objective();
  EXPECT_EQ(ScoreUnit(o), "spikes per trial");
  o.set_measure(v1::ObjectiveSpec::MEASURE_FIRING_RATE);
  o.set_subtract_baseline(true);
  o.mutable_units(0)->set_weight(-1);
  EXPECT_EQ(ScoreUnit(o), "weighted spikes/s above baseline");
}

TEST(EventTextTest, OnlyWhatPeopleWantToSeeGetsALine) {
  v1::ExperimentEvent event;
  event.mutable_trial()->set_attempt(1);
  EXPECT_EQ(EventLine(event, {}), "");
  event.mutable_generation()->set_state(v1::Generation::STATE_PLANNED);
  event.mutable_generation()->set_kind(v1::Generation::KIND_SEARCH);
  EXPECT_EQ(EventLine(event, {}), "");
  event.mutable_comment()->set_text("moved\x1b[2J");
  event.mutable_comment()->set_author("anna");
  EXPECT_THAT(EventLine(event, {}), EndsWith("comment by anna: moved [2J"));
}

TEST(LiveLineTest, LinesThatStayComeAboveTheLiveOne) {
  std::ostringstream out;
  {
    LiveLine line(&out, 11);
    line.Draw("0123456789abc", 0);
    line.Print("paused");
  }
  EXPECT_EQ(out.str(), "\r\x1b[K0123456789\r\x1b[Kpaused\n0123456789\n");
}

TEST(LiveLineTest, DrawsAtMostTenTimesASecond) {
  std::ostringstream out;
  LiveLine line(&out, 80);
  EXPECT_TRUE(line.Due(0));
  line.Draw("a", 0);
  EXPECT_FALSE(line.Due(99'000'000));
  EXPECT_TRUE(line.Due(100'000'000));
}

}  // namespace
}  // namespace evoke
