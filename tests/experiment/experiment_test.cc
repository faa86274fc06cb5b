#include "server/experiment/experiment.h"

#include <cmath>
#include <set>

#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/experiment/experiment_driver.h"
#include "tests/support/fake_generator.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using Driver = ExperimentDriver;

constexpr const char* kDisplay = ExperimentDriver::kDisplay;

v1::Experiment CrossSpec() {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(60);
  spec.mutable_optimizer()->mutable_tt_cross();
  return spec;
}

TEST(ExperimentTest, RunsToTheBudgetAndSucceeds) {
  Driver driver(CrossSpec());
  driver.RunToTheEnd();
  const v1::Experiment& e = driver.experiment->snapshot();
  EXPECT_EQ(e.state(), v1::Experiment::STATE_SUCCEEDED);
  EXPECT_EQ(e.progress().candidate_trials_done(), 60);
  EXPECT_GT(e.progress().best().score(), 0);
  EXPECT_FALSE(e.progress().best().stimulus().empty());
}

TEST(ExperimentTest, TheLastBatchIsCutToTheBudget) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(10);  // batches of 4
  Driver driver(spec);
  driver.RunToTheEnd();
  EXPECT_EQ(driver.experiment->trials().size(), 10);
  EXPECT_EQ(driver.experiment->snapshot().progress().generation(), 3);
}

TEST(ExperimentTest, ABudgetSmallerThanOneBatchIsShown) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(2);
  Driver driver(spec);
  driver.RunToTheEnd();
  EXPECT_EQ(driver.experiment->trials().size(), 2);
  EXPECT_EQ(driver.experiment->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
}

TEST(ExperimentTest, MaxGenerationsEndsTheSearch) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_max_generations(2);
  Driver driver(spec);
  driver.RunToTheEnd();
  EXPECT_EQ(driver.experiment->trials().size(), 8);
}

TEST(ExperimentTest, ATargetEndsTheSearchAndTheReasonIsRecorded) {
  v1::Experiment spec = CrossSpec();
  spec.mutable_presentation()->set_confirmation_repeats(3);
  Driver whole(spec);
  whole.RunToTheEnd();
  // A score that the search comes to on its way, but can't be sure of at once: counts are noisy.
  const v1::Estimate& best = whole.experiment->snapshot().progress().best();
  spec.mutable_optimizer()->mutable_stop()->set_target_score(0.7 * best.score());
  Driver driver(spec);
  driver.RunToTheEnd();
  const v1::Experiment& e = driver.experiment->snapshot();
  EXPECT_EQ(e.state(), v1::Experiment::STATE_SUCCEEDED);
  EXPECT_LT(e.progress().candidate_trials_done(), 60);
  EXPECT_THAT(e.state_reason(), testing::HasSubstr("optimizer.stop.target_score"));
  // It was confirmed, like every search that ends by itself.
  EXPECT_EQ(driver.experiment->trials().all().back().kind(), v1::Trial::KIND_CONFIRMATION);
}

TEST(ExperimentTest, APlateauEndsTheSearchAndTheReasonIsRecorded) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(4000);
  spec.mutable_optimizer()->mutable_stop()->set_plateau_trials(100);
  Driver driver(spec);
  driver.RunToTheEnd();
  const v1::Experiment& e = driver.experiment->snapshot();
  EXPECT_EQ(e.state(), v1::Experiment::STATE_SUCCEEDED);
  EXPECT_GE(e.progress().candidate_trials_done(), 100);
  EXPECT_LT(e.progress().candidate_trials_done(), 4000);
  EXPECT_THAT(e.state_reason(), testing::HasSubstr("optimizer.stop.plateau_trials"));
}

TEST(ExperimentTest, ReplicatesAreCandidatesOfLaterBlocks) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(60);
  spec.mutable_optimizer()->set_replicate_share(0.5);
  Driver driver(spec);
  driver.RunToTheEnd();
  std::map<std::string, std::set<int>> blocks;
  for (const v1::Trial& trial : driver.experiment->trials().all()) {
    EXPECT_TRUE(blocks[trial.stimulus()].insert(trial.generation()).second) << "twice in a block";
  }
  // Batches of 4, and as many replicates, but for the first batch and where there are fewer
  // contenders.
  EXPECT_GE(blocks.size(), 32);
  EXPECT_LE(blocks.size(), 40);
  EXPECT_EQ(driver.experiment->snapshot().progress().candidate_trials_done(), 60);
  const v1::Estimate& best = driver.experiment->snapshot().progress().best();
  EXPECT_GT(blocks[best.stimulus()].size(), 1) << "the recommended one was shown once only";
}

