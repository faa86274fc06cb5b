// All experiments of one server: creates them, resumes them after a restart, and connects them with
// displays and backends.
#ifndef EVOKE_SERVER_EXPERIMENT_EXPERIMENT_MANAGER_H_
#define EVOKE_SERVER_EXPERIMENT_EXPERIMENT_MANAGER_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "server/experiment/client_registry.h"
#include "server/experiment/runner.h"
#include "server/generator/generator.h"
#include "server/ledger/ledger.h"

namespace evoke {

struct ManagerOptions {
  std::string model_dir;
  std::string reference_dir;
  std::string earlier_dir;  // of earlier records, for warm starts; empty: none
  absl::Duration client_timeout = absl::Seconds(3);  // without a heartbeat
  RunnerOptions runner;
};

// Thread-safe. Commands on one experiment go to its runner; listing and watching read the ledger.
class ExperimentManager {
 public:
  using GeneratorLoader = std::function<absl::StatusOr<std::unique_ptr<Generator>>(
      const std::string& model_dir, const std::string& model)>;

  // `ledger` and `clock` must outlive the manager. `load_generator` is LoadGenerator outside tests.
  ExperimentManager(Ledger* ledger, const Clock* clock, ManagerOptions options,
                    GeneratorLoader load_generator = LoadGenerator);
  ~ExperimentManager();

  // Replays every unfinished experiment and decodes once with each generator in use. DATA_LOSS if a
  // record is damaged. An experiment that can't go on here (its model is missing or another one) is
  // kept and refuses commands with the reason. Call once; until it has returned, everything else is
  // UNAVAILABLE.
  absl::Status Resume();

  // INVALID_ARGUMENT names the field; ALREADY_EXISTS; NOT_FOUND for a model or reference set. May
  // take minutes where the search begins with pictures (see FindStartPoints()): no lock is held
  // meanwhile, and other experiments go on.
  absl::StatusOr<v1::Experiment> Create(const std::string& id, v1::Experiment spec,
                                        bool validate_only);
  absl::StatusOr<v1::Experiment> Get(const std::string& name) const;
  // Newest first, behind the one named `after`; without earlier_responses.
  absl::StatusOr<std::vector<v1::Experiment>> List(const std::string& after, int limit) const;
  // A stimulus, with its image if asked.
  absl::StatusOr<v1::Stimulus> GetStimulus(const std::string& name, bool include_image);

  // The runner, for commands. NOT_FOUND; FAILED_PRECONDITION if it ended in an earlier session or
  // can't go on here. Shared, so that a command may outlive the manager's own use.
  absl::StatusOr<std::shared_ptr<ExperimentRunner>> Runner(const std::string& name) const;

  // Connects a stream with `experiment`, or with all, also later ones, if it is empty. NOT_FOUND.
  absl::Status Attach(const std::string& experiment, std::shared_ptr<const DisplayStream> stream);
  absl::Status Attach(const std::string& experiment, std::shared_ptr<const BackendStream> stream);
  void Detach(const void* stream);

  // Tells the displays that hold trials of the experiment (all of any, for experiments/-) to take
  // the stimulus that is on off, at once and past whatever the runner is busy with. Returns how
  // many were told. INVALID_ARGUMENT: the reason has not 1 to 95 bytes. Errors of Runner().
  absl::StatusOr<int> AbortStimulus(const std::string& name, const std::string& reason);

  absl::StatusOr<v1::Client> RegisterClient(v1::Client client);
  // As ClientRegistry::Heartbeat; a client that returns gets its work again.
  absl::Status Heartbeat(const std::string& name, const std::string& instance,
                         const std::string& trouble = "");
  ClientRegistry& clients() { return clients_; }
  const Ledger& ledger() const { return *ledger_; }

  // Calls `listener` after each recorded event, with the experiment's name, until Unlisten(); it
  // must not block.
  int Listen(std::function<void(const std::string&)> listener);
  void Unlisten(int id);

  // Looks for lost clients. Called by the manager's own thread five times a second.
  void Tick();

 private:
  template <typename Stream>
  struct Attached {
    std::string experiment;  // empty: all
    std::shared_ptr<const Stream> stream;
  };

  absl::StatusOr<std::shared_ptr<const Generator>> GeneratorOf(const std::string& model);
  absl::StatusOr<StimulusSource> SourceOf(const v1::Experiment& spec);
  absl::Status CheckUnits(const v1::Experiment& spec) const;
  struct Replayed {
    std::unique_ptr<Experiment> experiment;
    StimulusSource source;
  };
  absl::StatusOr<Replayed> Replay(const std::string& name);
  void StartRunner(std::unique_ptr<Experiment> experiment, StimulusSource source)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  template <typename Stream>
  absl::Status AttachTo(const std::string& experiment, std::shared_ptr<const Stream> stream,
                        std::vector<Attached<Stream>>* streams)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Notify(const std::string& experiment);
  absl::Status Ready() const;

  Ledger* const ledger_;
  const Clock* const clock_;
  const ManagerOptions options_;
  const GeneratorLoader load_generator_;
  ClientRegistry clients_;

  // Apart from mutex_: reports must not wait for a model that is being loaded.
  Mutex generators_mutex_;
  std::map<std::string, std::shared_ptr<const Generator>> generators_
      ABSL_GUARDED_BY(generators_mutex_);

  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<ExperimentRunner>> runners_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, absl::Status> stranded_ ABSL_GUARDED_BY(mutex_);  // why they can't go on
  std::vector<Attached<DisplayStream>> displays_ ABSL_GUARDED_BY(mutex_);
  std::vector<Attached<BackendStream>> backends_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  CondVar stop_;

  Mutex listeners_mutex_;
  std::map<int, std::function<void(const std::string&)>> listeners_
      ABSL_GUARDED_BY(listeners_mutex_);
  int next_listener_ ABSL_GUARDED_BY(listeners_mutex_) = 1;

  std::atomic<bool> resumed_ = false;
  std::thread ticker_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_EXPERIMENT_MANAGER_H_
