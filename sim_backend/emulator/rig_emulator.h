// A recording rig without hardware: neurons of the simulated network answer to what the display
// shows, on a sample clock of their own, through the wire format of a real program.
#ifndef EVOKE_SIM_BACKEND_EMULATOR_RIG_EMULATOR_H_
#define EVOKE_SIM_BACKEND_EMULATOR_RIG_EMULATOR_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/responder/responder.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/random.h"
#include "evoke/v1/response_service.pb.h"
#include "sim_backend/emulator/rig_server.h"

namespace evoke {

struct RigEmulatorOptions {
  // Channel k has the network's unit units[k] as its sorted unit 1, and `hash_hz` unsorted
  // crossings a second.
  std::vector<std::string> units;
  double hash_hz = 0;
  // From the display's onset to the light, i.e. to the edge on the stimulus line; what the neurons
  // answer to. Jitter is uniform in +- `jitter`.
  absl::Duration delay = absl::Milliseconds(10);
  absl::Duration jitter = absl::ZeroDuration();
  // The sample clock runs this long behind, so that a presentation is known before its samples are
  // sent. Larger than the longest stimulus and a second.
  absl::Duration lag = absl::Milliseconds(1200);
  double drift_ppm = 0;  // of the sample clock
  double sample_rate_hz = 30000;
  uint64_t seed = 1;  // of jitter and hash
  // The part of the screen that the neurons see, in the unit of the stimulus' size (pixels or
  // degrees), right and up of the screen's centre. They answer if the stimulus covers its centre.
  // Without it they see the stimulus, wherever it is.
  struct ReceptiveField {
    double x = 0;
    double y = 0;
    double size = 0;
  };
  std::optional<ReceptiveField> receptive_field;

  absl::Status Validate() const;  // INVALID_ARGUMENT naming the field
};

// Show() may be called from any thread; blocks are sent from a thread of its own between Start()
// and Stop().
class RigEmulator {
 public:
  // All must outlive the emulator; `neurons` is used within Show() alone. Requires valid options.
  RigEmulator(const RigEmulatorOptions& options, SpikeSource* neurons, RigServer* server,
              const Clock* clock);
  ~RigEmulator();

  void Start();
  void Stop();

  // What was on the screen, and the display's onset by our monotonic clock. UNAVAILABLE if its
  // samples have been sent already: then the recording has nothing of it. OUT_OF_RANGE if a unit
  // fires more spikes than there are samples (a pooled unit may): then some are missing.
  absl::Status Show(const v1::PresentationNotice& notice, int64_t onset_local_nanos);

 private:
  int64_t SampleAt(int64_t local_nanos) const;
  void Loop();
  EmulatedBlock MakeBlock(int64_t first, int samples) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The spikes that found no sample of their own.
  int AddTrain(int channel, int64_t onset_sample, const std::vector<int64_t>& nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const RigEmulatorOptions options_;
  SpikeSource* const neurons_;
  RigServer* const server_;
  const Clock* const clock_;
  const int64_t zero_nanos_;  // local time of sample 0

  Mutex show_mutex_;  // the neurons are used by one thread at a time
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t next_sample_ ABSL_GUARDED_BY(mutex_) = 0;  // everything before has been sent
  // Ahead of the sample clock. A channel has one spike per sample at most.
  std::vector<std::set<int64_t>> spikes_ ABSL_GUARDED_BY(mutex_);
  std::multimap<int64_t, EmulatedEdge> edges_ ABSL_GUARDED_BY(mutex_);
  Rng hash_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

// The stimulus as the receptive field sees it on the background, with as many pixels. Nothing if it
// does not cover the field's centre. Without a size in the specification, the stimulus itself.
std::optional<v1::Image> Through(const RigEmulatorOptions::ReceptiveField& field,
                                 const v1::Image& image, const v1::PresentationSpec& shown);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_EMULATOR_RIG_EMULATOR_H_