TEST(ExperimentTest, ReplayOfStopRulesAndReplicatesGoesOnWithTheSameTrials) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(400);
  spec.mutable_optimizer()->set_replicate_share(0.4);
  spec.mutable_optimizer()->mutable_stop()->set_plateau_trials(40);
  spec.mutable_presentation()->set_confirmation_repeats(2);
  Driver whole(spec);
  whole.RunToTheEnd();
  EXPECT_THAT(whole.experiment->snapshot().state_reason(), testing::HasSubstr("plateau"));
  ExpectEveryReplayGoesOnAlike(whole, 5);
}

TEST(ExperimentTest, ReplayOfAnyPrefixGoesOnWithTheSameTrials) {
  v1::Experiment spec = CrossSpec();
  spec.mutable_presentation()->set_repeats(2);
  spec.mutable_presentation()->set_blanks_per_block(1);
  spec.mutable_presentation()->set_confirmation_repeats(3);
  Driver whole(spec);
  whole.RunToTheEnd();
  ExpectEveryReplayGoesOnAlike(whole, 7);
}

// A start point for each of the latent points.
v1::Experiment StartSpec(v1::Experiment spec, const std::vector<LatentPoint>& points) {
  for (const LatentPoint& point : points) {
    *spec.add_start_points()->mutable_latent() = ToProto(point);
  }
  return spec;
}

std::vector<LatentPoint> FirstBlock(const Driver& driver) {
  std::vector<LatentPoint> points;
  for (const std::string& name : driver.log[1].generation().candidates()) {
    points.push_back(FromProto(driver.experiment->FindStimulus(name)->latent()));
  }
  return points;
}

TEST(ExperimentTest, TheFirstBlockShowsTheStartPointsAndTheSearchGoesOnFromThem) {
  const std::vector<LatentPoint> start = {
      {7, 0, 3, 5, 1, 6}, {0, 0, 0, 0, 0, 0}, {7, 0, 3, 5, 1, 6}, {1, 2, 3, 4, 5, 6}};
  for (const bool cross : {false, true}) {
    SCOPED_TRACE(cross);
    Driver driver(StartSpec(cross ? CrossSpec() : SmallSpec(), start));
    driver.RunToTheEnd();
    // Two pictures that came to one point are one candidate.
    EXPECT_EQ(FirstBlock(driver), (std::vector<LatentPoint>{start[0], start[1], start[3]}));
    const v1::Experiment& e = driver.experiment->snapshot();
    EXPECT_EQ(e.state(), v1::Experiment::STATE_SUCCEEDED);
    EXPECT_GT(e.progress().generation(), 2);
    EXPECT_EQ(e.progress().candidate_trials_done(), e.progress().candidate_trials_max());
    EXPECT_EQ(e.start_points_size(), 4);
    // The neuron's favourite was among them.
    EXPECT_EQ(FromProto(e.progress().best().latent()), start[0]);
    for (const size_t cut : {size_t{1}, size_t{2}, size_t{9}, driver.log.size()}) {
      EXPECT_TRUE(driver.Replay(cut)->diverged_generations().empty()) << cut;
    }
    auto replayed = driver.Replay(1);
    EXPECT_EQ(replayed->Plan()->front().generation().SerializeAsString(),
              driver.log[1].generation().SerializeAsString());
  }
}

