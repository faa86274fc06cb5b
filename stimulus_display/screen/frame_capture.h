// Pictures of what was on the screen, for an audit: one file for each stimulus.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_FRAME_CAPTURE_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_FRAME_CAPTURE_H_

#include <semaphore.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evoke {

// The pixels of one frame as OpenGL hands them out: blue, green, red, unused; the bottom row first.
struct CapturedFrame {
  int64_t number = 0;       // of the stimulus since the start, from 1, lost ones included
  uint16_t code = 0;        // the frame code, i.e. the low 16 bits of the trial's sync code
  int64_t drawn_nanos = 0;  // CLOCK_MONOTONIC, when its first frame was drawn
  int width = 0;
  int height = 0;
  std::vector<uint8_t> bgrx;
};

// Writes FOLDER/NUMBER-CODE.png, and one line each to FOLDER/captures.csv: number, code, time of
// drawing, CRC-32 of the pixels (as common/image.h), file. A stimulus that comes while all buffers
// wait for the disk is lost: its number is missing there, and lost() counts it. Nobody waits.
//
// Threads: All but Create() and the counts on the refresh thread, lock-free; a thread of its own
// compresses and writes.
class FrameCapture {
 public:
  // Makes the folder if need be. ALREADY_EXISTS: it has captures, which new ones would be mixed
  // with. UNAVAILABLE: it cannot be written to.
  static absl::StatusOr<std::shared_ptr<FrameCapture>> Create(const std::string& folder);
  FrameCapture(const FrameCapture&) = delete;
  FrameCapture& operator=(const FrameCapture&) = delete;
  // Writes what is still to be written.
  ~FrameCapture();

  // Makes the buffers, so that none is made while stimuli are shown.
  void Reserve(int width, int height);
  // The buffer for the next stimulus, to be filled and given; null if none is free, which counts as
  // a lost one. Then exactly one Give() or, if it could not be filled, Lose().
  CapturedFrame* Take();
  void Give();
  void Lose() { lost_.fetch_add(1, std::memory_order_relaxed); }

  int64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  int64_t written() const { return written_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kBuffers = 8;
  struct Buffer {
    CapturedFrame frame;
    std::atomic<bool> full = false;
  };

  FrameCapture(const std::string& folder, std::ofstream index);
  void WriteAll();
  absl::Status Write(const CapturedFrame& frame);

  const std::string folder_;
  std::ofstream index_;  // the writer's
  // Used in turn by both threads, so that the order is kept.
  std::array<Buffer, kBuffers> buffers_;
  size_t next_ = 0;     // the refresh thread's
  int64_t number_ = 0;  // the refresh thread's
  sem_t filled_;        // posted for every full buffer, and at the end
  std::atomic<int64_t> lost_ = 0;
  std::atomic<int64_t> written_ = 0;
  std::thread writer_;  // the last: it uses all of the above
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_FRAME_CAPTURE_H_
