// The running experiment with its clients' streams, against a clock in the test's hand.
#include "server/experiment/experiment_manager.h"

#include <deque>
#include <future>
#include <optional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "server/latent/latent_proto.h"
#include "tests/support/fake_generator.h"
#include "tests/support/picture_folder.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using testing::HasSubstr;

// What a stream was sent; the test waits for it.
template <typename Message>
class Inbox {
 public:
  void Put(Message message) {
    MutexLock lock(&mutex_);
    messages_.push_back(std::move(message));
    arrived_.SignalAll();
  }
  Message Take() {
    MutexLock lock(&mutex_);
    while (messages_.empty()) arrived_.Wait(&mutex_);
    Message message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  size_t size() {
    MutexLock lock(&mutex_);
    return messages_.size();
  }

 private:
  Mutex mutex_;
  CondVar arrived_;
  std::deque<Message> messages_ ABSL_GUARDED_BY(mutex_);
};

// Refuses to write while `full`.
class FailingLedger : public Ledger {
 public:
  absl::Status Append(const std::string& e, absl::Span<const v1::ExperimentEvent> v) override {
    if (full) return absl::UnavailableError("disk full");
    return inner->Append(e, v);
  }
  absl::StatusOr<std::vector<v1::ExperimentEvent>> ReadEvents(const std::string& e, int64_t after,
                                                              int limit) const override {
    return inner->ReadEvents(e, after, limit);
  }
  absl::StatusOr<v1::Experiment> GetExperiment(const std::string& e) const override {
    return inner->GetExperiment(e);
  }
  absl::StatusOr<std::vector<v1::Experiment>> ListExperiments(const std::string& after,
                                                              int limit) const override {
    return inner->ListExperiments(after, limit);
  }
  absl::StatusOr<std::vector<std::string>> UnfinishedExperiments() const override {
    return inner->UnfinishedExperiments();
  }
  absl::StatusOr<std::vector<v1::Trial>> ListTrials(const std::string& e, int64_t after,
                                                    int limit) const override {
    return inner->ListTrials(e, after, limit);
  }
  absl::StatusOr<v1::Stimulus> GetStimulus(const std::string& s) const override {
    return inner->GetStimulus(s);
  }

  std::unique_ptr<Ledger> inner = NewMemoryLedger();
  std::atomic<bool> full = false;
};

class ExperimentManagerTest : public testing::Test {
 protected:
  ExperimentManagerTest() { Restart(); }

  void Restart(ExperimentManager::GeneratorLoader loader = FakeGenerator::Load) {
    manager_.reset();
    ManagerOptions options;
    options.model_dir = "models";
    options.reference_dir = references_;
    options.runner.lease_duration = absl::Seconds(5);
    options.runner.response_timeout = absl::Seconds(10);
    options.runner.absence_grace = absl::Seconds(5);
    manager_ = std::make_unique<ExperimentManager>(&ledger_, &clock_, options, loader);
    ASSERT_TRUE(manager_->Resume().ok());
  }

  void RegisterDisplay(const std::string& name, const std::string& instance = "1") {
    v1::Client client;
    client.set_name(name);
    client.set_instance(instance);
    client.mutable_display()->set_refresh_hz(60);
    client.mutable_display()->set_width(800);
    client.mutable_display()->set_height(600);
    ASSERT_TRUE(manager_->RegisterClient(client).ok());
  }
  void RegisterBackend(const std::string& name, const std::string& unit = "a/0") {
    v1::Client client;
    client.set_name(name);
    client.set_instance("1");
    client.mutable_backend()->set_needs_image(true);
    client.mutable_backend()->add_units()->set_name(unit);
    ASSERT_TRUE(manager_->RegisterClient(client).ok());
  }
  std::shared_ptr<DisplayStream> AttachDisplay(const std::string& name, int prefetch = 2) {
    auto stream = std::make_shared<DisplayStream>();
    stream->display = name;
    stream->prefetch = prefetch;
    stream->send = [this](v1::TrialLease lease) { leases_.Put(std::move(lease)); };
    EXPECT_TRUE(manager_->Attach("", std::shared_ptr<const DisplayStream>(stream)).ok());
    return stream;
  }
  std::shared_ptr<BackendStream> AttachBackend(const std::string& name) {
    auto stream = std::make_shared<BackendStream>();
    stream->backend = name;
    stream->send = [this](v1::PresentationNotice n) { notices_.Put(std::move(n)); };
    EXPECT_TRUE(manager_->Attach("", std::shared_ptr<const BackendStream>(stream)).ok());
    return stream;
  }
  void ConnectBoth() {
    RegisterDisplay("clients/display");
    RegisterBackend("clients/sim");
    display_ = AttachDisplay("clients/display");
    backend_ = AttachBackend("clients/sim");
  }

