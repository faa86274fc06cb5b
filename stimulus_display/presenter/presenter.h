// The frame state machine: shows one stimulus after another, and says of each what was really on.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTER_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "stimulus_display/presenter/event_queue.h"
#include "stimulus_display/presenter/presentation.h"
#include "stimulus_display/presenter/short_text.h"
#include "stimulus_display/presenter/spsc_ring.h"
#include "stimulus_display/presenter/timing_record.h"
#include "stimulus_display/screen/look.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

struct PresenterOptions {
  int queue_capacity = 16;  // requests accepted whose results were not yet taken
  ViewingGeometry viewing;  // needed for placements in degrees
  Placement placement;      // of requests that name none
  MissPolicy miss_policy = MissPolicy::kShift;
  PatchMode patch_mode = PatchMode::kOnWithStimulus;
  TimingQueues* timing = nullptr;  // told of every refresh and stimulus, if not null
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

// Threads. RunUntil() runs on the thread that shows on the screen: the refresh thread. Submit(),
// Abort(), SetPaused() and Handle() may be called by any thread, TakeResult() by one thread at a
// time; the rest is atomic. The refresh thread waits for nobody: requests, results and records go
// through lock-free rings, and the locks here are between callers only. It allocates nothing and
// logs nothing. So nothing that others do, or fail to do, delays a stimulus that is ready.
//
// Images go to the screen's slots in slack time: right after a flip that left the background on,
// one for each flip, and not if that may delay the onset of another stimulus that is ready. A trial
// starts at the earliest at the second flip after its image was uploaded in full, so that an upload
// that takes long costs a refresh of background, never a refresh of a stimulus, and an image that
// is not loaded is never shown.
//
// The screen flips at every refresh, the idle ones too, so that every refresh is checked. Show()
// returns when the frame is confirmed, so that no onset is ever drawn over before it is. If a
// refresh is missed while a stimulus is on, the stimulus still leaves at its time, or at the first
// flip after it: frames_shown says how long it really was on, and dropped_frames how many were
// missed. A stimulus with a refresh that nobody confirms is aborted.
class Presenter {
 public:
  // The screen, which shows already, and the clock outlive the presenter. INVALID_ARGUMENT: fewer
  // than two slots, or a queue without places.
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

  // Takes the stimulus that is on off at the next flip; its result is aborted, for this reason.
  // Nothing happens if none is on. Of several reasons before a flip the first counts.
  void Abort(std::string_view reason) ABSL_LOCKS_EXCLUDED(abort_mutex_);
  // While paused no trial starts; one that is on runs to its end.
  void SetPaused(bool paused) { paused_.store(paused, std::memory_order_relaxed); }
  bool paused() const { return paused_.load(std::memory_order_relaxed); }

  // What the operator did: Esc aborts, P pauses or goes on, closing the window ends RunUntil().
  void Handle(const ScreenEvents& events);

  PresenterStats stats() const;

 private:
  struct Trial {
    PresentationResult result;  // filled in as the trial goes on
    PixelRect where;
    int gap_frames = 0;  // of background since the stimulus before
    OnsetRule onset_rule = OnsetRule::kFirstAfter;
  };
  struct Request {
    Trial trial;
    Image image;
  };

  Presenter(Screen* screen, const Clock* clock, const PresenterOptions& options);

  Trial& Current() { return loaded_[static_cast<size_t>(finished_) % loaded_.size()]; }
  // Whether the next trial, which is ready, may be on at this refresh or should have been.
  bool MayStart(const NextRefresh& next) const;
  // Begins it, or aborts it for being late; true if it is to be shown.
  bool Start(const NextRefresh& next);
  Frame NextFrame();
  Frame Background() const;
  void Account(const Frame& frame, const Flip& flip);
  void OnOnset(const Flip& flip);
  void OnOffset(const Flip& flip);
  void Record(const Frame& frame, const Flip& flip);
  void Mark(MarkerEvent::Kind kind, int64_t stamp_nanos);
  bool UploadFits(const Image& image) const;
  void UploadNext();
  void Finish(const PresentationResult& result);
  void Fail(PresentationResult& result, const ShortText& reason);
  void Drain(const ShortText& reason);

  Screen* const screen_;
  const Clock* const clock_;
  const PresenterOptions options_;
  const int64_t period_nanos_;

  Mutex submit_mutex_;  // makes submitters one producer; the refresh thread takes it when it stops
  SpscRing<Request> requests_;
  EventQueue<PresentationResult> results_;
  // Accepted and not yet taken as results. At most queue_capacity, so that neither ring overflows.
  std::atomic<int> places_taken_ = 0;

  // The first reason to abort since the last flip: callers write it while it is not pending, the
  // refresh thread reads it while it is.
  Mutex abort_mutex_;
  ShortText abort_reason_;
  std::atomic<bool> abort_pending_ = false;

  // The refresh thread's own. Trial n of those uploaded is in slot n modulo the number of slots.
  std::vector<Trial> loaded_;
  int64_t uploaded_ = 0;
  int64_t startable_ = 0;  // uploaded before the last flip
  int64_t finished_ = 0;
  double upload_nanos_per_byte_ = 0;  // of the slowest upload, forgotten slowly
  bool stimulus_on_ = false;
  bool patch_white_ = false;
  int64_t chosen_index_ = 0;             // the refresh for the onset of the stimulus
  int64_t off_index_ = 0;                // the refresh for its offset
  std::optional<int64_t> offset_index_;  // of the stimulus before, if there was one
  int gap_after_offset_ = 0;             // background that the stimulus before asked for
  ShortText cut_short_;                  // why the stimulus that is on is aborted, if it is

  std::atomic<bool> closed_ = false;
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
