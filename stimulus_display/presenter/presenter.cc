#include "stimulus_display/presenter/presenter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "stimulus_display/screen/refresh.h"

namespace evoke {

absl::StatusOr<std::unique_ptr<Presenter>> Presenter::Create(Screen* screen, const Clock* clock,
                                                             const PresenterOptions& options) {
  // One slot holds what is on, the other takes what comes next.
  if (screen->slots() < 2) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "a screen with %d image slots: the presenter needs at least 2", screen->slots()));
  }
  if (options.queue_capacity < 1) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "queue capacity %d: the presenter needs at least 1 place", options.queue_capacity));
  }
  return std::unique_ptr<Presenter>(new Presenter(screen, clock, options));
}

Presenter::Presenter(Screen* screen, const Clock* clock, const PresenterOptions& options)
    : screen_(screen),
      clock_(clock),
      options_(options),
      period_nanos_(screen->info().period_nanos()),
      requests_(static_cast<size_t>(options.queue_capacity)),
      results_(static_cast<size_t>(options.queue_capacity)),
      loaded_(static_cast<size_t>(screen->slots())) {}

absl::Status Presenter::Submit(PresentationRequest request) {
  const ScreenInfo& info = screen_->info();
  if (!request.image.valid()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "presentation %d: an image of %dx%d pixels needs width x height x 3 bytes, not %d",
        request.id, request.image.width, request.image.height, request.image.rgb.size()));
  }
  if (request.on <= absl::ZeroDuration() || request.off < absl::ZeroDuration() ||
      request.min_inter_trial < absl::ZeroDuration() || request.on > absl::Hours(1) ||
      request.off > absl::Hours(1) || request.min_inter_trial > absl::Hours(1)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "presentation %d: on %s, off %s, min_inter_trial %s: `on` must be positive, the others not "
        "negative, none over an hour",
        request.id, absl::FormatDuration(request.on), absl::FormatDuration(request.off),
        absl::FormatDuration(request.min_inter_trial)));
  }
  Request prepared;
  EVOKE_ASSIGN_OR_RETURN(prepared.trial.where,
                         PlaceImage(request.placement.value_or(options_.placement),
                                    request.image.width, request.image.height, options_.viewing,
                                    {info.width, info.height, info.screen_width_pixels}));
  prepared.trial.gap_frames = NearestFrames(request.min_inter_trial, period_nanos_);
  PresentationResult& result = prepared.trial.result;
  result.id = request.id;
  result.sync_code = request.sync_code;
  result.on_frames = std::max(1, NearestFrames(request.on, period_nanos_));
  result.off_frames = std::max(1, NearestFrames(request.off, period_nanos_));
  result.uncertainty_nanos = period_nanos_;
  prepared.image = std::move(request.image);

  MutexLock lock(&submit_mutex_);
  if (stopped()) {
    return absl::UnavailableError(
        absl::StrFormat("presentation %d: the display has stopped", request.id));
  }
  if (places_taken_.load(std::memory_order_relaxed) >= options_.queue_capacity) {
    return absl::ResourceExhaustedError(absl::StrFormat(
        "presentation %d: all %d places of the display's queue are taken; take results and try "
        "again",
        request.id, options_.queue_capacity));
  }
  places_taken_.fetch_add(1, std::memory_order_relaxed);
  requests_.Push(std::move(prepared));
  return absl::OkStatus();
}

std::optional<PresentationResult> Presenter::TakeResult(absl::Duration timeout) {
  std::optional<PresentationResult> result = results_.Take(timeout);
  if (result.has_value()) places_taken_.fetch_sub(1, std::memory_order_relaxed);
  return result;
}

absl::Status Presenter::RunUntil(const std::atomic<bool>& stop) {
  absl::Status status;
  while (status.ok() && !stop.load(std::memory_order_relaxed)) status = Refresh();
  std::string reason = "stopped";
  if (absl::IsCancelled(status)) {
    reason = "window closed";
  } else if (!status.ok()) {
    reason = std::string(status.message());
  }
  // Off the glass first, so that the offset has its stamp.
  if (stimulus_on_ && (status.ok() || absl::IsCancelled(status))) {
    cut_short_ = absl::IsCancelled(status) ? "window closed" : "stopped";
    const Frame background;
    const absl::StatusOr<Flip> flip = screen_->Show(background);
    if (flip.ok()) Account(background, *flip);
  }
  Drain(reason);
  return status;
}