  absl::StatusOr<v1::ReportResult> Show(const v1::TrialLease& lease) {
    v1::ReportPresentationRequest request;
    request.set_trial(lease.trial().name());
    request.set_attempt(lease.trial().attempt());
    *request.mutable_presentation() = CompletedPresentation(lease.trial().display());
    return Wait<v1::ReportResult>([&](auto done) {
      (*manager_->Runner(kName))->ReportPresentation(request, std::move(done));
    });
  }
  absl::StatusOr<v1::ReportResult> Answer(const v1::PresentationNotice& notice, uint32_t count) {
    v1::ReportResponseRequest request;
    request.set_trial(notice.trial().name());
    request.set_attempt(notice.trial().attempt());
    *request.mutable_response() = CountsOf("a/0", count);
    return Wait<v1::ReportResult>(
        [&](auto done) { (*manager_->Runner(kName))->ReportResponse(request, std::move(done)); });
  }
  absl::StatusOr<v1::Experiment> ChangeState(v1::Experiment::State state) {
    return Wait<v1::Experiment>([&](auto done) {
      (*manager_->Runner(kName))->ChangeState(state, "test", std::move(done));
    });
  }
  template <typename T, typename Call>
  absl::StatusOr<T> Wait(Call call) {
    std::promise<absl::StatusOr<T>> promise;
    call([&](absl::StatusOr<T> result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  // Commands run in order on the runner's thread: once this one is done, all that was asked before
  // is.
  void Settle() {
    v1::Comment comment;
    comment.set_text("settle");
    for (int i = 0; i < 2; ++i) {
      (void)Wait<v1::ExperimentEvent>(
          [&](auto done) { (*manager_->Runner(kName))->AddComment(comment, std::move(done)); });
    }
  }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    (*manager_->Runner(kName))->Poke();
    Settle();
  }
  void Heartbeat(const std::string& name) { ASSERT_TRUE(manager_->Heartbeat(name, "1").ok()); }
  v1::Trial TrialNumber(int64_t number) {
    return ledger_.ListTrials(kName, number - 1, 1)->front();
  }

  static constexpr char kName[] = "experiments/e";
  ManualClock clock_;
  FailingLedger ledger_;
  Inbox<v1::TrialLease> leases_;
  Inbox<v1::PresentationNotice> notices_;
  std::string references_;
  std::unique_ptr<ExperimentManager> manager_;
  std::shared_ptr<DisplayStream> display_;
  std::shared_ptr<BackendStream> backend_;
};

TEST_F(ExperimentManagerTest, TheLoopRunsToItsEnd) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  for (int i = 0; i < 24; ++i) {
    const v1::TrialLease lease = leases_.Take();
    EXPECT_EQ(lease.stimulus().image().rgb().size(), 6 * 4 * 3);
    EXPECT_EQ(lease.trial().sync_code(), i + 1);
    ASSERT_EQ(Show(lease)->disposition(), v1::ReportResult::DISPOSITION_ACCEPTED);
    const v1::PresentationNotice notice = notices_.Take();
    EXPECT_EQ(notice.trial().name(), lease.trial().name());
    EXPECT_EQ(notice.seed(), 7);
    ASSERT_EQ(Answer(notice, 3)->disposition(), v1::ReportResult::DISPOSITION_ACCEPTED);
  }
  Settle();
  EXPECT_EQ(manager_->Get(kName)->state(), v1::Experiment::STATE_SUCCEEDED);
}

TEST_F(ExperimentManagerTest, TheConstrainedImageIsShownRecordedAndReadBack) {
  ConnectBoth();
  v1::Experiment spec = SmallSpec();
  v1::ImageConstraints& wanted = *spec.mutable_presentation()->mutable_image_constraints();
  wanted.set_mean_luminance(0.4);
  wanted.mutable_mask()->set_diameter(1);
  ASSERT_TRUE(manager_->Create("e", spec, false).ok());
  const v1::TrialLease lease = leases_.Take();
  const Image shown = *FromProto(lease.stimulus().image());
  EXPECT_EQ(shown.rgb[0], 128) << "outside the mask";
  const ImageConstraints::Mask mask{1, 0, 0.5};
  EXPECT_NEAR(MeasureLuminance(shown, mask).mean, 0.4, 0.002);
  const std::string& name = lease.stimulus().name();
  EXPECT_EQ(ledger_.GetStimulus(name)->image_crc32(), Crc32(shown));
  // What evokectl's pictures are made of.
  EXPECT_EQ(*FromProto(manager_->GetStimulus(name, true)->image()), shown);
  ASSERT_TRUE(Show(lease).ok());
  EXPECT_EQ(*FromProto(notices_.Take().stimulus().image()), shown);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      ledger_.GetExperiment(kName)->presentation().image_constraints(), wanted));
}

