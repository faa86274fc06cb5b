// Display and backend links against a real server, over gRPC.
#include <atomic>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "clients/api/display_client.h"
#include "clients/api/report_queue.h"
#include "clients/api/response_client.h"
#include "common/mutex.h"
#include "evoke/v1/experiment_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/keys.h"
#include "tests/support/specs.h"
#include "tests/support/test_server.h"

namespace evoke {
namespace {

// Answers with a count that depends on the stimulus alone.
class PixelNeuron : public SpikeSource {
 public:
  std::vector<absl::StatusOr<std::vector<UnitSpikes>>> Spikes(
      absl::Span<const v1::PresentationNotice> presentations) override {
    std::vector<absl::StatusOr<std::vector<UnitSpikes>>> answers;
    for (const v1::PresentationNotice& notice : presentations) {
      const auto first = static_cast<uint8_t>(notice.stimulus().image().rgb()[0]);
      answers.push_back(std::vector<UnitSpikes>{{"a/0", std::vector<int64_t>(first / 30, 1000)}});
    }
    return answers;
  }
};

v1::Client DisplayNamed(const std::string& name) {
  v1::Client client;
  client.set_name(name);
  client.mutable_display()->set_refresh_hz(60);
  client.mutable_display()->set_width(8);
  client.mutable_display()->set_height(6);
  return client;
}

v1::Client BackendNamed(const std::string& name) {
  v1::Client client;
  client.set_name(name);
  client.mutable_backend()->set_needs_image(true);
  client.mutable_backend()->add_units()->set_name("a/0");
  return client;
}

// A display without a screen and a backend without a network, connected to the server by the real
// links.
class Rig {
 public:
  explicit Rig(const Connection& server) : Rig(server, server) {}
  Rig(const Connection& for_display, const Connection& for_backend)
      : clock_(NewSystemClock()),
        backend_(for_backend, BackendNamed("clients/sim"), "", clock_.get()),
        display_(
            for_display, DisplayNamed("clients/display"), "", 2, clock_.get(),
            [this](const v1::TrialLease& lease) { Show(lease); },
            [this](const std::string& reason) { Abort(reason); }, [](absl::Status) {}),
        responder_([this] { (void)Respond(backend_, neuron_, backend_, "clients/sim"); }) {}
  ~Rig() {
    backend_.Stop();
    responder_.join();
  }
  int shown() const { return shown_; }
  // Takes no stimulus off until somebody asks for it: the first trial waits for that.
  void HoldTheFirst() { holding_ = true; }
  void WaitUntilHeld() {
    MutexLock lock(&mutex_);
    while (!held_) changed_.Wait(&mutex_);
  }

 private:
  void Abort(const std::string& reason) {
    MutexLock lock(&mutex_);
    if (!held_) return;
    held_->mutable_presentation()->set_outcome(v1::Presentation::OUTCOME_ABORTED);
    held_->mutable_presentation()->set_outcome_reason(reason);
    display_.Report(*std::move(held_));
    held_.reset();
  }
  void Show(const v1::TrialLease& lease) {
    ++shown_;
    v1::ReportPresentationRequest report;
    report.set_trial(lease.trial().name());
    report.set_attempt(lease.trial().attempt());
    v1::Presentation& p = *report.mutable_presentation();
    p = CompletedPresentation("");
    *p.mutable_onset() = display_.ToInstant(clock_->MonotonicNanos(), 0);
    if (holding_.exchange(false)) {
      MutexLock lock(&mutex_);
      held_ = std::move(report);
      changed_.SignalAll();
      return;
    }
    display_.Report(std::move(report));
  }