TEST(ExperimentTest, StartPointsAreCutToTheBudget) {
  std::vector<LatentPoint> start;
  for (int i = 0; i < 8; ++i) start.push_back(LatentPoint(6, i));
  v1::Experiment spec = StartSpec(SmallSpec(), start);
  spec.mutable_optimizer()->set_max_candidate_trials(5);
  Driver driver(spec);
  driver.RunToTheEnd();
  start.resize(5);
  EXPECT_EQ(FirstBlock(driver), start);
  EXPECT_EQ(driver.experiment->trials().size(), 5);
  EXPECT_EQ(driver.experiment->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
}

TEST(ExperimentTest, AStartPointOutsideTheLatentSpaceIsRefused) {
  v1::Experiment spec = StartSpec(WithDefaults(SmallSpec()), {LatentPoint(6, 8)});
  *spec.mutable_latent_space() = ToProto(FakeGenerator().latent_space());
  v1::ExperimentEvent created;
  created.set_sequence(1);
  *created.mutable_experiment() = spec;
  EXPECT_TRUE(absl::IsInvalidArgument(Experiment::Create(created, {}, nullptr).status()));
}

// Answers of a/0 as the images' liking, and a baseline that varies from trial to trial.
v1::Response WithBaseline(const v1::Stimulus& stimulus, const v1::Trial& trial) {
  v1::Response response = ExperimentDriver::OneUnit(stimulus, trial);
  response.add_baseline_counts(HashText(trial.name()) % 5);
  return response;
}

v1::Experiment ZScoreSpec() {
  v1::Experiment spec = SmallSpec();
  spec.mutable_objective()->set_z_score(true);
  spec.mutable_objective()->mutable_baseline_window()->mutable_start()->set_nanos(-100'000'000);
  spec.mutable_presentation()->set_blanks_per_block(1);
  return spec;
}

TEST(ExperimentTest, ZScoresOfTheFirstBlockComeWithItsEndAndItsScaleStays) {
  Driver driver(ZScoreSpec(), {}, WithBaseline);
  driver.Plan();
  for (int64_t n = 1; n <= 5; ++n) {
    driver.RunTrial(n);
    EXPECT_FALSE(driver.experiment->trials().Find(n)->has_score());
  }
  driver.RunToTheEnd();
  double sum = 0, squares = 0;
  for (int64_t n = 1; n <= 5; ++n) {
    const double count = driver.experiment->trials().Find(n)->response().baseline_counts(0);
    sum += count;
    squares += count * count;
  }
  const double mean = sum / 5;
  const double deviation = std::max(0.5, std::sqrt((squares - sum * mean) / 4));
  for (const v1::Trial& trial : driver.experiment->trials().all()) {
    EXPECT_NEAR(trial.score(), (trial.response().spike_counts(0) - mean) / deviation, 1e-12);
  }
  EXPECT_EQ(driver.experiment->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
  EXPECT_GT(driver.experiment->snapshot().progress().best().score(), 10);
  ExpectEveryReplayGoesOnAlike(driver, 3);
}

TEST(ExperimentTest, ABlockThatWasLostGivesNoScaleForZScores) {
  Driver driver(ZScoreSpec(), {}, WithBaseline);
  driver.Plan();
  for (int64_t n = 1; n <= 5; ++n) {
    for (int attempt = 1; attempt <= 3; ++attempt) driver.RunTrial(n, /*lost=*/true);
  }
  const size_t lost = driver.log.size();
  driver.RunToTheEnd();
  EXPECT_EQ(driver.experiment->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
  EXPECT_TRUE(driver.experiment->trials().Find(6)->has_score());
  ExpectEveryReplayGoesOnAlike(driver, 7, lost);
}

TEST(ExperimentTest, TheBestStimulusIsComparedWithTheBestReferenceAllAlong) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_presentation()->set_reference_set("faces");
  spec.mutable_presentation()->set_references_per_block(1);
  Driver driver(spec, {"a.png", "b.png"}, [](const v1::Stimulus& stimulus, const v1::Trial& trial) {
    if (stimulus.reference() == "a.png") return CountsOf("a/0", 4);
    if (stimulus.reference() == "b.png") return CountsOf("a/0", trial.repeat() == 0 ? 12 : 8);
    return ExperimentDriver::OneUnit(stimulus, trial);
  });
  driver.RunToTheEnd();
  std::vector<const v1::Progress*> completed;
  for (const v1::ExperimentEvent& event : driver.log) {
    if (event.generation().state() == v1::Generation::STATE_COMPLETED) {
      completed.push_back(&event.generation().progress());
    }
  }
  ASSERT_EQ(completed.size(), 6u);
  EXPECT_EQ(completed[0]->best_reference().stimulus(), "experiments/e/stimuli/ref-a.png");
  EXPECT_DOUBLE_EQ(completed[0]->reference_ratio(), completed[0]->best().score() / 4);
  EXPECT_EQ(completed[1]->best_reference().stimulus(), "experiments/e/stimuli/ref-b.png");
  EXPECT_DOUBLE_EQ(completed[1]->best_reference().score(), 12);
  EXPECT_GT(completed[1]->best_reference().standard_error(), 3);
  // b was shown three times: 12, 8, 8.
  const v1::Progress& last = driver.experiment->snapshot().progress();
  EXPECT_DOUBLE_EQ(last.best_reference().score(), 28.0 / 3);
  EXPECT_DOUBLE_EQ(last.reference_ratio(), last.best().score() / (28.0 / 3));
  ExpectEveryReplayGoesOnAlike(driver, 11);
}

TEST(ExperimentTest, ASilentReferenceGivesNoRatio) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_presentation()->set_reference_set("faces");
  Driver driver(spec, {"a.png"}, [](const v1::Stimulus& stimulus, const v1::Trial& trial) {
    return stimulus.has_reference() ? CountsOf("a/0", 0)
                                    : ExperimentDriver::OneUnit(stimulus, trial);
  });
  driver.RunToTheEnd();
  EXPECT_TRUE(driver.experiment->snapshot().progress().has_best_reference());
  EXPECT_FALSE(driver.experiment->snapshot().progress().has_reference_ratio());
}

TEST(ExperimentTest, AStoredBatchOfAnotherVersionWinsAndIsNamed) {
  Driver driver(SmallSpec());
  driver.Plan();
  // Another version would have proposed this instead.
  v1::ExperimentEvent& planned = driver.log[1];
  auto* latent = planned.mutable_generation()->mutable_stimuli(0)->mutable_latent();
  latent->set_values(0, latent->values(0) == 0 ? 1 : 0);
  auto replayed = driver.Replay(2);
  EXPECT_THAT(replayed->diverged_generations(), testing::ElementsAre(1));
  EXPECT_EQ(replayed->FindStimulus(planned.generation().stimuli(0).name())->latent().values(0),
            latent->values(0));
}

TEST(ExperimentTest, BlocksHoldBlanksReferencesInTurnAndRepeats) {
  v1::Experiment spec = SmallSpec();
  auto* p = spec.mutable_presentation();
  p->set_repeats(2);
  p->set_blanks_per_block(2);
  p->set_reference_set("faces");
  p->set_references_per_block(2);
  Driver driver(spec, {"a.png", "b.png", "c.png"});
  driver.RunToTheEnd();
  std::map<std::string, int> shown;
  std::string last;
  for (const v1::Trial& trial : driver.experiment->trials().all()) {
    if (trial.generation() <= 2) ++shown[trial.stimulus()];
    EXPECT_NE(trial.stimulus(), last) << "twice in a row";
    last = trial.stimulus();
  }
  // Two blocks of 4 candidates x 2, 2 blanks and 2 references.
  EXPECT_EQ(shown["experiments/e/stimuli/blank"], 4);
  EXPECT_EQ(shown["experiments/e/stimuli/ref-a.png"], 2);
  EXPECT_EQ(shown["experiments/e/stimuli/ref-b.png"], 1);
  EXPECT_EQ(shown["experiments/e/stimuli/ref-c.png"], 1);
  EXPECT_EQ(shown["experiments/e/stimuli/1"], 2);
  // References and blanks cost no budget: 24 candidate trials are 12 candidates.
  EXPECT_EQ(driver.experiment->snapshot().progress().candidate_trials_done(), 24);
}

TEST(ExperimentTest, ConfirmationMeasuresFirstAndFinalAnew) {
  v1::Experiment spec = CrossSpec();
  spec.mutable_presentation()->set_confirmation_repeats(5);
  Driver driver(spec);
  driver.RunToTheEnd();
  std::map<std::string, int> confirmed;
  for (const v1::Trial& trial : driver.experiment->trials().all()) {
    if (trial.kind() == v1::Trial::KIND_CONFIRMATION) ++confirmed[trial.stimulus()];
  }
  const v1::Estimate& best = driver.experiment->snapshot().progress().best();
  EXPECT_EQ(confirmed.size(), 2);
  EXPECT_EQ(confirmed[best.stimulus()], 5);
  EXPECT_EQ(driver.experiment->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
}

TEST(ExperimentTest, ALostCandidateDoesNotHoldUpItsBlock) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_presentation()->set_max_attempts(2);
  Driver driver(spec);
  driver.Plan();
  driver.RunTrial(1, /*lost=*/true);
  driver.RunTrial(1, /*lost=*/true);
  EXPECT_EQ(driver.experiment->trials().Find(1)->state(), v1::Trial::STATE_INFEASIBLE);
  driver.RunToTheEnd();
  EXPECT_EQ(driver.experiment->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
  EXPECT_EQ(driver.experiment->snapshot().progress().candidate_trials_done(), 24);
}

TEST(ExperimentTest, StoppingCancelsWhatIsOpenAndIsFinal) {
  Driver driver(SmallSpec());
  driver.Plan();
  driver.RunTrial(1);
  driver.Record(driver.experiment->DecideState(v1::Experiment::STATE_STOPPED,
                                               v1::Experiment::PAUSE_CAUSE_UNSPECIFIED, "enough"));
  EXPECT_EQ(driver.experiment->trials().Find(1)->state(), v1::Trial::STATE_SUCCEEDED);
  EXPECT_EQ(driver.experiment->trials().Find(2)->state(), v1::Trial::STATE_CANCELLED);
  EXPECT_TRUE(
      driver.experiment
          ->DecideState(v1::Experiment::STATE_ACTIVE, v1::Experiment::PAUSE_CAUSE_UNSPECIFIED, "")
          .events.empty());
  // A report that comes now is kept and not scored; the second time it is a duplicate.
  const auto report = [&] { return *driver.experiment->DecideResponse(2, 0, CountsOf("a/0", 3)); };
  EXPECT_EQ(report().result.disposition(), v1::ReportResult::DISPOSITION_REJECTED);  // never leased
}

TEST(ExperimentTest, ALateReportIsKeptOnceAndNeverScored) {
  Driver driver(SmallSpec());
  driver.Plan();
  driver.Record(driver.experiment->DecideLease(1, kDisplay, 1));
  driver.Record(driver.experiment->DecideFailedAttempt(1, "lease ran out"));
  const auto report = [&] {
    return *driver.experiment->DecidePresentation(1, 1, CompletedPresentation(kDisplay));
  };
  Decision late = report();
  EXPECT_EQ(late.result.disposition(), v1::ReportResult::DISPOSITION_LATE);
  ASSERT_EQ(late.events.size(), 1);
  EXPECT_TRUE(late.events[0].has_late_report());
  driver.Record(late);
  late = report();
  EXPECT_EQ(late.result.disposition(), v1::ReportResult::DISPOSITION_DUPLICATE);
  EXPECT_TRUE(late.events.empty());
  EXPECT_EQ(driver.experiment->trials().Find(1)->state(), v1::Trial::STATE_PENDING);
}

TEST(ExperimentTest, AnUnknownTrialIsNotFound) {
  Driver driver(SmallSpec());
  driver.Plan();
  EXPECT_TRUE(absl::IsNotFound(
      driver.experiment->DecidePresentation(99, 1, CompletedPresentation(kDisplay)).status()));
}

TEST(ExperimentTest, AGapInTheLogIsDataLossThatNamesTheEvent) {
  Driver driver(SmallSpec());
  driver.Plan();
  auto replayed = driver.Replay(1);
  v1::ExperimentEvent event = driver.log[1];
  event.set_sequence(3);
  const absl::Status status = replayed->Apply(event);
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("experiments/e, event 3"));
}

TEST(TrialQueueTest, PrefersAnotherStimulusThanTheOneLeasedLast) {
  TrialQueue queue;
  for (const char* stimulus : {"x", "x", "y"}) {
    v1::Trial trial;
    trial.set_stimulus(stimulus);
    trial.set_state(v1::Trial::STATE_PENDING);
    queue.Add(trial);
  }
  EXPECT_EQ(queue.NextPending(), 1);
  v1::Trial leased = *queue.Find(1);
  leased.set_state(v1::Trial::STATE_LEASED);
  leased.set_display("d");
  queue.Update(1, leased);
  EXPECT_EQ(queue.LeasedBy("d"), 1);
  EXPECT_EQ(queue.NextPending(), 3);
}

}  // namespace
}  // namespace evoke