TEST_F(ExperimentManagerTest, ADiscriminatorsScoreIsRecordedWithANewStimulus) {
  Restart(EncodingFakeGenerator::Load);
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease lease = leases_.Take();
  const Image image = *FromProto(lease.stimulus().image());
  const v1::Stimulus recorded = *ledger_.GetStimulus(lease.stimulus().name());
  ASSERT_TRUE(recorded.has_discriminator_score());
  EXPECT_EQ(recorded.discriminator_score(), (*EncodingFakeGenerator().Score({image}))[0]);
}

// Encodes when the test lets it.
class SlowEncoder : public EncodingFakeGenerator {
 public:
  explicit SlowEncoder(std::shared_future<void> go_on, std::promise<void>* begun)
      : go_on_(std::move(go_on)), begun_(begun) {}
  absl::StatusOr<std::vector<LatentPoint>> Encode(absl::Span<const Image> images) const override {
    begun_->set_value();
    go_on_.wait();
    return EncodingFakeGenerator::Encode(images);
  }

 private:
  const std::shared_future<void> go_on_;
  std::promise<void>* const begun_;
};

TEST_F(ExperimentManagerTest, OtherExperimentsGoOnWhileStartPointsAreFound) {
  const PictureFolder folder;
  folder.Add("start", {{"a.png", UniformImage(4, 6, 60)}});
  references_ = folder.path();
  std::promise<void> go_on, begun;
  Restart([&, may = go_on.get_future().share()](const std::string&, const std::string&) {
    return std::make_unique<SlowEncoder>(may, &begun);
  });
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_start_reference_set("start");
  auto creation =
      std::async(std::launch::async, [&] { return manager_->Create("s", spec, false); });
  begun.get_future().wait();
  ASSERT_TRUE(Show(leases_.Take()).ok());
  ASSERT_TRUE(Answer(notices_.Take(), 3).ok());
  EXPECT_EQ(manager_->Get(kName)->progress().trials_done(), 1);
  EXPECT_EQ(manager_->List("", 10)->size(), 1);
  RegisterDisplay("clients/other");
  go_on.set_value();
  const absl::StatusOr<v1::Experiment> created = creation.get();
  ASSERT_TRUE(created.ok()) << created.status();
  ASSERT_EQ(created->start_points_size(), 1);
  EXPECT_EQ(FromProto(created->start_points(0).latent()), LatentPoint(6, 2));
  EXPECT_EQ(ledger_.GetExperiment("experiments/s")->start_points_size(), 1);
}

TEST_F(ExperimentManagerTest, StartPointsThatAClientSendsAreNotTaken) {
  v1::Experiment spec = SmallSpec();
  spec.add_start_points()->set_reference("mine.png");
  EXPECT_EQ(manager_->Create("e", spec, false)->start_points_size(), 0);
}

TEST_F(ExperimentManagerTest, ADisplayNeverHoldsMoreThanItsPrefetch) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  Settle();
  EXPECT_EQ(leases_.size(), 2);
}

TEST_F(ExperimentManagerTest, ALostDisplaysTrialsReturnToTheQueueWithTheNextAttempt) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease lost = leases_.Take();
  leases_.Take();
  Heartbeat("clients/sim");
  clock_.Advance(absl::Seconds(2));
  Heartbeat("clients/sim");
  clock_.Advance(absl::Seconds(2));  // the display was silent for 4 s; a lease lasts 5 s
  RegisterDisplay("clients/other");
  manager_->Tick();
  Settle();
  EXPECT_EQ(TrialNumber(1).state(), v1::Trial::STATE_PENDING);
  EXPECT_THAT(TrialNumber(1).state_reason(), HasSubstr("clients/display was lost"));
  auto other = AttachDisplay("clients/other");
  const v1::TrialLease again = leases_.Take();
  EXPECT_EQ(again.trial().name(), lost.trial().name());
  EXPECT_EQ(again.trial().attempt(), 2);
  // The first display turns out to have shown it after all: too late.
  EXPECT_EQ(Show(lost)->disposition(), v1::ReportResult::DISPOSITION_LATE);
}

TEST_F(ExperimentManagerTest, ARestartedDisplayGivesUpWhatItsOldProcessHeld) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease lost = leases_.Take();
  leases_.Take();
  manager_->Detach(display_.get());
  RegisterDisplay("clients/display", "2");
  auto stream = AttachDisplay("clients/display");
  EXPECT_EQ(leases_.Take().trial().attempt(), 2);
}

