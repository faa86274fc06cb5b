// A recording of what RHX sent, played through real sockets into the real adapter.
#ifndef EVOKE_CLIENTS_RECORDER_REPLAY_INTAN_REPLAY_H_
#define EVOKE_CLIENTS_RECORDER_REPLAY_INTAN_REPLAY_H_

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/recorder/intan/intan_program.h"
#include "clients/recorder/intan/intan_recorder.h"
#include "clients/recorder/recorder.h"
#include "common/mutex.h"

namespace evoke {

struct IntanReplayOptions {
  // The bytes of RHX's two data outputs, and when they were received: lines of
  // "seconds,offset,bytes". Plain files or gzip.
  std::string spikes_path;
  std::string spikes_log_path;
  std::string waveform_path;  // of the digital inputs alone
  std::string waveform_log_path;
  double sample_rate_hz = 20000;  // the files don't tell
  double speed = 1;               // 10: ten times as fast as recorded; 0: as fast as it is read
  // How the bytes are cut into sends: as they were received, by one, or anyhow.
  enum class Chunks { kRecorded, kSingleBytes, kRandom };
  Chunks chunks = Chunks::kRecorded;
  uint64_t seed = 1;  // of kRandom
  int stimulus_line = 1;
  int sync_code_shift = -1;
};

// Begins to play once Start() has connected. When all is read, everything is complete and the
// trouble says that the capture has ended.
class IntanReplay final : public Recorder {
 public:
  explicit IntanReplay(IntanReplayOptions options) : options_(std::move(options)) {}
  ~IntanReplay() override;

  // NOT_FOUND naming a file that can't be read, DATA_LOSS if it makes no sense.
  absl::StatusOr<RigInfo> Start() override;
  absl::Status Read(absl::Duration timeout, RigData* data) override;
  absl::Status Stop() override;
  void Wake() override;
  double sample_rate_hz() const override { return options_.sample_rate_hz; }

 private:
  // Some bytes of one of the outputs.
  struct Piece {
    double seconds = 0;
    IntanOutput output = IntanOutput::kWaveform;
    size_t offset = 0;
    size_t bytes = 0;
  };

  absl::Status Load();
  absl::Status LoadLog(const std::string& path, IntanOutput output, size_t bytes);
  void Play();
  bool WaitUntil(absl::Time due);  // false: Stop() was called
  bool SendPiece(const Piece& piece);
  // The answer when all has been played: waits for Wake() at most for the timeout.
  void ReadEnd(absl::Duration timeout, RigData* data);

  const IntanReplayOptions options_;
  std::string spike_bytes_, waveform_bytes_;
  std::vector<Piece> pieces_;  // in the order of arrival
  std::mt19937_64 random_;     // of the playing thread
  int64_t last_sample_ = 0;

  std::unique_ptr<IntanProgram> program_;
  Mutex recorder_mutex_;  // of the pointer: Wake() may come at any time
  std::unique_ptr<IntanRecorder> recorder_;
  int64_t newest_sample_ = -1;
  bool ended_ = false;  // all has been read

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool all_sent_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_REPLAY_INTAN_REPLAY_H_
