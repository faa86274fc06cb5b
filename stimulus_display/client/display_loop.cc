#include "stimulus_display/client/display_loop.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/resource_name.h"
#include "google/protobuf/util/time_util.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(50);
constexpr char kPaused[] = "paused by the operator at the display; press P there to go on";

absl::Duration ToAbsl(const google::protobuf::Duration& d) {
  return absl::Nanoseconds(google::protobuf::util::TimeUtil::DurationToNanoseconds(d));
}

v1::Client Describe(const DisplayLoopOptions& options, const ScreenInfo& screen) {
  v1::Client client;
  client.set_name(options.name);
  client.mutable_display()->set_refresh_hz(screen.refresh_hz);
  client.mutable_display()->set_width(screen.width);
  client.mutable_display()->set_height(screen.height);
  return client;
}

v1::Presentation::OnsetSource ToProto(StampSource source) {
  switch (source) {
    case StampSource::kPresentationFeedback:
      return v1::Presentation::ONSET_SOURCE_PRESENTATION_FEEDBACK;
    case StampSource::kOmlSync:
      return v1::Presentation::ONSET_SOURCE_OML_SYNC;
    case StampSource::kSwapEstimate:
      return v1::Presentation::ONSET_SOURCE_SWAP_ESTIMATE;
    case StampSource::kTimerEstimate:
      break;
  }
  return v1::Presentation::ONSET_SOURCE_TIMER_ESTIMATE;
}

}  // namespace

absl::StatusOr<PresentationRequest> ToRequest(const v1::TrialLease& lease, uint64_t id,
                                              const ScreenInfo& screen, int background) {
  const v1::PresentationSpec& spec = lease.presentation();
  if (spec.has_background() && static_cast<int>(spec.background()) != background) {
    return absl::InvalidArgumentError(
        absl::StrCat("the experiment wants background ", spec.background(), ", the display has ",
                     background, "; start evoke-display with --background ", spec.background()));
  }
  const v1::Image& image = lease.stimulus().image();
  PresentationRequest request;
  request.id = id;
  request.sync_code = lease.trial().sync_code();
  request.image = {image.width(), image.height(), {image.rgb().begin(), image.rgb().end()}};
  if (!request.image.valid()) return absl::InvalidArgumentError("the lease holds no whole image");
  request.on = ToAbsl(spec.on_duration());
  request.off = ToAbsl(spec.off_duration());
  request.min_inter_trial = ToAbsl(spec.min_inter_trial());
  Placement placement;
  switch (spec.size_case()) {
    case v1::PresentationSpec::kSizePx:
      placement.width = spec.size_px();
      break;
    case v1::PresentationSpec::kSizeDeg:
      placement.unit = SizeUnit::kDegrees;
      placement.width = spec.size_deg();
      break;
    default:
      placement.width = screen.height * 2.0 / 3.0;
  }
  placement.offset_right = spec.center_x();
  placement.offset_up = spec.center_y();
  request.placement = placement;
  return request;
}

v1::Presentation ToPresentation(const PresentationResult& result, const ScreenInfo& screen,
                                absl::Duration light_delay) {
  v1::Presentation presentation;
  presentation.set_frames(result.frames_shown);
  presentation.set_dropped_frames(result.dropped_frames);
  presentation.set_late_frames(result.late_frames);
  presentation.set_onset_source(ToProto(result.source));
  presentation.set_light_delay_nanos(absl::ToInt64Nanoseconds(light_delay));
  presentation.set_outcome(result.aborted ? v1::Presentation::OUTCOME_ABORTED
                                          : v1::Presentation::OUTCOME_COMPLETED);
  presentation.set_outcome_reason(result.reason.str());
  presentation.set_refresh_hz(screen.refresh_hz);
  return presentation;
}

int64_t ReportedOnset(const PresentationResult& result) {
  return result.aborted && result.reason.str() == kUnconfirmed ? 0 : result.onset_nanos;
}

DisplayLoop::DisplayLoop(const DisplayLoopOptions& options, Presenter* presenter,
                         const ScreenInfo& screen, const Clock* clock, std::atomic<bool>* stop)
    : options_(options),
      presenter_(presenter),
      screen_(screen),
      stop_(stop),
      client_(
          options.server, Describe(options, screen), options.experiment, options.prefetch, clock,
          [this](const v1::TrialLease& lease) { Take(lease); },
          [this](const std::string& reason) { presenter_->Abort(reason); },
          [this](absl::Status status) {
            MutexLock lock(&mutex_);
            status_ = std::move(status);
            *stop_ = true;
          }),
      results_([this] { ReportResults(); }) {}