absl::Status Presenter::Refresh() {
  const ScreenEvents events = screen_->PollEvents();
  if (events.close) return absl::CancelledError("the window was closed");
  if (events.abort) Abort();
  if (events.toggle_pause) SetPaused(!paused());

  const Frame frame = NextFrame();
  const absl::StatusOr<Flip> flip = screen_->Show(frame);
  if (!flip.ok()) return flip.status();
  Account(frame, *flip);
  startable_ = uploaded_;
  if (!stimulus_on_) UploadNext();
  return absl::OkStatus();
}

Frame Presenter::NextFrame() {
  const bool abort = abort_.exchange(false, std::memory_order_relaxed);
  if (stimulus_on_) {
    const int64_t refreshes_on = last_index_ + 1 - onset_index_;
    if (refreshes_on >= Current().result.on_frames) return Frame();
    if (abort) {
      cut_short_ = "operator";
      return Frame();
    }
  } else if (!MayStart()) {
    return Frame();
  }
  Frame frame;
  frame.slot = static_cast<int>(finished_ % static_cast<int64_t>(loaded_.size()));
  frame.where = Current().where;
  frame.sync_patch = true;
  return frame;
}

bool Presenter::MayStart() const {
  if (paused() || finished_ >= startable_) return false;
  if (!offset_index_.has_value()) return true;
  const Trial& next = loaded_[static_cast<size_t>(finished_) % loaded_.size()];
  return last_index_ + 1 - *offset_index_ >= std::max(gap_after_offset_, next.gap_frames);
}

void Presenter::Account(const Frame& frame, const Flip& flip) {
  flips_.fetch_add(1, std::memory_order_relaxed);
  dropped_.fetch_add(flip.dropped, std::memory_order_relaxed);
  last_index_ = flip.frame_index;
  const bool on = frame.slot != Frame::kNoImage;
  PresentationResult& result = Current().result;
  if (!stimulus_on_) {
    if (!on) return;
    // Refreshes missed before the onset showed the background.
    result.onset_nanos = flip.monotonic_nanos;
    result.source = flip.source;
    onset_index_ = flip.frame_index;
    stimulus_on_ = true;
    return;
  }
  result.dropped_frames += flip.dropped;
  if (on) return;
  result.offset_nanos = flip.monotonic_nanos;
  result.frames_shown = static_cast<int>(flip.frame_index - onset_index_);
  if (cut_short_ != nullptr) {
    result.aborted = true;
    result.reason = cut_short_;  // short enough for the string not to allocate
    cut_short_ = nullptr;
  }
  offset_index_ = flip.frame_index;
  gap_after_offset_ = result.off_frames;
  stimulus_on_ = false;
  Finish(result);
  ++finished_;
}

void Presenter::UploadNext() {
  if (uploaded_ - finished_ >= static_cast<int64_t>(loaded_.size())) return;
  Request* request = requests_.Front();
  if (request == nullptr) return;
  const auto slot = static_cast<size_t>(uploaded_) % loaded_.size();
  const absl::Status status = screen_->Upload(static_cast<int>(slot), request->image);
  Trial& trial = loaded_[slot];
  trial = std::move(request->trial);
  requests_.Pop();
  if (!status.ok()) {
    Fail(trial.result, std::string(status.message()));
    return;
  }
  trial.result.ready_nanos = clock_->MonotonicNanos();
  ++uploaded_;
  ready_.fetch_add(1, std::memory_order_relaxed);
}

void Presenter::Finish(PresentationResult& result) {
  (result.aborted ? aborted_ : shown_).fetch_add(1, std::memory_order_relaxed);
  results_.Put(std::move(result));
}

void Presenter::Fail(PresentationResult& result, const std::string& reason) {
  result.aborted = true;
  result.reason = reason;
  Finish(result);
}

void Presenter::Drain(const std::string& reason) {
  // Nothing is on any more: here the refresh thread may wait for a submitter to leave.
  MutexLock lock(&submit_mutex_);
  for (; finished_ < uploaded_; ++finished_) Fail(Current().result, reason);
  for (; requests_.Front() != nullptr; requests_.Pop()) {
    Fail(requests_.Front()->trial.result, reason);
  }
  stopped_.store(true, std::memory_order_release);
}

PresenterStats Presenter::stats() const {
  PresenterStats stats;
  stats.flips = flips_.load(std::memory_order_relaxed);
  stats.dropped_frames = dropped_.load(std::memory_order_relaxed);
  stats.ready = ready_.load(std::memory_order_relaxed);
  stats.shown = shown_.load(std::memory_order_relaxed);
  stats.aborted = aborted_.load(std::memory_order_relaxed);
  stats.free_places = options_.queue_capacity - places_taken_.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace evoke