TEST_F(ExperimentManagerTest, AReconnectedDisplayGetsItsLeasesOnceMore) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease first = leases_.Take();
  leases_.Take();
  manager_->Detach(display_.get());
  auto stream = AttachDisplay("clients/display");
  const v1::TrialLease again = leases_.Take();
  EXPECT_EQ(again.trial().name(), first.trial().name());
  EXPECT_EQ(again.trial().attempt(), 1);
}

TEST_F(ExperimentManagerTest, AnExpiredLeaseReturnsToTheQueue) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  leases_.Take();
  leases_.Take();
  Settle();
  Pass(absl::Seconds(6));
  EXPECT_EQ(leases_.Take().trial().attempt(), 2);
}

TEST_F(ExperimentManagerTest, WithoutAResponseThePresentedTrialReturnsToTheQueue) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  ASSERT_TRUE(Show(leases_.Take()).ok());
  const v1::PresentationNotice unanswered = notices_.Take();
  Settle();
  Pass(absl::Seconds(11));
  EXPECT_EQ(TrialNumber(1).attempt(), 2);
  EXPECT_EQ(Answer(unanswered, 3)->disposition(), v1::ReportResult::DISPOSITION_LATE);
}

TEST_F(ExperimentManagerTest, ABackendThatReconnectsGetsWhatWaitsForAResponse) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease lease = leases_.Take();
  manager_->Detach(backend_.get());
  ASSERT_TRUE(Show(lease).ok());
  auto stream = AttachBackend("clients/sim");
  EXPECT_EQ(notices_.Take().trial().name(), "experiments/e/trials/1");
}

TEST_F(ExperimentManagerTest, PausesWithTheReasonWithoutADisplayAndResumesWithOne) {
  RegisterBackend("clients/sim");
  auto backend = AttachBackend("clients/sim");
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  Settle();
  Pass(absl::Seconds(2));
  EXPECT_EQ(manager_->Get(kName)->state(), v1::Experiment::STATE_ACTIVE);  // still in the grace
  Heartbeat("clients/sim");
  Pass(absl::Seconds(4));
  v1::Experiment e = *manager_->Get(kName);
  EXPECT_EQ(e.state(), v1::Experiment::STATE_PAUSED);
  EXPECT_EQ(e.pause_cause(), v1::Experiment::PAUSE_CAUSE_NO_DISPLAY);
  EXPECT_THAT(e.state_reason(), HasSubstr("start evoke-display"));

  RegisterDisplay("clients/display");
  auto display = AttachDisplay("clients/display");
  leases_.Take();
  EXPECT_EQ(manager_->Get(kName)->state(), v1::Experiment::STATE_ACTIVE);
}

TEST_F(ExperimentManagerTest, PausesWithoutABackendThatAnswersForTheUnit) {
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  RegisterDisplay("clients/display");
  RegisterBackend("clients/sim", "b/1");
  auto display = AttachDisplay("clients/display");
  auto backend = AttachBackend("clients/sim");
  Settle();
  Pass(absl::Seconds(6));
  const v1::Experiment e = *manager_->Get(kName);
  EXPECT_EQ(e.pause_cause(), v1::Experiment::PAUSE_CAUSE_NO_BACKEND);
  EXPECT_THAT(e.state_reason(), HasSubstr("a/0"));
  EXPECT_EQ(leases_.size(), 0);  // nothing is shown that nobody would answer to
}

TEST_F(ExperimentManagerTest, TheOperatorsPauseStaysUntilTheOperatorResumes) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  leases_.Take();
  leases_.Take();
  ASSERT_TRUE(ChangeState(v1::Experiment::STATE_PAUSED).ok());
  ASSERT_TRUE(ChangeState(v1::Experiment::STATE_PAUSED).ok());  // idempotent
  Pass(absl::Seconds(6));                                       // the leases run out
  EXPECT_EQ(leases_.size(), 0);
  EXPECT_EQ(manager_->Get(kName)->pause_cause(), v1::Experiment::PAUSE_CAUSE_OPERATOR);
  Heartbeat("clients/display");
  Heartbeat("clients/sim");
  ASSERT_TRUE(ChangeState(v1::Experiment::STATE_ACTIVE).ok());
  leases_.Take();
}

TEST_F(ExperimentManagerTest, StoppingIsFinal) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease lease = leases_.Take();
  ASSERT_EQ(ChangeState(v1::Experiment::STATE_STOPPED)->state(), v1::Experiment::STATE_STOPPED);
  ASSERT_TRUE(ChangeState(v1::Experiment::STATE_STOPPED).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(ChangeState(v1::Experiment::STATE_ACTIVE).status()));
  EXPECT_EQ(Show(lease)->disposition(), v1::ReportResult::DISPOSITION_LATE);
}

