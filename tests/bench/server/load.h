// A server under load, as far as one process can make it.
#ifndef EVOKE_TESTS_BENCH_SERVER_LOAD_H_
#define EVOKE_TESTS_BENCH_SERVER_LOAD_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/server/samples.h"

namespace evoke {

struct LoadOptions {
  int experiments = 1;                        // each with a display and a backend
  int watchers = 0;                           // that ask for events and read none
  absl::Duration warm_up = absl::Seconds(2);  // is not measured
  absl::Duration time = absl::Seconds(10);    // is
  std::string folder;                         // of the ledger; made anew
  std::string models = "deploy/models";
  int trials_per_experiment = 1'000'000;          // then another one takes its place
  std::function<void(absl::Duration)> on_second;  // optional: once a second, with the time so far
};

struct LoadResult {
  Spread turnaround;    // last response of a block to first lease of the next
  Spread acknowledged;  // report to durable acknowledgement
  Spread sync;          // a bare write and fdatasync in the same folder, before the load
  double trials_per_s = 0;
  int64_t failed = 0;  // reports that came to nothing
};

// Random search over Gabor patches of 32 x 32 pixels, a durable ledger, and clients that answer at
// once, all in this process. Errors of the server.
absl::StatusOr<LoadResult> MeasureLoad(const LoadOptions& options);

// Writes 4 KB and syncs them, again and again, for a second at most.
Spread MeasureSync(const std::string& folder);

// Of this process, in MB.
double ResidentMegabytes();

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_SERVER_LOAD_H_
