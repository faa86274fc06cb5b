// The frame state machine: shows one stimulus after another, and says of each what was really on.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTER_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "stimulus_display/presenter/presentation.h"
#include "stimulus_display/presenter/result_queue.h"
#include "stimulus_display/presenter/spsc_ring.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

struct PresenterOptions {
  int queue_capacity = 16;  // requests accepted whose results were not yet taken
  ViewingGeometry viewing;  // needed for placements in degrees
  Placement placement;      // of requests that name none
};

// A snapshot; the numbers may be a refresh apart from each other.
struct PresenterStats {
  int64_t flips = 0;
  int64_t dropped_frames = 0;  // of all refreshes, with a stimulus or without
  int64_t ready = 0;           // images uploaded so far
  int64_t shown = 0;           // trials that ran to their end
  int64_t aborted = 0;
  int free_places = 0;  // requests that Submit() would accept now
};

// Threads. RunUntil() runs on the thread that owns the screen (the main thread, for SDL): the
// refresh thread. Submit() may be called by any thread, TakeResult() by one thread at a time; the
// rest is atomic. The refresh thread waits for nobody: requests and results go through lock-free
// rings, and the lock of Submit() is between submitters only. While a stimulus is on it allocates
// nothing and logs nothing.
//
// Images go to the screen's slots in slack time: right after a flip that left the background on,
// one for each flip. A trial starts at the earliest at the second flip after its image was
// uploaded in full, so that an upload that takes long costs a refresh of background, never a
// refresh of a stimulus, and an image that is not loaded is never shown.
//
// The screen flips at every refresh, the idle ones too, so that every refresh is checked. If one is
// missed while a stimulus is on, the stimulus still leaves at its time, or at the first flip after
// it: frames_shown says how long it really was on, and dropped_frames how many were missed.
class Presenter {
 public:
  // The screen and the clock outlive the presenter. INVALID_ARGUMENT: fewer than two slots, or a
  // queue without places.
  static absl::StatusOr<std::unique_ptr<Presenter>> Create(Screen* screen, const Clock* clock,
                                                           const PresenterOptions& options);

  // Checks the request and takes it. An accepted request has exactly one result.
  // INVALID_ARGUMENT: cannot be shown as asked. RESOURCE_EXHAUSTED: all places are taken; take
  // results and try again. UNAVAILABLE: the presenter has stopped.
  absl::Status Submit(PresentationRequest request);

  // Waits for the next result for at most `timeout`; nothing if none came.
  std::optional<PresentationResult> TakeResult(absl::Duration timeout);
  // True once RunUntil() has returned: no result will come beyond those to be taken.
  bool stopped() const { return stopped_.load(std::memory_order_acquire); }

  // Shows until `stop` is true or the window is closed; returns within a refresh or two. Then the
  // stimulus, if one is on, is taken off, and all requests left have results with the reason. OK
  // after `stop`; CANCELLED: the window was closed; otherwise the screen's error. Call it once.
  absl::Status RunUntil(const std::atomic<bool>& stop);
  // One refresh. RunUntil() calls it; a caller with a loop of its own ends with RunUntil() and a
  // stop that is true. CANCELLED: the window was closed.
  absl::Status Refresh();

  // Takes the stimulus that is on off at the next flip; its result is aborted, "operator". Nothing
  // happens if none is on.
  void Abort() { abort_.store(true, std::memory_order_relaxed); }
  // While paused no trial starts; one that is on runs to its end.
  void SetPaused(bool paused) { paused_.store(paused, std::memory_order_relaxed); }
  // The operator pauses at the keyboard too.
  bool paused() const { return paused_.load(std::memory_order_relaxed); }

  PresenterStats stats() const;

 private:
  struct Trial {
    PresentationResult result;  // filled in as the trial goes on
    PixelRect where;
    int gap_frames = 0;  // of background since the stimulus before
  };
  struct Request {
    Trial trial;
    Image image;
  };

  Presenter(Screen* screen, const Clock* clock, const PresenterOptions& options);

  Trial& Current() { return loaded_[static_cast<size_t>(finished_) % loaded_.size()]; }
  bool MayStart() const;
  Frame NextFrame();
  void Account(const Frame& frame, const Flip& flip);
  void UploadNext();
  void Finish(PresentationResult& result);
  void Fail(PresentationResult& result, const std::string& reason);
  void Drain(const std::string& reason);

  Screen* const screen_;
  const Clock* const clock_;
  const PresenterOptions options_;
  const int64_t period_nanos_;

  Mutex submit_mutex_;  // makes submitters one producer; the refresh thread takes it when it stops
  SpscRing<Request> requests_;
  ResultQueue results_;
  // Accepted and not yet taken as results. At most queue_capacity, so that neither ring overflows.
  std::atomic<int> places_taken_ = 0;

  // The refresh thread's own. Trial n of those uploaded is in slot n modulo the number of slots.
  std::vector<Trial> loaded_;
  int64_t uploaded_ = 0;
  int64_t startable_ = 0;  // uploaded before the last flip
  int64_t finished_ = 0;
  bool stimulus_on_ = false;
  int64_t last_index_ = 0;               // of the last flip
  int64_t onset_index_ = 0;              // of the stimulus that is on
  std::optional<int64_t> offset_index_;  // of the stimulus before, if there was one
  int gap_after_offset_ = 0;             // background that the stimulus before asked for
  const char* cut_short_ = nullptr;      // why the stimulus that is on is taken off early

  std::atomic<bool> abort_ = false;
  std::atomic<bool> paused_ = false;
  std::atomic<bool> stopped_ = false;
  std::atomic<int64_t> flips_ = 0;
  std::atomic<int64_t> dropped_ = 0;
  std::atomic<int64_t> ready_ = 0;
  std::atomic<int64_t> shown_ = 0;
  std::atomic<int64_t> aborted_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTER_H_