TEST_F(ExperimentManagerTest, ARestartGoesOnWithTheSameTrials) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  ASSERT_TRUE(Show(leases_.Take()).ok());
  ASSERT_TRUE(Answer(notices_.Take(), 3).ok());
  const v1::TrialLease held = leases_.Take();
  Settle();
  Restart();
  // Nobody is there; what was acknowledged is.
  EXPECT_EQ(manager_->Get(kName)->progress().trials_done(), 1);
  // The display has shown the trial meanwhile and reports it to the new run of the server.
  ConnectBoth();
  EXPECT_EQ(Show(held)->disposition(), v1::ReportResult::DISPOSITION_ACCEPTED);
  EXPECT_EQ(notices_.Take().trial().name(), held.trial().name());
}

TEST_F(ExperimentManagerTest, SyncCodesGoOnAfterARestart) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  leases_.Take();
  leases_.Take();
  Settle();
  Restart();
  EXPECT_EQ(manager_->clients().NextSyncCode("clients/display"), 3);
}

TEST_F(ExperimentManagerTest, AFullDiskAcknowledgesNothingAndPausesWithTheReason) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease lease = leases_.Take();
  ledger_.full = true;
  EXPECT_TRUE(absl::IsUnavailable(Show(lease).status()));
  Settle();
  v1::Experiment e = *manager_->Get(kName);
  ledger_.full = false;
  // The same report again, now that there is room: nothing was lost or half done.
  EXPECT_EQ(Show(lease)->disposition(), v1::ReportResult::DISPOSITION_ACCEPTED);
  EXPECT_EQ(notices_.Take().trial().name(), lease.trial().name());
}

TEST_F(ExperimentManagerTest, ABlockInWhichNothingSucceededPausesInsteadOfSpendingTheBudget) {
  ConnectBoth();
  v1::Experiment spec = SmallSpec();
  spec.mutable_presentation()->set_max_attempts(1);
  ASSERT_TRUE(manager_->Create("e", spec, false).ok());
  const auto abort_block = [&] {
    for (int i = 0; i < 4; ++i) {
      const v1::TrialLease lease = leases_.Take();
      v1::ReportPresentationRequest request;
      request.set_trial(lease.trial().name());
      request.set_attempt(1);
      request.mutable_presentation()->set_display("clients/display");
      request.mutable_presentation()->set_outcome(v1::Presentation::OUTCOME_ABORTED);
      request.mutable_presentation()->set_outcome_reason("background 90");
      ASSERT_TRUE(Wait<v1::ReportResult>([&](auto done) {
                    (*manager_->Runner(kName))->ReportPresentation(request, std::move(done));
                  }).ok());
    }
  };
  abort_block();
  Settle();
  const v1::Experiment e = *manager_->Get(kName);
  EXPECT_EQ(e.state(), v1::Experiment::STATE_PAUSED);
  EXPECT_THAT(e.state_reason(), HasSubstr("background 90"));
  EXPECT_EQ(leases_.size(), 0);
  // Once the cause is mended the operator resumes, and the next block is shown.
  ASSERT_TRUE(ChangeState(v1::Experiment::STATE_ACTIVE).ok());
  EXPECT_EQ(leases_.Take().trial().generation(), 2);
}

TEST_F(ExperimentManagerTest, AnAbortReachesTheDisplaysThatHoldTrialsOfTheExperiment) {
  ConnectBoth();
  RegisterDisplay("clients/idle");
  Inbox<v1::TrialLease> idle;
  auto stream = std::make_shared<DisplayStream>();
  stream->display = "clients/idle";
  stream->send = [&](v1::TrialLease lease) { idle.Put(std::move(lease)); };
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  leases_.Take();
  leases_.Take();
  Settle();
  ASSERT_TRUE(manager_->Attach("experiments/e", std::shared_ptr<const DisplayStream>(stream)).ok());
  ASSERT_TRUE(manager_->Heartbeat("clients/idle", "1", "paused").ok());
  EXPECT_EQ(*manager_->AbortStimulus(kName, "fixation broken"), 1);
  EXPECT_EQ(leases_.Take().abort_reason(), "fixation broken");
  EXPECT_EQ(*manager_->AbortStimulus("experiments/-", "blink"), 1);
  EXPECT_EQ(leases_.Take().abort_reason(), "blink");
  manager_->Detach(stream.get());
  Settle();
}