DisplayLoop::~DisplayLoop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    place_free_.SignalAll();
  }
  results_.join();
}

absl::Status DisplayLoop::status() const {
  MutexLock lock(&mutex_);
  return status_;
}

void DisplayLoop::Take(const v1::TrialLease& lease) {
  uint64_t id;
  {
    MutexLock lock(&mutex_);
    id = next_id_++;
  }
  absl::StatusOr<PresentationRequest> request = ToRequest(lease, id, screen_, options_.background);
  if (!request.ok()) return Refuse(lease, request.status());
  {
    MutexLock lock(&mutex_);
    waiting_[id] = {lease.trial().name(), lease.trial().attempt()};
  }
  Announce(lease, id);
  absl::Status status = presenter_->Submit(*request);
  while (absl::IsResourceExhausted(status)) {
    MutexLock lock(&mutex_);
    if (stopping_) return;
    place_free_.WaitWithTimeout(&mutex_, kPoll);
    status = presenter_->Submit(*request);
  }
  if (status.ok()) return;
  {
    MutexLock lock(&mutex_);
    waiting_.erase(id);
  }
  if (!absl::IsUnavailable(status)) Refuse(lease, status);  // else the display is ending
}

void DisplayLoop::Announce(const v1::TrialLease& lease, uint64_t id) {
  if (options_.announce) options_.announce(id, lease.trial().name());
  if (options_.timing_log == nullptr) return;
  options_.timing_log->AddText(
      absl::StrCat("trial ", id, " ", lease.trial().name(), " attempt ", lease.trial().attempt()));
  const absl::StatusOr<ParsedTrialName> name = ParseTrialName(lease.trial().name());
  if (!lease.presentation().has_timing_limits() || !name.ok() ||
      !limits_logged_.insert(name->experiment).second) {
    return;
  }
  options_.timing_log->AddText(absl::StrCat(
      "limits ", name->experiment, " ", lease.presentation().timing_limits().ShortDebugString()));
}

void DisplayLoop::Refuse(const v1::TrialLease& lease, const absl::Status& why) {
  spdlog::error("{}: can't be shown: {}", lease.trial().name(), std::string(why.message()));
  v1::ReportPresentationRequest report;
  report.set_trial(lease.trial().name());
  report.set_attempt(lease.trial().attempt());
  report.mutable_presentation()->set_outcome(v1::Presentation::OUTCOME_ABORTED);
  report.mutable_presentation()->set_outcome_reason(std::string(why.message()));
  client_.Report(std::move(report));
}

void DisplayLoop::ReportResults() {
  while (true) {
    // Asked before the results are: those that come with the stop are still to be taken.
    const bool stopped = presenter_->stopped();
    client_.SetTrouble(presenter_->paused() ? kPaused : "");
    const std::optional<PresentationResult> result = presenter_->TakeResult(kPoll);
    if (!result) {
      MutexLock lock(&mutex_);
      if (stopping_ && stopped) return;
      continue;
    }
    if (*stop_ || presenter_->stopped()) client_.StopLeases();
    v1::ReportPresentationRequest report;
    {
      MutexLock lock(&mutex_);
      const auto it = waiting_.find(result->id);
      if (it == waiting_.end()) continue;
      report.set_trial(it->second.trial);
      report.set_attempt(it->second.attempt);
      waiting_.erase(it);
      place_free_.Signal();
    }
    *report.mutable_presentation() = ToPresentation(*result, screen_, options_.light_delay);
    const int64_t light_delay = report.presentation().light_delay_nanos();
    if (const int64_t onset = ReportedOnset(*result); onset != 0) {
      *report.mutable_presentation()->mutable_onset() =
          client_.ToInstant(onset + light_delay, result->uncertainty_nanos);
    }
    if (result->offset_nanos != 0) {
      *report.mutable_presentation()->mutable_offset() =
          client_.ToInstant(result->offset_nanos + light_delay, result->uncertainty_nanos);
    }
    client_.Report(std::move(report));
  }
}

}  // namespace evoke
