#include "tests/bench/server/load.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status_macros.h"
#include "evoke/v1/experiment_service.grpc.pb.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "grpcpp/support/client_callback.h"
#include "server/service/server.h"
#include "tests/bench/server/load_clients.h"
#include "tests/bench/server/timed_generator.h"

namespace evoke {
namespace {

constexpr char kSpec[] = R"pb(
  optimizer { random_search {} }
  generator { model: "gabor" }
  presentation {
    on_duration { nanos: 16666667 }
    max_attempts: 1000
  }
  objective {
    units { unit: "a/0" }
    latency_window {
      start { nanos: 50000000 }
      end { nanos: 150000000 }
    }
  }
)pb";

// Asks for events and never reads one.
class DeafWatcher final : public grpc::ClientReadReactor<v1::ExperimentEvent> {
 public:
  DeafWatcher(v1::ExperimentService::Stub* stub, const std::string& experiment) {
    request_.set_name(experiment);
    request_.set_follow(true);
    stub->async()->WatchExperiment(&context_, &request_, this);
    StartCall();
  }
  ~DeafWatcher() override {
    context_.TryCancel();
    MutexLock lock(&mutex_);
    while (!done_) changed_.Wait(&mutex_);
  }
  void OnDone(const grpc::Status&) override {
    MutexLock lock(&mutex_);
    done_ = true;
    changed_.SignalAll();
  }

 private:
  grpc::ClientContext context_;
  v1::WatchExperimentRequest request_;
  Mutex mutex_;
  CondVar changed_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

// What each experiment's thread has spent in the generator. Thread-safe.
class GeneratorTimes {
 public:
  std::atomic<int64_t>* Of(const std::string& experiment) {
    MutexLock lock(&mutex_);
    return &times_[experiment];
  }
  // On the experiment's thread.
  void Update(const std::string& experiment) {
    thread_local std::pair<std::string, std::atomic<int64_t>*> mine;
    if (mine.first != experiment) mine = {experiment, Of(experiment)};
    *mine.second = TimedGenerator::ThreadNanos();
  }

 private:
  Mutex mutex_;
  std::map<std::string, std::atomic<int64_t>> times_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<Generator>> LoadTimed(const std::string& folder,
                                                     const std::string& model) {
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Generator> generator, LoadGenerator(folder, model));
  return std::make_unique<TimedGenerator>(std::move(generator));
}

// The experiments that run, and those that take their places.
class Load {
 public:
  Load(const LoadOptions& options, const Clock* clock) : options_(options), clock_(clock) {}