TEST_F(ExperimentManagerTest, AnAbortNeedsAReasonAndAnExperimentThatRuns) {
  EXPECT_TRUE(absl::IsInvalidArgument(manager_->AbortStimulus("experiments/-", "").status()));
  EXPECT_TRUE(absl::IsNotFound(manager_->AbortStimulus("experiments/none", "why").status()));
  // Nothing is on anywhere.
  EXPECT_EQ(*manager_->AbortStimulus("experiments/-", "why"), 0);
}

TEST_F(ExperimentManagerTest, AbortedTrialsComeBackUntilTheyWereSeenAlsoAfterARestart) {
  ConnectBoth();
  v1::Experiment spec = SmallSpec();
  spec.mutable_presentation()->set_max_attempts(2);
  ASSERT_TRUE(manager_->Create("e", spec, false).ok());
  const auto report = [&](const v1::TrialLease& lease, v1::Presentation presentation) {
    v1::ReportPresentationRequest request;
    request.set_trial(lease.trial().name());
    request.set_attempt(lease.trial().attempt());
    *request.mutable_presentation() = std::move(presentation);
    ASSERT_TRUE(Wait<v1::ReportResult>([&](auto done) {
                  (*manager_->Runner(kName))->ReportPresentation(request, std::move(done));
                }).ok());
  };
  v1::Presentation aborted = CompletedPresentation("clients/display");
  aborted.set_outcome(v1::Presentation::OUTCOME_ABORTED);
  aborted.set_outcome_reason("fixation broken");
  for (int i = 0; i < 10; ++i) report(leases_.Take(), aborted);
  Settle();
  Restart();
  // The aborts are in the record: one failure more is the first.
  display_.reset();
  while (leases_.size() > 0) leases_.Take();
  ConnectBoth();
  const v1::TrialLease held = leases_.Take();
  ASSERT_GT(held.trial().attempt(), 2);
  v1::Presentation dropped = CompletedPresentation("clients/display");
  dropped.set_dropped_frames(9);
  report(held, dropped);
  Settle();
  const auto trials = manager_->ledger().ListTrials(kName, 0, 100);
  for (const v1::Trial& trial : *trials) {
    EXPECT_NE(trial.state(), v1::Trial::STATE_INFEASIBLE) << trial.state_reason();
  }
}

TEST_F(ExperimentManagerTest, ADisplayThatSaysWhyItWaitsKeepsItsLeases) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease held = leases_.Take();
  ASSERT_TRUE(
      manager_->Heartbeat("clients/display", "1", "paused by the operator at the display").ok());
  for (int second = 0; second < 60; ++second) {
    clock_.Advance(absl::Seconds(1));
    ASSERT_TRUE(
        manager_->Heartbeat("clients/display", "1", "paused by the operator at the display").ok());
    ASSERT_TRUE(manager_->Heartbeat("clients/sim", "1").ok());
    (*manager_->Runner(kName))->Poke();
    Settle();
  }
  const v1::Experiment e = *manager_->Get(kName);
  EXPECT_EQ(e.state(), v1::Experiment::STATE_PAUSED);
  EXPECT_THAT(e.state_reason(), HasSubstr("clients/display: paused by the operator"));
  ASSERT_TRUE(manager_->Heartbeat("clients/display", "1").ok());
  EXPECT_EQ(Show(held)->disposition(), v1::ReportResult::DISPOSITION_ACCEPTED);
  EXPECT_EQ(notices_.Take().trial().attempt(), 1);
}

TEST_F(ExperimentManagerTest, ALeaseLastsLongEnoughForAllThatItsDisplayHolds) {
  ConnectBoth();  // prefetch 2
  v1::Experiment spec = SmallSpec();
  spec.mutable_presentation()->mutable_on_duration()->set_seconds(20);
  spec.mutable_presentation()->mutable_off_duration()->set_seconds(10);
  ASSERT_TRUE(manager_->Create("e", spec, false).ok());
  EXPECT_GE(leases_.Take().lease_duration().seconds(), 2 * 30);
}

TEST_F(ExperimentManagerTest, ABackendThatWasOnlySilentGetsItsPresentationsAgain) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease lease = leases_.Take();
  clock_.Advance(absl::Seconds(4));
  Heartbeat("clients/display");
  manager_->Tick();  // the backend is lost
  ASSERT_TRUE(Show(lease).ok());
  Settle();
  EXPECT_EQ(notices_.size(), 0);
  Heartbeat("clients/sim");  // its stream was never cut
  EXPECT_EQ(notices_.Take().trial().name(), lease.trial().name());
}

