// The durable record of experiments: their events, and an index over them that makes listing and
// resuming cheap. docs/ledger.md describes the format on disk.
#ifndef EVOKE_SERVER_LEDGER_LEDGER_H_
#define EVOKE_SERVER_LEDGER_LEDGER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "evoke/v1/event.pb.h"

namespace evoke {

// Thread-safe. Errors of every method: UNAVAILABLE if the storage can't be written or read now
// (disk full, read-only; the message says which; the call may be repeated), DATA_LOSS if a record
// is damaged (the message names it).
//
// Names are resource names: experiments/{experiment}, experiments/{experiment}/trials/{n}, ...
class Ledger {
 public:
  virtual ~Ledger() = default;

  // Appends the events of one experiment in one transaction and returns once they are on disk: all
  // of them, or none. Concurrent calls share one commit. The first event of an experiment carries
  // the Experiment itself; each sequence number follows the one before, else FAILED_PRECONDITION.
  // ALREADY_EXISTS if the first event's experiment is there.
  virtual absl::Status Append(const std::string& experiment,
                              absl::Span<const v1::ExperimentEvent> events) = 0;

  // Up to `limit` events behind `after_sequence`, in order. NOT_FOUND: no such experiment.
  virtual absl::StatusOr<std::vector<v1::ExperimentEvent>> ReadEvents(const std::string& experiment,
                                                                      int64_t after_sequence,
                                                                      int limit) const = 0;

  // The experiment after its latest event: state and progress as last recorded (progress comes with
  // experiment and completed-generation events). NOT_FOUND.
  virtual absl::StatusOr<v1::Experiment> GetExperiment(const std::string& experiment) const = 0;

  // Newest first; up to `limit`, behind the one named `after` (empty: from the newest).
  virtual absl::StatusOr<std::vector<v1::Experiment>> ListExperiments(const std::string& after,
                                                                      int limit) const = 0;

  // Names of the experiments that are ACTIVE or PAUSED, oldest first.
  virtual absl::StatusOr<std::vector<std::string>> UnfinishedExperiments() const = 0;

  // Each trial as it was after its latest event, in number order, from numbers > `after_number`.
  // NOT_FOUND: no such experiment.
  virtual absl::StatusOr<std::vector<v1::Trial>> ListTrials(const std::string& experiment,
                                                            int64_t after_number,
                                                            int limit) const = 0;

  // A stimulus of a planned generation, without its image. NOT_FOUND.
  virtual absl::StatusOr<v1::Stimulus> GetStimulus(const std::string& stimulus) const = 0;
};

// In memory: for tests and for runs that need no record.
std::unique_ptr<Ledger> NewMemoryLedger();

// In an SQLite database at `path`, created if missing. FAILED_PRECONDITION if the file belongs to
// another version (the message says which) or another program, or is open in another server;
// DATA_LOSS if it is damaged.
absl::StatusOr<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_LEDGER_H_