  const std::unique_ptr<Clock> clock_;
  std::atomic<int> shown_ = 0;
  std::atomic<bool> holding_ = false;
  Mutex mutex_;
  CondVar changed_;
  std::optional<v1::ReportPresentationRequest> held_ ABSL_GUARDED_BY(mutex_);  // on the screen
  PixelNeuron neuron_;
  ResponseClient backend_;
  DisplayClient display_;
  std::thread responder_;
};

void Create(const Connection& server, const std::string& id) {
  auto stub = v1::ExperimentService::NewStub(OpenChannel(server));
  grpc::ClientContext context;
  v1::CreateExperimentRequest request;
  request.set_experiment_id(id);
  *request.mutable_experiment() = SmallSpec();
  v1::Experiment response;
  const grpc::Status status = stub->CreateExperiment(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

// Events until the experiment ends; `each` sees every one. Goes on over restarts of the server.
std::vector<v1::ExperimentEvent> Watch(
    const Connection& server, const std::string& name,
    const std::function<void(const v1::ExperimentEvent&)>& each = [](const auto&) {}) {
  std::vector<v1::ExperimentEvent> events;
  while (true) {
    auto stub = v1::ExperimentService::NewStub(OpenChannel(server));
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    v1::WatchExperimentRequest request;
    request.set_name(name);
    request.set_follow(true);
    request.set_after_sequence(events.empty() ? 0 : events.back().sequence());
    auto stream = stub->WatchExperiment(&context, request);
    v1::ExperimentEvent event;
    while (stream->Read(&event)) {
      events.push_back(event);
      each(event);
    }
    const grpc::Status status = stream->Finish();
    if (status.ok()) return events;
    EXPECT_TRUE(IsTransient(FromGrpc(status))) << status.error_message();
    if (!IsTransient(FromGrpc(status))) return events;
  }
}

std::map<std::string, double> ScoresByTrial(const std::vector<v1::ExperimentEvent>& events) {
  std::map<std::string, double> scores;
  for (const v1::ExperimentEvent& event : events) {
    if (event.has_trial() && event.trial().state() == v1::Trial::STATE_SUCCEEDED) {
      scores[event.trial().name() + " " + event.trial().stimulus()] = event.trial().score();
    }
  }
  return scores;
}

TEST(ClientsTest, TheLoopClosesOverTheNetwork) {
  TestServer server;
  Rig rig(server.address());
  Create(server.address(), "e");
  const std::vector<v1::ExperimentEvent> events = Watch(server.address(), "experiments/e");
  EXPECT_EQ(events.back().experiment().state(), v1::Experiment::STATE_SUCCEEDED);
  EXPECT_EQ(ScoresByTrial(events).size(), 24);
  for (const v1::ExperimentEvent& event : events) {
    if (!event.has_trial() || !event.trial().has_presentation()) continue;
    const v1::Instant& onset = event.trial().presentation().onset();
    EXPECT_GT(onset.session_nanos(), 0);
    EXPECT_LT(onset.session_nanos(), onset.local_nanos());
  }
}

TEST(ClientsTest, AnAbortByAnotherProgramReachesTheDisplayAndTheTrialComesAgainUnscored) {
  TestServer server;
  Rig rig(server.address());
  rig.HoldTheFirst();
  Create(server.address(), "e");
  rig.WaitUntilHeld();
  auto stub = v1::ExperimentService::NewStub(OpenChannel(server.address()));
  v1::AbortStimulusRequest request;
  request.set_name("experiments/-");
  request.set_reason("fixation broken");
  v1::AbortStimulusResponse response;
  // The server may be about to note that the lease is out.
  while (response.displays() == 0) {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->AbortStimulus(&context, request, &response).ok());
  }
  const std::vector<v1::ExperimentEvent> events = Watch(server.address(), "experiments/e");
  EXPECT_EQ(events.back().experiment().state(), v1::Experiment::STATE_SUCCEEDED);
  EXPECT_EQ(ScoresByTrial(events).size(), 24);
  int aborted = 0;
  for (const v1::ExperimentEvent& event : events) {
    if (event.trial().state_reason() != "aborted: fixation broken") continue;
    ++aborted;
    EXPECT_EQ(event.trial().state(), v1::Trial::STATE_PENDING);
    EXPECT_FALSE(event.trial().has_score());
  }
  EXPECT_EQ(aborted, 1);
}

TEST(ClientsTest, TheLoopClosesOverMutualTls) {
  const Keys keys("--client kim:operator --client display:display --client sim:backend");
  SecurityOptions security;
  security.tls_folder = keys.folder("server");
  TestServer server(NewMemoryLedger(), security);
  const auto as = [&](const char* name) {
    return MakeConnection(server.address(), keys.folder(name), "", absl::Now()).value();
  };
  Rig rig(as("display"), as("sim"));
  Create(as("kim"), "e");
  const std::vector<v1::ExperimentEvent> events = Watch(as("kim"), "experiments/e");
  EXPECT_EQ(events.back().experiment().state(), v1::Experiment::STATE_SUCCEEDED);
  EXPECT_EQ(ScoresByTrial(events).size(), 24);
}

TEST(ClientsTest, AClientThatMayNotEndsWithTheReasonInsteadOfTryingForEver) {
  const Keys keys("--client sim:display");
  SecurityOptions security;
  security.tls_folder = keys.folder("server");
  TestServer server(NewMemoryLedger(), security);
  const auto clock = NewSystemClock();
  ResponseClient backend(
      MakeConnection(server.address(), keys.folder("sim"), "", absl::Now()).value(),
      BackendNamed("clients/sim"), "", clock.get());
  const absl::Status status = backend.Next(1).status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("needs the role backend"));
}

TEST(ClientsTest, BothLinksReconnectAfterARestartAndTheTrialsAreTheSame) {
  const std::string path = absl::StrCat(testing::TempDir(), "/clients_restart_", getpid(), ".db");
  const auto remove_files = [&] {
    for (const char* suffix : {"", "-wal", "-shm", "-lock"}) std::filesystem::remove(path + suffix);
  };
  remove_files();
  std::map<std::string, double> uninterrupted;
  {
    TestServer server;
    Rig rig(server.address());
    Create(server.address(), "e");
    uninterrupted = ScoresByTrial(Watch(server.address(), "experiments/e"));
  }
  TestServer server(*OpenSqliteLedger(path));
  {
    Rig rig(server.address());
    Create(server.address(), "e");
    std::thread restarter;
    std::set<int64_t> restarted_at;
    const auto events =
        Watch(server.address(), "experiments/e", [&](const v1::ExperimentEvent& event) {
          // Early and late in the experiment; the watcher itself must not wait for the restart.
          if (!event.has_trial() || event.trial().state() != v1::Trial::STATE_SUCCEEDED) return;
          if (event.trial().name() != "experiments/e/trials/6" &&
              event.trial().name() != "experiments/e/trials/18") {
            return;
          }
          if (!restarted_at.insert(event.sequence()).second) return;
          if (restarter.joinable()) restarter.join();
          restarter = std::thread([&] {
            server.Stop();
            server.Restart(*OpenSqliteLedger(path));
          });
        });
    if (restarter.joinable()) restarter.join();
    EXPECT_EQ(restarted_at.size(), 2);
    EXPECT_EQ(ScoresByTrial(events), uninterrupted);
  }
  server.Stop();
  remove_files();
}

TEST(ClientsTest, ADisplayWhoseNameIsTakenOverEndsWithTheReason) {
  TestServer server;
  const auto clock = NewSystemClock();
  auto channel = OpenChannel(server.address());
  ClientSession first(channel, DisplayNamed("clients/d"), clock.get(), absl::Milliseconds(5));
  ASSERT_TRUE(first.WaitRegistered().ok());
  ClientSession second(channel, DisplayNamed("clients/d"), clock.get(), absl::Milliseconds(5));
  ASSERT_TRUE(second.WaitRegistered().ok());
  absl::Status status;
  while ((status = first.WaitRegistered()).ok()) std::this_thread::yield();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_TRUE(second.WaitRegistered().ok());
}

TEST(ReportQueueTest, ResendsUntilTheServerAnswersAndKeepsTheOrder) {
  Mutex mutex;
  CondVar arrived;
  std::vector<int> got;
  int failures = 3;
  ReportQueue<v1::ReportResponseRequest> queue(
      [&](const v1::ReportResponseRequest& request) -> absl::StatusOr<v1::ReportResult> {
        MutexLock lock(&mutex);
        if (failures-- > 0) return absl::UnavailableError("down");
        got.push_back(request.attempt());
        arrived.SignalAll();
        return v1::ReportResult();
      });
  for (int i = 1; i <= 5; ++i) {
    v1::ReportResponseRequest request;
    request.set_attempt(i);
    queue.Add(request);
  }
  MutexLock lock(&mutex);
  while (got.size() < 5) arrived.Wait(&mutex);
  EXPECT_THAT(got, testing::ElementsAre(1, 2, 3, 4, 5));
}

TEST(ReportQueueTest, AFinalErrorDropsThatReportOnly) {
  Mutex mutex;
  CondVar arrived;
  std::vector<int> got;
  ReportQueue<v1::ReportResponseRequest> queue(
      [&](const v1::ReportResponseRequest& request) -> absl::StatusOr<v1::ReportResult> {
        if (request.attempt() == 1) return absl::NotFoundError("no such trial");
        MutexLock lock(&mutex);
        got.push_back(request.attempt());
        arrived.SignalAll();
        return v1::ReportResult();
      });
  for (int i = 1; i <= 2; ++i) {
    v1::ReportResponseRequest request;
    request.set_attempt(i);
    queue.Add(request);
  }
  MutexLock lock(&mutex);
  while (got.empty()) arrived.Wait(&mutex);
  EXPECT_THAT(got, testing::ElementsAre(2));
}

}  // namespace
}  // namespace evoke
