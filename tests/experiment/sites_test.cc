// Several searches in one experiment.
#include <map>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/experiment/experiment_driver.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<double> kLikedByA = {7, 0, 3, 5, 1, 6};
const std::vector<double> kLikedByB = {0, 7, 6, 1, 4, 2};

v1::Experiment SitesSpec() {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(80);
  spec.mutable_optimizer()->mutable_one_plus_lambda()->set_lambda(4);
  spec.mutable_objective()->clear_units();
  for (const char* name : {"v1", "v4"}) spec.mutable_objective()->add_sites()->set_name(name);
  spec.mutable_objective()->mutable_sites(0)->add_units()->set_unit("a/0");
  spec.mutable_objective()->mutable_sites(1)->add_units()->set_unit("b/0");
  return spec;
}

v1::Response TwoUnits(const v1::Stimulus& stimulus, const v1::Trial&) {
  v1::Response response;
  for (const auto& [unit, liked] : {std::pair{"a/0", &kLikedByA}, std::pair{"b/0", &kLikedByB}}) {
    response.add_units(unit);
    response.add_spike_counts(static_cast<uint32_t>(ExperimentDriver::Liking(stimulus, *liked)));
  }
  return response;
}

ExperimentDriver Finished(const v1::Experiment& spec) {
  ExperimentDriver driver(spec, {}, TwoUnits);
  driver.RunToTheEnd();
  EXPECT_EQ(driver.experiment->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
  return driver;
}

TEST(SitesTest, EachSearchProposesItsBatchAndABlockShowsThemAll) {
  const ExperimentDriver driver = Finished(SitesSpec());
  const v1::Generation& first = driver.log[1].generation();
  EXPECT_THAT(first.site_candidates(), ElementsAre(4, 4));
  EXPECT_EQ(first.candidates_size(), 8);
  const std::set<std::string> shown(first.candidates().begin(), first.candidates().end());
  EXPECT_EQ(shown.size(), 8u) << "the searches have seeds of their own";
  std::map<std::string, int> site_of;
  for (int i = 0; i < 8; ++i) site_of[first.candidates(i)] = i / 4;
  for (const v1::Trial& trial : first.trials()) {
    EXPECT_EQ(trial.site(), site_of.at(trial.stimulus()));
  }
  EXPECT_EQ(driver.experiment->snapshot().progress().candidate_trials_done(), 80);
}

TEST(SitesTest, ATrialIsScoredForEverySite) {
  const ExperimentDriver driver = Finished(SitesSpec());
  for (const v1::Trial& trial : driver.experiment->trials().all()) {
    const v1::Stimulus& stimulus = *driver.experiment->FindStimulus(trial.stimulus());
    EXPECT_THAT(trial.site_scores(), ElementsAre(ExperimentDriver::Liking(stimulus, kLikedByA),
                                                 ExperimentDriver::Liking(stimulus, kLikedByB)));
    EXPECT_EQ(trial.score(), trial.site_scores(trial.site()));
  }
}

TEST(SitesTest, EachSiteHasItsOwnRecommendationToTheBestOfItsKnowledge) {
  const ExperimentDriver driver = Finished(SitesSpec());
  const v1::Progress& progress = driver.experiment->snapshot().progress();
  ASSERT_EQ(progress.site_best_size(), 2);
  EXPECT_EQ(progress.site_best(0).site(), "v1");
  EXPECT_EQ(progress.site_best(1).site(), "v4");
  EXPECT_EQ(progress.best().SerializeAsString(), progress.site_best(0).SerializeAsString());
  EXPECT_NE(progress.site_best(0).stimulus(), progress.site_best(1).stimulus());
  // A noise model that has seen no repeats shrinks all estimates alike, so that the highest answer
  // is recommended, whoever proposed it.
  for (int site = 0; site < 2; ++site) {
    double highest = 0;
    for (const v1::Trial& trial : driver.experiment->trials().all()) {
      highest = std::max(highest, trial.site_scores(site));
    }
    const v1::Stimulus& best =
        *driver.experiment->FindStimulus(progress.site_best(site).stimulus());
    EXPECT_EQ(ExperimentDriver::Liking(best, site == 0 ? kLikedByA : kLikedByB), highest);
  }
}

TEST(SitesTest, AStimulusThatBothProposeIsOne) {
  v1::Experiment spec = SitesSpec();
  // Pictures to begin with are the first batch of both.
  for (const double level : {2.0, 5.0}) {
    *spec.add_start_points()->mutable_latent() = ToProto(LatentPoint(6, level));
  }
  const ExperimentDriver driver = Finished(spec);
  const v1::Generation& first = driver.log[1].generation();
  EXPECT_THAT(first.site_candidates(), ElementsAre(2, 2));
  EXPECT_EQ(first.stimuli_size(), 2);
  EXPECT_EQ(first.trials_size(), 2);
  EXPECT_EQ(first.candidates(0), first.candidates(2));
  ExpectEveryReplayGoesOnAlike(driver, 13);
}

TEST(SitesTest, TheBudgetIsSharedToTheLast) {
  v1::Experiment spec = SitesSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(11);
  const ExperimentDriver driver = Finished(spec);
  EXPECT_EQ(driver.experiment->trials().size(), 11);
  for (const v1::ExperimentEvent& event : driver.log) {
    if (event.generation().number() == 2 &&
        event.generation().state() == v1::Generation::STATE_PLANNED) {
      EXPECT_THAT(event.generation().site_candidates(), ElementsAre(2, 1));
    }
  }
  ExpectEveryReplayGoesOnAlike(driver, 1);
}

TEST(SitesTest, ASiteThatIsDoneProposesNoMoreAndTheOthersGoOn) {
  v1::Experiment spec = SitesSpec();
  spec.mutable_optimizer()->set_max_candidate_trials(2000);
  // b answers to everything alike: its search is over after its plateau, and a's later.
  spec.mutable_optimizer()->mutable_stop()->set_plateau_trials(40);
  ExperimentDriver driver(spec, {}, [](const v1::Stimulus& stimulus, const v1::Trial& trial) {
    v1::Response response = TwoUnits(stimulus, trial);
    response.set_spike_counts(1, 5);
    return response;
  });
  driver.RunToTheEnd();
  int both = 0, alone = 0;
  for (const v1::ExperimentEvent& event : driver.log) {
    const v1::Generation& block = event.generation();
    if (block.state() != v1::Generation::STATE_PLANNED) continue;
    ASSERT_EQ(block.site_candidates_size(), 2);
    (block.site_candidates(1) > 0 ? both : alone) += 1;
    EXPECT_GT(block.site_candidates(0), 0);
  }
  EXPECT_GE(both, 10);  // 40 of its own
  EXPECT_GT(alone, 0);
  const v1::Experiment& e = driver.experiment->snapshot();
  EXPECT_LT(e.progress().candidate_trials_done(), 2000);
  EXPECT_THAT(e.state_reason(), HasSubstr("v1: "));
  EXPECT_THAT(e.state_reason(), HasSubstr("v4: "));
  ExpectEveryReplayGoesOnAlike(driver, 97);
}

TEST(SitesTest, TheConfirmationShowsEverySitesFirstAndLast) {
  v1::Experiment spec = SitesSpec();
  spec.mutable_presentation()->set_confirmation_repeats(3);
  const ExperimentDriver driver = Finished(spec);
  const v1::Progress& progress = driver.experiment->snapshot().progress();
  std::map<std::string, int> confirmed;
  for (const v1::Trial& trial : driver.experiment->trials().all()) {
    if (trial.kind() == v1::Trial::KIND_CONFIRMATION) ++confirmed[trial.stimulus()];
  }
  EXPECT_GE(confirmed.size(), 3u);
  EXPECT_LE(confirmed.size(), 4u);
  for (const auto& [stimulus, times] : confirmed) EXPECT_EQ(times, 3);
  for (const v1::Estimate& best : progress.site_best()) {
    ASSERT_TRUE(confirmed.contains(best.stimulus()));
    EXPECT_EQ(best.standard_error(), 0) << "measured anew: three equal answers";
  }
  ExpectEveryReplayGoesOnAlike(driver, 37);
}

TEST(SitesTest, ADistributionIsNotMovedByAnotherSitesBatches) {
  // What a's search proposes is never the best for b: b's search goes its way as if it were alone.
  const auto proposed_by_b = [](bool with_a) {
    v1::Experiment spec = SitesSpec();
    spec.mutable_optimizer()->mutable_tt_sampling()->set_batch_size(6);
    spec.mutable_optimizer()->mutable_tt_sampling()->set_elite(2);
    spec.mutable_optimizer()->set_max_candidate_trials(120);
    ExperimentDriver driver(spec, {}, [&](const v1::Stimulus& stimulus, const v1::Trial& trial) {
      v1::Response response = TwoUnits(stimulus, trial);
      // Without a, its search sees no difference either.
      if (!with_a) response.set_spike_counts(0, 0);
      // The best of b is in its first batch; all else differs, but is worse.
      double sum = 0;
      for (const double code : stimulus.latent().values()) sum += code;
      const bool first = trial.generation() == 1 && trial.site() == 1;
      response.set_spike_counts(1, static_cast<uint32_t>(std::fmod(sum, 7)) + (first ? 30 : 3));
      return response;
    });
    driver.RunToTheEnd();
    std::vector<std::vector<double>> points;
    for (const v1::ExperimentEvent& event : driver.log) {
      const v1::Generation& block = event.generation();
      for (int i = 0; i < block.site_candidates_size() && i < 1; ++i) {
        for (int c = block.site_candidates(0); c < block.candidates_size(); ++c) {
          points.push_back(
              FromProto(driver.experiment->FindStimulus(block.candidates(c))->latent()));
        }
      }
    }
    return points;
  };
  const auto together = proposed_by_b(true), alone = proposed_by_b(false);
  ASSERT_GT(together.size(), 40u);
  EXPECT_EQ(together, alone);
}

TEST(SitesTest, ARecordThatDoesNotSayWhoseItsCandidatesAreIsRefused) {
  const ExperimentDriver driver = Finished(SitesSpec());
  for (const std::vector<int>& counts : {std::vector<int>{9, 0}, {8}, {-1, 9}}) {
    ExperimentDriver damaged(SitesSpec(), {}, TwoUnits);
    v1::ExperimentEvent planned = driver.log[1];
    planned.mutable_generation()->mutable_site_candidates()->Assign(counts.begin(), counts.end());
    EXPECT_TRUE(absl::IsDataLoss(damaged.experiment->Apply(planned)));
  }
}

TEST(SitesTest, OneSiteIsASearchLikeAnyOther) {
  v1::Experiment spec = SitesSpec();
  spec.mutable_objective()->mutable_sites()->RemoveLast();
  ExperimentDriver driver(spec);
  driver.RunToTheEnd();
  EXPECT_EQ(driver.experiment->snapshot().progress().site_best_size(), 1);
  EXPECT_EQ(driver.experiment->snapshot().progress().candidate_trials_done(), 80);
}

TEST(SitesTest, ScoresAreZScoredForEachSiteByItsOwnBaseline) {
  v1::Experiment spec = SitesSpec();
  spec.mutable_objective()->set_z_score(true);
  spec.mutable_objective()->mutable_baseline_window()->mutable_start()->set_nanos(-100'000'000);
  ExperimentDriver driver(spec, {}, [](const v1::Stimulus& stimulus, const v1::Trial& trial) {
    v1::Response response = TwoUnits(stimulus, trial);
    response.add_baseline_counts(0);
    response.add_baseline_counts(10);
    return response;
  });
  driver.RunToTheEnd();
  for (const v1::Trial& trial : driver.experiment->trials().all()) {
    EXPECT_THAT(trial.site_scores(), ElementsAre(2.0 * trial.response().spike_counts(0),
                                                 2.0 * trial.response().spike_counts(1) - 20));
  }
  ExpectEveryReplayGoesOnAlike(driver, 29);
}

}  // namespace
}  // namespace evoke
