#include "stimulus_display/presenter/presenter.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "stimulus_display/screen/refresh.h"

namespace evoke {
namespace {

// The share of the slowest upload that is still expected after each further one.
constexpr double kUploadMemory = 0.95;

int SaturatedFrames(int64_t frames) {
  return static_cast<int>(std::clamp<int64_t>(frames, 0, std::numeric_limits<int>::max()));
}

}  // namespace

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
  if (request.id == 0 || request.onset_nanos < 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "presentation %d with its onset at %d: the id must not be 0, and the onset is an instant "
        "of CLOCK_MONOTONIC, or 0 for as soon as can be",
        request.id, request.onset_nanos));
  }
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
  prepared.trial.onset_rule = request.onset_rule;
  prepared.trial.gap_frames = NearestFrames(request.min_inter_trial, period_nanos_);
  PresentationResult& result = prepared.trial.result;
  result.id = request.id;
  result.sync_code = request.sync_code;
  result.on_frames = std::max(1, NearestFrames(request.on, period_nanos_));
  result.off_frames = std::max(1, NearestFrames(request.off, period_nanos_));
  result.requested_nanos = request.onset_nanos;
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

void Presenter::Abort(std::string_view reason) {
  MutexLock lock(&abort_mutex_);
  if (abort_pending_.load(std::memory_order_acquire)) return;
  abort_reason_ = reason;
  abort_pending_.store(true, std::memory_order_release);
}

void Presenter::Handle(const ScreenEvents& events) {
  if (events.close) closed_.store(true, std::memory_order_relaxed);
  if (events.abort) Abort("operator");
  if (events.toggle_pause) SetPaused(!paused());
}

absl::Status Presenter::RunUntil(const std::atomic<bool>& stop) {
  absl::Status status;
  while (status.ok() && !stop.load(std::memory_order_relaxed)) status = Refresh();
  ShortText reason = "stopped";
  if (absl::IsCancelled(status)) {
    reason = "window closed";
  } else if (!status.ok()) {
    reason = std::string_view(status.message().data(), status.message().size());
  }
  // Off the glass first, so that the offset has its stamp.
  if (stimulus_on_ && (status.ok() || absl::IsCancelled(status))) {
    cut_short_ = reason;
    const Frame background = Background();
    const absl::StatusOr<Flip> flip = screen_->Show(background);
    if (flip.ok()) Account(background, *flip);
  }
  Drain(reason);
  return status;
}

absl::Status Presenter::Refresh() {
  if (closed_.load(std::memory_order_relaxed)) {
    return absl::CancelledError("the window was closed");
  }
  const Frame frame = NextFrame();
  const absl::StatusOr<Flip> flip = screen_->Show(frame);
  if (!flip.ok()) return flip.status();
  Account(frame, *flip);
  startable_ = uploaded_;
  if (!stimulus_on_) UploadNext();
  return absl::OkStatus();
}

Frame Presenter::Background() const {
  Frame frame;
  frame.sync_patch = options_.patch_mode == PatchMode::kToggle && patch_white_;
  return frame;
}

Frame Presenter::NextFrame() {
  const NextRefresh next = screen_->Next();
  ShortText abort;
  if (abort_pending_.load(std::memory_order_acquire)) {
    abort = abort_reason_;
    abort_pending_.store(false, std::memory_order_release);
  }
  if (stimulus_on_) {
    const bool in_time = next.index < off_index_;
    if (in_time && cut_short_.empty()) cut_short_ = abort;
    if (!in_time || !cut_short_.empty()) {
      Current().result.predicted_offset_nanos = next.nanos;
      return Background();
    }
  } else if (!MayStart(next) || !Start(next)) {
    return Background();
  }
  Frame frame;
  frame.slot = static_cast<int>(finished_ % static_cast<int64_t>(loaded_.size()));
  frame.where = Current().where;
  frame.sync_patch = patch_white_;
  frame.code = static_cast<uint16_t>(Current().result.sync_code);
  return frame;
}

bool Presenter::MayStart(const NextRefresh& next) const {
  if (paused() || finished_ >= startable_) return false;
  const Trial& trial = loaded_[static_cast<size_t>(finished_) % loaded_.size()];
  const int gap = std::max(gap_after_offset_, trial.gap_frames);
  if (offset_index_.has_value() && next.index - *offset_index_ < gap) return false;
  const int64_t requested = trial.result.requested_nanos;
  if (requested == 0) return true;
  const int64_t early = trial.onset_rule == OnsetRule::kNearest ? period_nanos_ / 2 : 0;
  return next.nanos >= requested - early;
}

bool Presenter::Start(const NextRefresh& next) {
  Trial& trial = Current();
  PresentationResult& result = trial.result;
  int64_t late = 0;  // refreshes already
  if (result.requested_nanos != 0) {
    const int64_t early = trial.onset_rule == OnsetRule::kNearest ? period_nanos_ / 2 : 0;
    late = (next.nanos - (result.requested_nanos - early)) / period_nanos_;
  }
  const bool nothing_left =
      options_.miss_policy == MissPolicy::kTruncate && late >= result.on_frames;
  if (nothing_left || (options_.miss_policy == MissPolicy::kAbort && late > 0)) {
    result.late_frames = SaturatedFrames(late);
    Fail(result, kLateOnset);
    ++finished_;
    return false;
  }
  chosen_index_ = next.index - late;
  result.predicted_onset_nanos = next.nanos - late * period_nanos_;
  patch_white_ = options_.patch_mode == PatchMode::kToggle ? !patch_white_ : true;
  return true;
}