TEST_F(ExperimentManagerTest, AfterAFullDiskEveryWaitStartsAnew) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease lease = leases_.Take();
  ledger_.full = true;
  EXPECT_TRUE(absl::IsUnavailable(Show(lease).status()));
  clock_.Advance(absl::Minutes(10));
  (*manager_->Runner(kName))->Poke();
  EXPECT_TRUE(absl::IsUnavailable(Show(lease).status()));
  Heartbeat("clients/display");
  Heartbeat("clients/sim");
  ledger_.full = false;
  EXPECT_EQ(Show(lease)->disposition(), v1::ReportResult::DISPOSITION_ACCEPTED);
}

TEST_F(ExperimentManagerTest, CreateRefusesUnitsThatNoConnectedBackendHas) {
  RegisterBackend("clients/sim", "b/1");
  const auto created = manager_->Create("e", SmallSpec(), false);
  EXPECT_TRUE(absl::IsInvalidArgument(created.status()));
  EXPECT_THAT(std::string(created.status().message()),
              testing::AllOf(HasSubstr("objective.units"), HasSubstr("a/0"), HasSubstr("b/1")));
}

TEST_F(ExperimentManagerTest, CreateRefusesWhatItCannotRun) {
  EXPECT_TRUE(absl::IsInvalidArgument(manager_->Create("Bad Id", SmallSpec(), false).status()));
  v1::Experiment spec = SmallSpec();
  spec.mutable_generator()->set_model("other");
  EXPECT_TRUE(absl::IsNotFound(manager_->Create("e", spec, false).status()));
  spec = SmallSpec();
  spec.mutable_generator()->set_weights_sha256("not this one");
  EXPECT_TRUE(absl::IsFailedPrecondition(manager_->Create("e", spec, false).status()));
  spec = SmallSpec();
  spec.mutable_presentation()->set_reference_set("nowhere");
  EXPECT_TRUE(absl::IsNotFound(manager_->Create("e", spec, false).status()));
  EXPECT_TRUE(absl::IsNotFound(manager_->Get(kName).status()));  // nothing half done
}

TEST_F(ExperimentManagerTest, ValidateOnlyChecksAndKeepsNothing) {
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), true).ok());
  EXPECT_TRUE(absl::IsNotFound(manager_->Get(kName).status()));
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(manager_->Create("e", SmallSpec(), true).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(manager_->Create("e", SmallSpec(), false).status()));
}

TEST_F(ExperimentManagerTest, AnExperimentWhoseModelChangedWaitsWithTheReason) {
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  Settle();
  Restart([](const std::string&, const std::string&) {
    return std::make_unique<FakeGenerator>("other-weights");
  });
  const v1::Experiment e = *manager_->Get(kName);
  EXPECT_EQ(e.state(), v1::Experiment::STATE_PAUSED);
  EXPECT_THAT(e.state_reason(), HasSubstr("other-weights"));
  EXPECT_TRUE(absl::IsFailedPrecondition(manager_->Runner(kName).status()));
}

TEST(OffersTest, TakesPooledUnitsAndPositionsInsideTheMap) {
  v1::Client::Backend backend;
  v1::Client::Unit& unit = *backend.add_units();
  unit.set_name("conv2/17");
  unit.set_rows(16);
  unit.set_cols(8);
  EXPECT_TRUE(Offers(backend, "conv2/17"));
  EXPECT_TRUE(Offers(backend, "conv2/17@15,7"));
  EXPECT_FALSE(Offers(backend, "conv2/17@16,0"));
  EXPECT_FALSE(Offers(backend, "conv2/17@0,8"));
  EXPECT_FALSE(Offers(backend, "conv2/17@-1,0"));
  EXPECT_FALSE(Offers(backend, "conv2/17@x"));
  EXPECT_FALSE(Offers(backend, "conv2/18"));
}

TEST_F(ExperimentManagerTest, ABackendInTroubleHoldsTheLoopUntilItIsWellAgain) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease lease = leases_.Take();
  leases_.Take();
  ASSERT_TRUE(manager_->Heartbeat("clients/sim", "1", "the stream is silent").ok());
  Settle();
  ASSERT_TRUE(Show(lease).ok());
  Settle();
  // Nothing more is shown that nobody would answer to, and the operator is told why.
  EXPECT_EQ(leases_.size(), 0);
  EXPECT_EQ(notices_.size(), 0);
  Pass(absl::Seconds(5) + absl::Milliseconds(1));
  EXPECT_EQ(manager_->Get(kName)->state(), v1::Experiment::STATE_PAUSED);
  EXPECT_THAT(manager_->Get(kName)->state_reason(), HasSubstr("clients/sim: the stream is silent"));

  Heartbeat("clients/display");
  Heartbeat("clients/sim");
  Settle();
  EXPECT_EQ(manager_->Get(kName)->state(), v1::Experiment::STATE_ACTIVE);
}

