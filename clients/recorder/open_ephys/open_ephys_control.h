// Client of the HTTP server of the Open Ephys GUI (port 37497): the one way to learn whether it
// acquires, and to start it.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_CONTROL_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_CONTROL_H_

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace evoke {

enum class OpenEphysMode { kIdle, kAcquire, kRecord };

struct OpenEphysControlOptions {
  std::string host = "127.0.0.1";
  int port = 37497;
  absl::Duration timeout = absl::Seconds(2);  // of a request: the GUI answers from its busy thread
  absl::Duration poll_interval = absl::Milliseconds(500);
};

// Thread-safe. GetMode(), SetMode() and GetStreams() ask the GUI and wait for the answer, at most
// the timeout: UNAVAILABLE if there is none, INTERNAL if it is not understood. latest() never
// waits: a thread of its own asks for the mode all the while, so that a GUI that hangs does not
// hold up the data. A crash dialog leaves the GUI's server answering ACQUIRE: only the data tell.
class OpenEphysControl {
 public:
  // `clock` outlives this.
  OpenEphysControl(OpenEphysControlOptions options, const Clock* clock);
  ~OpenEphysControl() { StopPolling(); }

  absl::StatusOr<OpenEphysMode> GetMode() const;
  // FAILED_PRECONDITION if the GUI stays in another mode.
  absl::Status SetMode(OpenEphysMode mode) const;
  struct Stream {
    std::string name;
    double sample_rate_hz = 0;
  };
  // Of the whole signal chain; a stream stands there once per processor that it passes.
  absl::StatusOr<std::vector<Stream>> GetStreams() const;

  struct Latest {
    OpenEphysMode mode = OpenEphysMode::kIdle;
    int64_t as_of_nanos = 0;    // when it was asked for (CLOCK_MONOTONIC); 0: never answered
    int64_t failing_nanos = 0;  // since when there is no answer; 0: there is
    absl::Status error;         // of the last request
  };
  // `known` is the mode that the caller asked for just now.
  void StartPolling(OpenEphysMode known);
  void StopPolling();
  Latest latest() const;

 private:
  absl::StatusOr<std::string> Request(const std::string& path, const std::string* body) const;
  absl::Status Unreachable(const std::string& why) const;
  void Poll();

  const OpenEphysControlOptions options_;
  const Clock* const clock_;
  mutable Mutex mutex_;
  CondVar changed_;
  Latest latest_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_CONTROL_H_
