#include "sim_backend/offline/simulated_display.h"

#include <algorithm>
#include <cmath>

#include "absl/time/time.h"
#include "server/experiment/spec.h"

namespace evoke {
namespace {

int64_t Frames(absl::Duration duration) {
  return std::llround(absl::ToDoubleSeconds(duration) * SimulatedDisplay::kRefreshHz);
}

}  // namespace

uint32_t SimulatedDisplay::NextSyncCode() {
  sync_code_ = sync_code_ >= 65535 ? 1 : sync_code_ + 1;
  return sync_code_;
}

v1::Instant SimulatedDisplay::Now() const {
  v1::Instant now;
  now.set_session_nanos(std::llround(static_cast<double>(frames_) * 1e9 / kRefreshHz));
  now.set_session(session_);
  return now;
}

v1::Presentation SimulatedDisplay::Show(const v1::PresentationSpec& spec) {
  const int64_t on = std::max<int64_t>(1, Frames(FromProto(spec.on_duration())));
  v1::Presentation shown;
  *shown.mutable_onset() = Now();
  frames_ += on;
  *shown.mutable_offset() = Now();
  frames_ += Frames(std::max(FromProto(spec.off_duration()), FromProto(spec.min_inter_trial())));
  shown.set_frames(static_cast<int32_t>(on));
  shown.set_display(kName);
  shown.set_outcome(v1::Presentation::OUTCOME_COMPLETED);
  shown.set_refresh_hz(kRefreshHz);
  return shown;
}

}  // namespace evoke