void Presenter::Account(const Frame& frame, const Flip& flip) {
  flips_.fetch_add(1, std::memory_order_relaxed);
  dropped_.fetch_add(flip.dropped, std::memory_order_relaxed);
  Record(frame, flip);
  const bool on = frame.slot != Frame::kNoImage;
  if (!stimulus_on_) {
    // Refreshes missed before the onset showed the background.
    if (on) OnOnset(flip);
    return;
  }
  Current().result.dropped_frames += flip.dropped;
  if (!flip.confirmed && cut_short_.empty()) cut_short_ = kUnconfirmed;
  if (!on) OnOffset(flip);
}

void Presenter::OnOnset(const Flip& flip) {
  PresentationResult& result = Current().result;
  stimulus_on_ = true;
  cut_short_ = ShortText();
  result.source = flip.source;
  result.uncertainty_nanos = flip.uncertainty_nanos;
  result.onset_index = flip.frame_index;
  result.patch_value = patch_white_ ? 255 : 0;
  result.late_frames = SaturatedFrames(flip.frame_index - chosen_index_);
  const bool truncate = options_.miss_policy == MissPolicy::kTruncate;
  off_index_ = (truncate ? chosen_index_ : flip.frame_index) + result.on_frames;
  if (!flip.confirmed) {
    cut_short_ = "the onset was not confirmed";
    return;
  }
  result.onset_nanos = flip.monotonic_nanos;
  if ((result.late_frames > 0 && options_.miss_policy == MissPolicy::kAbort) ||
      flip.frame_index >= off_index_) {
    cut_short_ = kLateOnset;
  }
  Mark(MarkerEvent::Kind::kOnset, flip.monotonic_nanos);
}

void Presenter::OnOffset(const Flip& flip) {
  PresentationResult& result = Current().result;
  result.offset_index = flip.frame_index;
  result.frames_shown = static_cast<int>(flip.frame_index - result.onset_index);
  result.uncertainty_nanos = std::max(result.uncertainty_nanos, flip.uncertainty_nanos);
  if (flip.confirmed) {
    result.offset_nanos = flip.monotonic_nanos;
    Mark(MarkerEvent::Kind::kOffset, flip.monotonic_nanos);
  }
  result.aborted = !cut_short_.empty();
  result.reason = cut_short_;
  offset_index_ = flip.frame_index;
  gap_after_offset_ = result.off_frames;
  stimulus_on_ = false;
  if (options_.patch_mode == PatchMode::kOnWithStimulus) patch_white_ = false;
  Finish(result);
  ++finished_;
}

void Presenter::Record(const Frame& frame, const Flip& flip) {
  if (options_.timing == nullptr) return;
  RefreshRecord record;
  record.flip = flip;
  record.patch_value = frame.sync_patch ? 255 : 0;
  if (frame.slot != Frame::kNoImage) {
    record.request_id = Current().result.id;
    record.sync_code = Current().result.sync_code;
  }
  options_.timing->refreshes.Put(record);
}

void Presenter::Mark(MarkerEvent::Kind kind, int64_t stamp_nanos) {
  if (options_.timing == nullptr) return;
  const PresentationResult& result = Current().result;
  options_.timing->markers.Put(
      {kind, result.id, result.sync_code, stamp_nanos, clock_->MonotonicNanos()});
}

bool Presenter::UploadFits(const Image& image) const {
  const NextRefresh next = screen_->Next();
  if (!MayStart(next)) return true;  // it can only delay the background
  // The frame needs its time to be drawn and handed over.
  const int64_t reserve = screen_->info().latch_lead_nanos + period_nanos_ / 3;
  const double upload = upload_nanos_per_byte_ * static_cast<double>(image.rgb.size());
  return static_cast<double>(clock_->MonotonicNanos()) + upload <=
         static_cast<double>(next.nanos - reserve);
}

void Presenter::UploadNext() {
  if (uploaded_ - finished_ >= static_cast<int64_t>(loaded_.size())) return;
  Request* request = requests_.Front();
  if (request == nullptr || !UploadFits(request->image)) return;
  const auto slot = static_cast<size_t>(uploaded_) % loaded_.size();
  const int64_t begin = clock_->MonotonicNanos();
  const absl::Status status = screen_->Upload(static_cast<int>(slot), request->image);
  const int64_t end = clock_->MonotonicNanos();
  upload_nanos_per_byte_ =
      std::max(upload_nanos_per_byte_ * kUploadMemory,
               static_cast<double>(end - begin) / static_cast<double>(request->image.rgb.size()));
  Trial& trial = loaded_[slot];
  trial = request->trial;
  requests_.Pop();
  if (!status.ok()) {
    Fail(trial.result, std::string_view(status.message().data(), status.message().size()));
    return;
  }
  trial.result.ready_nanos = end;
  ++uploaded_;
  ready_.fetch_add(1, std::memory_order_relaxed);
}

void Presenter::Finish(const PresentationResult& result) {
  (result.aborted ? aborted_ : shown_).fetch_add(1, std::memory_order_relaxed);
  if (options_.timing != nullptr) options_.timing->stimuli.Put(result);
  results_.Put(result);
}

void Presenter::Fail(PresentationResult& result, const ShortText& reason) {
  result.aborted = true;
  result.reason = reason;
  Finish(result);
}

void Presenter::Drain(const ShortText& reason) {
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
