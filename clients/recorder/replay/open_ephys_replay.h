// A capture of Open Ephys' messages as a rig: played through real sockets into a real recorder.
#ifndef EVOKE_CLIENTS_RECORDER_REPLAY_OPEN_EPHYS_REPLAY_H_
#define EVOKE_CLIENTS_RECORDER_REPLAY_OPEN_EPHYS_REPLAY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/recorder/open_ephys/open_ephys_program.h"
#include "clients/recorder/open_ephys/open_ephys_recorder.h"
#include "clients/recorder/recorder.h"
#include "clients/recorder/replay/frames_file.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace evoke {

struct OpenEphysReplayOptions {
  std::string path;  // a .frames file, plain or gzipped
  OpenEphysPlugin plugin = OpenEphysPlugin::kZmqInterface;
  double speed = 1;  // 1: as recorded; 0: as fast as the recorder takes it
  // Delays messages at random by up to two processing blocks of 23 ms, each electrode, continuous
  // channel and the lines in their own order, as far as the GUI may.
  bool reorder = false;
  uint64_t seed = 1;
  // ZMQ Interface: keep the numbers of the messages, also where the capture has holes. Otherwise
  // they are numbered anew, without any.
  bool as_captured = false;
  // What the recorder makes of it: stream, lines, electrodes, and the sample rate where the format
  // tells none. Ports and speed are the replay's own.
  OpenEphysRecorderOptions recorder;
};

// See Recorder. Start() reads the file, into memory, and begins to play; at the end everything is
// complete and `trouble` says so. Start() fails as ReadFramesFile() does.
class OpenEphysReplay final : public Recorder {
 public:
  // `clock` outlives this.
  OpenEphysReplay(OpenEphysReplayOptions options, const Clock* clock);
  ~OpenEphysReplay() override;

  absl::StatusOr<RigInfo> Start() override;
  absl::Status Read(absl::Duration timeout, RigData* data) override;
  absl::Status Stop() override;
  void Wake() override;
  double sample_rate_hz() const override;
  std::vector<double> thresholds_uv() override {
    return recorder_ == nullptr ? std::vector<double>() : recorder_->thresholds_uv();
  }

  int64_t lost_messages() const { return recorder_ == nullptr ? 0 : recorder_->lost_messages(); }

 private:
  void Play();

  const OpenEphysReplayOptions options_;
  const Clock* const clock_;
  std::vector<CapturedMessage> messages_;  // as they are sent
  std::unique_ptr<OpenEphysProgram> program_;
  std::unique_ptr<OpenEphysRecorder> recorder_;  // set under mutex_, for Wake()
  std::thread player_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_REPLAY_OPEN_EPHYS_REPLAY_H_