TEST_F(ExperimentManagerTest, APauseTellsWhatIsMissingNow) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  ASSERT_TRUE(manager_->Heartbeat("clients/sim", "1", "the stream is silent").ok());
  Settle();
  Pass(absl::Seconds(5) + absl::Milliseconds(1));
  EXPECT_THAT(manager_->Get(kName)->state_reason(), HasSubstr("the stream is silent"));
  Heartbeat("clients/display");
  ASSERT_TRUE(manager_->Heartbeat("clients/sim", "1", "press play").ok());
  Settle();
  EXPECT_EQ(manager_->Get(kName)->state(), v1::Experiment::STATE_PAUSED);
  EXPECT_THAT(manager_->Get(kName)->state_reason(), HasSubstr("press play"));
}

TEST_F(ExperimentManagerTest, AProcessThatRegistersAgainIsInTroubleUntilItsHeartbeatSaysElse) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Heartbeat("clients/sim", "1", "the stream is silent").ok());
  RegisterBackend("clients/sim", "a/0");
  EXPECT_EQ(manager_->clients().Get("clients/sim")->trouble(), "the stream is silent");
}

TEST_F(ExperimentManagerTest, AnObserverSeesEveryPresentationWithItsImageAndIsNeverAskedToAnswer) {
  v1::Client observer;
  observer.set_name("clients/eye");
  observer.set_instance("1");
  observer.mutable_observer();
  ASSERT_TRUE(manager_->RegisterClient(observer).ok());
  Inbox<v1::PresentationNotice> seen;
  auto stream = std::make_shared<BackendStream>();
  stream->backend = "clients/eye";
  stream->observer = true;
  stream->send = [&](v1::PresentationNotice notice) { seen.Put(std::move(notice)); };
  ASSERT_TRUE(manager_->Attach("", std::shared_ptr<const BackendStream>(stream)).ok());
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease shown = leases_.Take();
  ASSERT_TRUE(Show(shown).ok());
  EXPECT_EQ(notices_.Take().trial().name(), shown.trial().name());
  const v1::PresentationNotice notice = seen.Take();
  EXPECT_EQ(notice.trial().name(), shown.trial().name());
  EXPECT_EQ(notice.stimulus().image().rgb(), shown.stimulus().image().rgb());
  EXPECT_TRUE(notice.trial().presentation().has_onset());
  EXPECT_EQ(notice.shown().on_duration().nanos(), 50'000'000);
  // It sees what does not count, too.
  const v1::TrialLease aborted = leases_.Take();
  v1::ReportPresentationRequest report;
  report.set_trial(aborted.trial().name());
  report.set_attempt(aborted.trial().attempt());
  *report.mutable_presentation() = CompletedPresentation("clients/display");
  report.mutable_presentation()->set_outcome(v1::Presentation::OUTCOME_ABORTED);
  ASSERT_TRUE(Wait<v1::ReportResult>([&](auto done) {
                (*manager_->Runner(kName))->ReportPresentation(report, std::move(done));
              }).ok());
  EXPECT_EQ(seen.Take().trial().name(), aborted.trial().name());
  EXPECT_EQ(notices_.size(), 0);
  manager_->Detach(stream.get());
  Settle();
}

TEST_F(ExperimentManagerTest, ALeaseAllowsForWhatTheDisplayHoldsOfOtherExperiments) {
  ConnectBoth();
  ASSERT_TRUE(manager_->Create("e", SmallSpec(), false).ok());
  const v1::TrialLease alone = leases_.Take();
  leases_.Take();
  Settle();
  ASSERT_TRUE(manager_->Create("f", SmallSpec(), false).ok());
  const v1::TrialLease behind = leases_.Take();
  EXPECT_EQ(behind.trial().name(), "experiments/f/trials/1");
  // Two trials of a tenth of a second each.
  EXPECT_EQ(behind.lease_duration().nanos() - alone.lease_duration().nanos(), 200'000'000);
}

TEST(OffersTest, AnElectrodeAnswersForEverySortedIdAndForAllTogether) {
  v1::Client::Backend rig;
  rig.add_units()->set_name("SE 1");
  rig.mutable_units(0)->set_electrode(true);
  EXPECT_TRUE(Offers(rig, "SE 1/0"));
  EXPECT_TRUE(Offers(rig, "SE 1/12"));
  EXPECT_TRUE(Offers(rig, "SE 1/mua"));
  EXPECT_FALSE(Offers(rig, "SE 1"));
  EXPECT_FALSE(Offers(rig, "SE 1/x"));
  EXPECT_FALSE(Offers(rig, "SE 1/-1"));
  EXPECT_FALSE(Offers(rig, "SE 11/1"));
}

}  // namespace
}  // namespace evoke
