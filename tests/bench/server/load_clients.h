// Displays and backends that answer at once, hundreds in one process, over real connections.
#ifndef EVOKE_TESTS_BENCH_SERVER_LOAD_CLIENTS_H_
#define EVOKE_TESTS_BENCH_SERVER_LOAD_CLIENTS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "evoke/v1/trial.pb.h"
#include "tests/bench/server/samples.h"

namespace evoke {

// What is measured, by all experiments together.
struct LoadFigures {
  Samples turnaround;    // last response of a block to the first lease of the next, less the
                         // generator's time
  Samples acknowledged;  // a report, presentation or response, to the server's answer
  std::atomic<int64_t> trials = 0;  // responses acknowledged
  std::atomic<int64_t> failed = 0;  // reports with an error, or that did not count
  void Clear();
};

// Where an experiment's block ends and the next begins. Thread-safe.
class BlockTimer {
 public:
  // `generator_nanos`: what the experiment's thread has spent in the generator so far.
  void OnResponse(const v1::Trial& trial, int64_t now, int64_t generator_nanos);
  void OnLease(const v1::Trial& trial, int64_t now, int64_t generator_nanos, Samples* turnaround);

 private:
  Mutex mutex_;
  int generation_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t last_response_ ABSL_GUARDED_BY(mutex_) = 0;  // of that generation
  int64_t generator_nanos_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A display and a backend of one experiment, each with a connection of its own and heartbeats twice
// a second. The destructor ends the streams.
class LoadClients {
 public:
  struct Impl;

  // Registers both and opens their streams. `generator_nanos` and `figures` must outlive it.
  static absl::StatusOr<std::unique_ptr<LoadClients>> Start(
      const std::string& server_address, const std::string& experiment,
      const std::atomic<int64_t>* generator_nanos, const Clock* clock, LoadFigures* figures);
  ~LoadClients();

  // One of each, without waiting for the answers.
  void SendHeartbeats();

 private:
  explicit LoadClients(std::shared_ptr<Impl> impl);
  const std::shared_ptr<Impl> impl_;  // shared with the calls under way
};

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_SERVER_LOAD_CLIENTS_H_