  absl::Status Begin() {
    std::filesystem::remove_all(options_.folder);
    std::filesystem::create_directories(options_.folder);
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Ledger> ledger,
                           OpenSqliteLedger(options_.folder + "/ledger.db"));
    ServerOptions server;
    server.address = "127.0.0.1:0";
    server.manager.model_dir = options_.models;
    EVOKE_ASSIGN_OR_RETURN(server_, Server::Start(server, std::move(ledger), clock_, LoadTimed));
    server_->manager().Listen([this](const std::string& name) { times_.Update(name); });
    address_ = absl::StrCat("127.0.0.1:", server_->port());
    for (int i = 0; i < options_.experiments; ++i) {
      EVOKE_ASSIGN_OR_RETURN(Running running, Add());
      running_.push_back(std::move(running));
    }
    for (int i = 0; i < options_.watchers; ++i) {
      // A connection each: one that is not read holds up all of its streams.
      grpc::ChannelArguments own;
      own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      watch_stubs_.push_back(v1::ExperimentService::NewStub(
          grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), own)));
      watchers_.push_back(std::make_unique<DeafWatcher>(watch_stubs_.back().get(),
                                                        running_[i % running_.size()].name));
    }
    return absl::OkStatus();
  }

  // Keeps the heartbeats going, and puts new experiments in the place of those that have ended.
  absl::Status Run(absl::Duration time) {
    const absl::Time begin = absl::Now();
    absl::Time second = begin;
    while (absl::Now() - begin < time) {
      const absl::Time round = absl::Now();
      for (Running& running : running_) {
        running.clients->SendHeartbeats();
        EVOKE_ASSIGN_OR_RETURN(const v1::Experiment now, server_->manager().Get(running.name));
        if (now.state() == v1::Experiment::STATE_FAILED) {
          return absl::InternalError(absl::StrCat(running.name, ": ", now.state_reason()));
        }
        if (now.state() == v1::Experiment::STATE_SUCCEEDED) {
          EVOKE_ASSIGN_OR_RETURN(running, Add());
        }
        absl::SleepFor(absl::Milliseconds(500) / options_.experiments);
      }
      if (absl::Now() - second >= absl::Seconds(1)) {
        second = absl::Now();
        if (options_.on_second) options_.on_second(second - begin);
      }
      if (absl::Now() - round < absl::Milliseconds(100)) absl::SleepFor(absl::Milliseconds(100));
    }
    return absl::OkStatus();
  }

  LoadFigures& figures() { return figures_; }

 private:
  struct Running {
    std::string name;
    std::unique_ptr<LoadClients> clients;
  };

  absl::StatusOr<Running> Add() {
    v1::Experiment spec;
    if (!google::protobuf::TextFormat::ParseFromString(kSpec, &spec)) {
      return absl::InternalError("the experiment's specification is not one");
    }
    spec.mutable_optimizer()->set_seed(++created_);
    spec.mutable_optimizer()->set_max_candidate_trials(options_.trials_per_experiment);
    EVOKE_ASSIGN_OR_RETURN(const v1::Experiment created,
                           server_->manager().Create(absl::StrCat("load-", created_), spec, false));
    Running running;
    running.name = created.name();
    EVOKE_ASSIGN_OR_RETURN(
        running.clients,
        LoadClients::Start(address_, running.name, times_.Of(running.name), clock_, &figures_));
    return running;
  }

  const LoadOptions& options_;
  const Clock* const clock_;
  GeneratorTimes times_;
  LoadFigures figures_;
  std::unique_ptr<Server> server_;
  std::string address_;
  int created_ = 0;
  std::vector<Running> running_;
  std::vector<std::unique_ptr<v1::ExperimentService::Stub>> watch_stubs_;
  std::vector<std::unique_ptr<DeafWatcher>> watchers_;
};

}  // namespace

Spread MeasureSync(const std::string& folder) {
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/sync";
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return {};
  const std::string page(4096, 'x');
  Samples samples;
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 2000 && absl::Now() - begin < absl::Seconds(1); ++i) {
    const absl::Time start = absl::Now();
    if (write(file, page.data(), page.size()) < 0 || fdatasync(file) != 0) break;
    samples.Add(absl::ToDoubleMilliseconds(absl::Now() - start));
  }
  close(file);
  std::filesystem::remove(path);
  return samples.Summarize();
}

double ResidentMegabytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

absl::StatusOr<LoadResult> MeasureLoad(const LoadOptions& options) {
  const std::unique_ptr<Clock> clock = NewSystemClock();
  LoadResult result;
  result.sync = MeasureSync(options.folder);
  {
    Load load(options, clock.get());
    EVOKE_RETURN_IF_ERROR(load.Begin());
    EVOKE_RETURN_IF_ERROR(load.Run(options.warm_up));
    load.figures().Clear();
    const absl::Time begin = absl::Now();
    EVOKE_RETURN_IF_ERROR(load.Run(options.time));
    result.trials_per_s =
        static_cast<double>(load.figures().trials) / absl::ToDoubleSeconds(absl::Now() - begin);
    result.turnaround = load.figures().turnaround.Summarize();
    result.acknowledged = load.figures().acknowledged.Summarize();
    result.failed = load.figures().failed;
  }
  std::filesystem::remove_all(options.folder);
  return result;
}

}  // namespace evoke
