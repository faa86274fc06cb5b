// What a recording rig delivers, whatever its maker: spikes and the edges of the stimulus line, on
// the rig's own sample clock. One adapter per kind of rig derives from Recorder.
//
//   must implement: Start, Read, Stop, Wake, sample_rate_hz
//   may implement:  thresholds_uv
//
// An adapter turns bytes into RigData and knows nothing of trials, windows or the server.
#ifndef EVOKE_CLIENTS_RECORDER_RECORDER_H_
#define EVOKE_CLIENTS_RECORDER_RECORDER_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evoke {

// A detected spike. `sorted_id` 0 is a threshold crossing that no unit was sorted from.
struct RecordedSpike {
  int64_t sample = 0;
  int32_t channel = 0;    // index into RigData::channels, as accumulated since Start()
  int32_t sorted_id = 0;  // 0 .. 65535
  bool artifact = false;  // the rig takes it for an artifact: never counted
  friend bool operator==(const RecordedSpike&, const RecordedSpike&) = default;
};

// The stimulus line changed: a photodiode's or the display's TTL.
struct LineEdge {
  int64_t sample = 0;
  bool rising = false;     // true: the stimulus came on
  uint32_t sync_code = 0;  // low 8 bits of the display's sync code, where the rig has lines for it;
                           // 0: not known
  friend bool operator==(const LineEdge&, const LineEdge&) = default;
};

// Something went wrong with the recording between two samples (both included). What overlaps it is
// not to be trusted.
struct RigFault {
  enum class Kind {
    kLoss,     // messages are missing, or arrived faster than they were read
    kGarbage,  // bytes that are not of the format; read on behind them
    kJump,     // sample numbers went on elsewhere: a gap, or the clock began anew
    kDropped,  // the connection broke and was made again
  };
  Kind kind = Kind::kLoss;
  std::string message;  // for the operator: what happened, and what to do if anything
  int64_t first_sample = std::numeric_limits<int64_t>::min();
  int64_t last_sample = std::numeric_limits<int64_t>::max();
};

// What one Read() adds. Spikes and edges come in the order of their arrival, which may differ from
// that of their samples, but nothing arrives later that is before `complete_before`.
struct RigData {
  // True: sample numbers began anew (a restart of the acquisition, a jump back). Nothing that was
  // read earlier can be related to what is read from here on; a fault of kind kJump says why.
  bool clock_restarted = false;
  std::vector<std::string> new_channels;  // appended to the channels known so far
  std::vector<RecordedSpike> spikes;
  std::vector<LineEdge> edges;
  // Everything before this sample has been delivered. Never falls, but for a restarted clock.
  // int64 min: nothing yet.
  int64_t complete_before = std::numeric_limits<int64_t>::min();
  // The latest sample that any message told of, and when (CLOCK_MONOTONIC) it was received: relates
  // the rig's clock to ours where there is no stimulus line. 0: no such message in this Read().
  int64_t newest_sample = 0;
  int64_t newest_received_nanos = 0;
  std::vector<RigFault> faults;
  // The present state: empty while the rig streams, else what keeps it from doing so, for the
  // operator ("Open Ephys is not acquiring: press play"). Set by every Read().
  std::string trouble;
};

struct RigInfo {
  std::string adapter;        // "open-ephys", "intan-rhx"
  std::string program;        // as it names itself, with its version where it tells
  double sample_rate_hz = 0;  // 0: known only when data arrive, then in Recorder::sample_rate_hz()
};

// Used by one thread, but for Wake().
class Recorder {
 public:
  virtual ~Recorder() = default;
  // Connects and checks the rig's settings; starts the acquisition only if the adapter's options
  // say so. UNAVAILABLE if the program can't be reached, FAILED_PRECONDITION if a setting is wrong;
  // the message says what to click or set.
  virtual absl::StatusOr<RigInfo> Start() = 0;
  // Waits up to `timeout` for something to arrive, takes what is there (not more than some ms of
  // work) and replaces *data. What heals by itself is no error: it is a fault or a trouble in
  // *data, while the adapter reconnects. An error is final.
  virtual absl::Status Read(absl::Duration timeout, RigData* data) = 0;
  // Ends the connection; stops the acquisition only if Start() started it. Idempotent.
  virtual absl::Status Stop() = 0;
  // Makes a waiting Read() return at once, or the next one. Any thread.
  virtual void Wake() = 0;
  // 0 until known.
  virtual double sample_rate_hz() const = 0;
  // By channel, the threshold of spike detection in microvolts; NaN where it is not known. May ask
  // the rig.
  virtual std::vector<double> thresholds_uv() { return {}; }
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_RECORDER_H_
