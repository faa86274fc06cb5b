#include "sim_backend/offline/offline_experiment.h"

#include "gmock/gmock.h"
#include "server/experiment/experiment_manager.h"
#include "tests/offline/offline_fixture.h"
#include "tests/support/picture_folder.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// The same through the server's manager and runner, with a display and a backend on their streams.
class ManagedRun {
 public:
  ManagedRun(Ledger* ledger, const Clock* clock, const Network* network,
             const NeuronOptions& neurons, const std::string& reference_dir = "",
             ExperimentManager::GeneratorLoader load = FakeGenerator::Load)
      : ledger_(*ledger),
        neurons_(network, neurons),
        manager_(ledger, clock, {.reference_dir = reference_dir, .client_timeout = absl::Hours(1)},
                 load) {
    EXPECT_TRUE(manager_.Resume().ok());
  }

  v1::Experiment ToTheEnd(const std::string& id, const v1::Experiment& spec) {
    v1::Client display;
    display.set_name("clients/display");
    display.set_instance("1");
    display.mutable_display()->set_refresh_hz(60);
    display.mutable_display()->set_width(1);
    display.mutable_display()->set_height(1);
    EXPECT_TRUE(manager_.RegisterClient(display).ok());
    v1::Client backend;
    backend.set_name("clients/backend");
    backend.set_instance("1");
    *backend.mutable_backend() = neurons_.Describe();
    EXPECT_TRUE(manager_.RegisterClient(backend).ok());
    const int listener = manager_.Listen([this](const std::string&) {
      MutexLock lock(&mutex_);
      changed_.Signal();
    });
    EXPECT_TRUE(manager_.Create(id, spec, false).ok());
    const std::string name = "experiments/" + id;
    ExperimentRunner* const runner = manager_.Runner(name)->get();
    auto shows = std::make_shared<DisplayStream>();
    shows->display = display.name();
    shows->send = [runner](const v1::TrialLease& lease) {
      v1::ReportPresentationRequest report;
      report.set_trial(lease.trial().name());
      report.set_attempt(lease.trial().attempt());
      *report.mutable_presentation() = CompletedPresentation("clients/display");
      runner->ReportPresentation(report, [](const auto& result) { EXPECT_TRUE(result.ok()); });
    };
    auto answers = std::make_shared<BackendStream>();
    answers->backend = backend.name();
    answers->send = [this, runner](const v1::PresentationNotice& notice) {
      // On the runner's thread, which alone uses the neurons.
      auto spikes = neurons_.Spikes({notice});
      ASSERT_TRUE(spikes[0].ok()) << spikes[0].status();
      auto response = CountResponse(notice.objective(), *std::move(spikes[0]));
      ASSERT_TRUE(response.ok()) << response.status();
      v1::ReportResponseRequest report;
      report.set_trial(notice.trial().name());
      report.set_attempt(notice.trial().attempt());
      *report.mutable_response() = *std::move(response);
      report.mutable_response()->set_backend("clients/backend");
      runner->ReportResponse(report, [](const auto& result) { EXPECT_TRUE(result.ok()); });
    };
    EXPECT_TRUE(manager_.Attach("", std::shared_ptr<const DisplayStream>(shows)).ok());
    EXPECT_TRUE(manager_.Attach("", std::shared_ptr<const BackendStream>(answers)).ok());
    {
      MutexLock lock(&mutex_);
      while (ledger_.GetExperiment(name)->state() == v1::Experiment::STATE_ACTIVE) {
        changed_.Wait(&mutex_);
      }
    }
    manager_.Unlisten(listener);
    return *ledger_.GetExperiment(name);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  const Ledger& ledger_;
  SimulatedNeurons neurons_;
  ExperimentManager manager_;
};

TEST_F(OfflineTest, TheServersRunnerComesToTheSameTrialsAndRecommendation) {
  for (const bool tt_cross : {false, true}) {
    SCOPED_TRACE(tt_cross);
    v1::Experiment spec = Spec();
    if (tt_cross) spec.mutable_optimizer()->mutable_tt_cross();
    const std::unique_ptr<Ledger> server_ledger = NewMemoryLedger();
    const std::string id = tt_cross ? "tt" : "random";
    const v1::Experiment served =
        ManagedRun(server_ledger.get(), clock_.get(), &network_, parts_.neurons).ToTheEnd(id, spec);
    ASSERT_EQ(served.state(), v1::Experiment::STATE_SUCCEEDED) << served.state_reason();

    const auto offline = Run(id, spec);
    ASSERT_NE(offline, nullptr);
    EXPECT_EQ(offline->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
    EXPECT_EQ(ledger_->GetExperiment(served.name())->progress().SerializeAsString(),
              served.progress().SerializeAsString());
    const std::vector<TrialOutcome> outcome = Outcome(*ledger_, id);
    EXPECT_GT(outcome.size(), 48);
    EXPECT_EQ(outcome, Outcome(*server_ledger, id));
  }
}

TEST_F(OfflineTest, TheServerBeginsWithTheSamePicturesAndShowsAndScoresThemAlike) {
  const PictureFolder folder;
  folder.Add("start", {{"a.png", UniformImage(4, 6, 60)}, {"b.png", UniformImage(4, 6, 213)}});
  v1::Experiment spec = Spec();
  spec.mutable_optimizer()->set_start_reference_set("start");
  spec.mutable_presentation()->mutable_image_constraints()->set_mean_luminance(0.3);
  parts_.reference_dir = folder.path();
  parts_.generator = std::make_shared<EncodingFakeGenerator>();
  const std::unique_ptr<Ledger> server_ledger = NewMemoryLedger();
  const v1::Experiment served =
      ManagedRun(server_ledger.get(), clock_.get(), &network_, parts_.neurons, folder.path(),
                 EncodingFakeGenerator::Load)
          .ToTheEnd("e", spec);
  ASSERT_EQ(served.state(), v1::Experiment::STATE_SUCCEEDED) << served.state_reason();
  Run("e", spec, 3);
  // Opened again, it is still the experiment that was asked for, and looks for no points anew.
  parts_.generator = std::make_shared<FakeGenerator>();
  EXPECT_TRUE(OfflineExperiment::Open("e", spec, parts_).ok());
  parts_.generator = std::make_shared<EncodingFakeGenerator>();
  Run("e", spec);
  EXPECT_EQ(Outcome(*ledger_, "e"), Outcome(*server_ledger, "e"));
  const v1::Experiment offline = *ledger_->GetExperiment("experiments/e");
  ASSERT_EQ(offline.start_points_size(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(offline.start_points(i).SerializeAsString(),
              served.start_points(i).SerializeAsString());
    const std::string name = absl::StrCat("experiments/e/stimuli/", i + 1);
    const v1::Stimulus stimulus = *ledger_->GetStimulus(name);
    EXPECT_EQ(stimulus.latent().SerializeAsString(),
              served.start_points(i).latent().SerializeAsString());
    EXPECT_TRUE(stimulus.has_discriminator_score());
    EXPECT_EQ(stimulus.SerializeAsString(), server_ledger->GetStimulus(name)->SerializeAsString());
  }
}

TEST_F(OfflineTest, SitesZScoresAndAWarmStartGoAsOnTheServer) {
  const std::unique_ptr<Ledger> server_ledger = NewMemoryLedger();
  v1::Experiment sites = Spec();
  sites.mutable_objective()->set_z_score(true);
  sites.mutable_objective()->mutable_baseline_window()->mutable_start()->set_nanos(-50'000'000);
  sites.mutable_objective()->clear_units();
  for (const char* unit : {"a/0", "a/2"}) {
    v1::ObjectiveSpec::Site& site = *sites.mutable_objective()->add_sites();
    site.set_name(unit[2] == '0' ? "first" : "second");
    site.add_units()->set_unit(unit);
  }
  v1::Experiment warm = Spec("a/2");
  warm.mutable_optimizer()->mutable_warm_start()->set_experiment("experiments/sites");
  for (const auto& [id, spec] : {std::pair{"sites", &sites}, std::pair{"warm", &warm}}) {
    SCOPED_TRACE(id);
    const v1::Experiment served =
        ManagedRun(server_ledger.get(), clock_.get(), &network_, parts_.neurons)
            .ToTheEnd(id, *spec);
    ASSERT_EQ(served.state(), v1::Experiment::STATE_SUCCEEDED) << served.state_reason();
    Run(id, *spec, 3);
    // Opened again, it goes on with what was recorded at its beginning.
    const auto offline = Run(id, *spec);
    ASSERT_NE(offline, nullptr);
    EXPECT_EQ(offline->snapshot().progress().SerializeAsString(),
              served.progress().SerializeAsString());
    EXPECT_EQ(Outcome(*ledger_, id), Outcome(*server_ledger, id));
  }
  EXPECT_EQ(ledger_->GetExperiment("experiments/sites")->progress().site_best_size(), 2);
  EXPECT_GT(ledger_->GetExperiment("experiments/warm")->earlier_responses_size(), 10);
}

TEST_F(OfflineTest, TheBatchChangesNothing) {
  parts_.batch = 1;
  Run("one", Spec());
  parts_.batch = 1000;
  Run("many", Spec());
  EXPECT_EQ(Outcome(*ledger_, "one"), Outcome(*ledger_, "many"));
}

// The program may be killed between any two steps, or paused: the next run goes on with it.
TEST_F(OfflineTest, AnInterruptedRunGoesOnToTheSameEnd) {
  Run("whole", Spec());
  const std::vector<TrialOutcome> whole = Outcome(*ledger_, "whole");
  for (const bool paused : {false, true}) {
    const std::string id = paused ? "paused" : "killed";
    bool ended = false;
    for (int runs = 0; !ended; ++runs) {
      ASSERT_LT(runs, 1000);
      const auto part = Run(id, Spec(), 1 + runs % 2);
      ASSERT_NE(part, nullptr);
      ended = part->ended();
      if (!paused || ended) continue;
      ASSERT_TRUE(part->Pause("lunch").ok());
      EXPECT_EQ(ledger_->GetExperiment("experiments/" + id)->state(), v1::Experiment::STATE_PAUSED);
    }
    EXPECT_EQ(Outcome(*ledger_, id), whole);
  }
}

TEST_F(OfflineTest, AFinishedExperimentIsOpenedAsItIs) {
  Run("e", Spec());
  const int seen = network_.images_seen;
  const auto events = ReadAllEvents(*ledger_, "experiments/e");
  const auto again = Run("e", Spec());
  EXPECT_TRUE(again->ended());
  EXPECT_EQ(again->presentations(), 0);
  EXPECT_EQ(network_.images_seen, seen);
  EXPECT_EQ(ReadAllEvents(*ledger_, "experiments/e")->size(), events->size());
}

TEST_F(OfflineTest, AnotherSpecificationUnderTheNameIsRefusedWithBothSides) {
  Run("e", Spec("a/0", 7), 2);
  const auto other = OfflineExperiment::Open("e", Spec("a/0", 8), parts_);
  EXPECT_TRUE(absl::IsFailedPrecondition(other.status())) << other.status();
  EXPECT_THAT(other.status().message(), AllOf(HasSubstr("experiments/e"), HasSubstr("seed: 7"),
                                              HasSubstr("seed: 8"), HasSubstr("--name")));
}

TEST_F(OfflineTest, OtherNeuronsAreRefusedWithBothSides) {
  Run("e", Spec(), 2);
  parts_.neurons_text = "mad neurons";
  const auto other = OfflineExperiment::Open("e", Spec(), parts_);
  EXPECT_TRUE(absl::IsFailedPrecondition(other.status())) << other.status();
  EXPECT_THAT(other.status().message(), AllOf(HasSubstr("fake neurons"), HasSubstr("mad neurons")));
}

TEST_F(OfflineTest, AUnitThatTheNetworkLacksIsRefusedBeforeAnythingIsRecorded) {
  const auto missing = OfflineExperiment::Open("e", Spec("a/3"), parts_);
  EXPECT_THAT(missing.status().message(), AllOf(HasSubstr("a/3"), HasSubstr("a/0 to a/2")));
  EXPECT_TRUE(absl::IsNotFound(ledger_->GetExperiment("experiments/e").status()));
}

// A generator of other images.
class WideGenerator : public FakeGenerator {
 public:
  int image_width() const override { return 40; }
};

TEST_F(OfflineTest, SizesThatDoNotFitAreRefusedWithBoth) {
  parts_.generator = std::make_shared<WideGenerator>();
  const auto wide = OfflineExperiment::Open("e", Spec(), parts_);
  EXPECT_TRUE(absl::IsInvalidArgument(wide.status())) << wide.status();
  EXPECT_THAT(wide.status().message(), AllOf(HasSubstr("40 x 6"), HasSubstr("4 x 6")));
}

TEST_F(OfflineTest, TheRecordSaysThatNobodySawTheStimuli) {
  Run("e", Spec());
  int64_t last = -1;
  const auto trials = *ledger_->ListTrials("experiments/e", 0, 1000);
  std::map<int64_t, const v1::Trial*> by_onset;
  for (const v1::Trial& trial : trials) {
    const v1::Presentation& shown = trial.presentation();
    EXPECT_EQ(shown.display(), "clients/simulated-display");
    EXPECT_EQ(shown.onset_source(), v1::Presentation::ONSET_SOURCE_UNSPECIFIED);
    EXPECT_EQ(shown.onset().local_nanos(), 0);
    EXPECT_EQ(shown.onset().session(), "s1");
    EXPECT_EQ(trial.response().backend(), "clients/simulated-neurons");
    by_onset[shown.onset().session_nanos()] = &trial;
  }
  EXPECT_EQ(by_onset.size(), trials.size()) << "one after the other";
  for (const auto& [onset, trial] : by_onset) {
    EXPECT_GT(onset, last);
    last = trial->presentation().offset().session_nanos();
  }
  const auto events = ReadAllEvents(*ledger_, "experiments/e");
  EXPECT_EQ((*events)[1].comment().author(), "evoke-sim offline");
  EXPECT_THAT((*events)[1].comment().text(), HasSubstr("fake neurons"));
}

TEST_F(OfflineTest, WhatAServersClientsHeldIsShownAgain) {
  {
    // A server that was killed while a display held trials.
    Mutex mutex;
    CondVar leased;
    int leases = 0;
    ExperimentManager manager(ledger_.get(), clock_.get(), {.client_timeout = absl::Hours(1)},
                              FakeGenerator::Load);
    ASSERT_TRUE(manager.Resume().ok());
    v1::Client client;
    client.set_instance("1");
    client.set_name("clients/backend");
    *client.mutable_backend() = SimulatedNeurons(&network_, parts_.neurons).Describe();
    ASSERT_TRUE(manager.RegisterClient(client).ok());
    client.set_name("clients/display");
    client.mutable_display()->set_refresh_hz(60);
    client.mutable_display()->set_width(1);
    client.mutable_display()->set_height(1);
    ASSERT_TRUE(manager.RegisterClient(client).ok());
    ASSERT_TRUE(manager.Create("e", Spec(), false).ok());
    auto shows = std::make_shared<DisplayStream>();
    shows->display = "clients/display";
    shows->prefetch = 4;
    shows->send = [&](const v1::TrialLease&) {
      MutexLock lock(&mutex);
      ++leases;
      leased.Signal();
    };
    auto answers = std::make_shared<BackendStream>();
    answers->backend = "clients/backend";
    answers->send = [](const v1::PresentationNotice&) {};
    ASSERT_TRUE(manager.Attach("", std::shared_ptr<const BackendStream>(answers)).ok());
    ASSERT_TRUE(manager.Attach("", std::shared_ptr<const DisplayStream>(shows)).ok());
    MutexLock lock(&mutex);
    while (leases < 4) leased.Wait(&mutex);
  }
  const auto offline = Run("e", Spec());
  ASSERT_NE(offline, nullptr);
  EXPECT_EQ(offline->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
  int twice = 0;
  const auto trials = ledger_->ListTrials("experiments/e", 0, 1000);
  for (const v1::Trial& trial : *trials) {
    twice += trial.attempt() == 2;
  }
  EXPECT_EQ(twice, 4);
  parts_.session = "s2";
  Run("alone", Spec());
  EXPECT_EQ(Outcome(*ledger_, "e"), Outcome(*ledger_, "alone"));
}

TEST_F(OfflineTest, ANetworkThatFailsPausesTheExperimentWithTheReason) {
  network_.broken = true;
  auto opened = OfflineExperiment::Open("e", Spec(), parts_);
  ASSERT_TRUE(opened.ok());
  absl::Status status;
  for (int i = 0; status.ok() && i < 1000; ++i) status = (*opened)->Step();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("the network is broken"));
  EXPECT_EQ(ledger_->GetExperiment("experiments/e")->state(), v1::Experiment::STATE_PAUSED);
  network_.broken = false;
  const auto again = Run("e", Spec());
  EXPECT_EQ(again->snapshot().state(), v1::Experiment::STATE_SUCCEEDED);
}

TEST_F(OfflineTest, EveryPhaseHasItsTime) {
  const auto offline = Run("e", Spec());
  for (int phase = 0; phase < kPhases; ++phase) {
    EXPECT_GT(offline->times().nanos(static_cast<Phase>(phase)), 0) << phase;
  }
  EXPECT_EQ(offline->presentations(), offline->snapshot().progress().trials_done());
}

}  // namespace
}  // namespace evoke
