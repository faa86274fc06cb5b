#include "stimulus_display/screen/wayland_feedback.h"

#include <poll.h>
#include <wayland-client.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/status_macros.h"
#include "presentation-time-client-protocol.h"

namespace evoke {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;

struct Globals {
  wp_presentation* presentation = nullptr;
  std::optional<clockid_t> clock;
};

void OnGlobal(void* data, wl_registry* registry, uint32_t name, const char* interface,
              uint32_t /*version*/) {
  if (std::strcmp(interface, wp_presentation_interface.name) != 0) return;
  static_cast<Globals*>(data)->presentation = static_cast<wp_presentation*>(
      wl_registry_bind(registry, name, &wp_presentation_interface, 1));
}
void OnGlobalRemove(void*, wl_registry*, uint32_t) {}
void OnClock(void* data, wp_presentation*, uint32_t clock) {
  static_cast<Globals*>(data)->clock = static_cast<clockid_t>(clock);
}
void OnOutput(void*, struct wp_presentation_feedback*, wl_output*) {}

constexpr wl_registry_listener kRegistryListener = {OnGlobal, OnGlobalRemove};
constexpr wp_presentation_listener kPresentationListener = {OnClock};

}  // namespace

// The answers: the stamp is in the compositor's clock until AfterSwap() carries it over.
const wp_presentation_feedback_listener WaylandFeedback::kListener = {
    OnOutput,
    [](void* data, struct wp_presentation_feedback* feedback, uint32_t sec_hi, uint32_t sec_lo,
       uint32_t nsec, uint32_t refresh, uint32_t seq_hi, uint32_t seq_lo, uint32_t flags) {
      auto* self = static_cast<WaylandFeedback*>(data);
      Stamp& stamp = self->stamp_;
      const uint64_t seconds = (uint64_t{sec_hi} << 32) | sec_lo;
      stamp.confirmed = true;
      stamp.monotonic_nanos = static_cast<int64_t>(seconds) * kNanosPerSecond + nsec;
      stamp.sequence = (uint64_t{seq_hi} << 32) | seq_lo;
      stamp.flags = flags;
      stamp.period_nanos = refresh;
      self->answered_ = true;
      self->pending_ = nullptr;
      wp_presentation_feedback_destroy(feedback);
    },
    [](void* data, struct wp_presentation_feedback* feedback) {
      auto* self = static_cast<WaylandFeedback*>(data);
      self->answered_ = true;
      self->pending_ = nullptr;
      wp_presentation_feedback_destroy(feedback);
    }};

absl::StatusOr<std::unique_ptr<WaylandFeedback>> WaylandFeedback::Create(wl_display* display,
                                                                         wl_surface* surface) {
  std::unique_ptr<WaylandFeedback> feedback(new WaylandFeedback(display, surface));
  EVOKE_RETURN_IF_ERROR(feedback->Bind());
  return feedback;
}

absl::Status WaylandFeedback::Bind() {
  queue_ = wl_display_create_queue(display_);
  // A wrapper, so that the registry and all that comes of it is on the own queue from its birth.
  auto* const wrapper = static_cast<wl_display*>(wl_proxy_create_wrapper(display_));
  wl_proxy_set_queue(reinterpret_cast<wl_proxy*>(wrapper), queue_);
  registry_ = wl_display_get_registry(wrapper);
  wl_proxy_wrapper_destroy(wrapper);
  Globals globals;
  wl_registry_add_listener(registry_, &kRegistryListener, &globals);
  if (wl_display_roundtrip_queue(display_, queue_) < 0) {
    return absl::UnavailableError("the Wayland compositor closed the connection");
  }
  presentation_ = globals.presentation;
  if (presentation_ == nullptr) {
    return absl::UnavailableError(
        "the Wayland compositor does not offer wp_presentation: use one that does (GNOME, KDE, "
        "Sway, Weston), or accept estimates of the onsets");
  }
  wp_presentation_add_listener(presentation_, &kPresentationListener, &globals);
  if (wl_display_roundtrip_queue(display_, queue_) < 0) {
    return absl::UnavailableError("the Wayland compositor closed the connection");
  }
  bridge_.emplace(globals.clock.value_or(CLOCK_MONOTONIC));
  // It pointed to what ends here; the clock is told once.
  wl_proxy_set_user_data(reinterpret_cast<wl_proxy*>(presentation_), nullptr);
  wl_registry_destroy(std::exchange(registry_, nullptr));
  return absl::OkStatus();
}

WaylandFeedback::~WaylandFeedback() {
  ForgetPending();
  if (presentation_ != nullptr) wp_presentation_destroy(presentation_);
  if (registry_ != nullptr) wl_registry_destroy(registry_);
  if (queue_ != nullptr) wl_event_queue_destroy(queue_);
}

void WaylandFeedback::ForgetPending() {
  if (pending_ != nullptr) wp_presentation_feedback_destroy(std::exchange(pending_, nullptr));
}

void WaylandFeedback::BeforeSwap() {
  ForgetPending();
  answered_ = false;
  stamp_ = Stamp();
  pending_ = wp_presentation_feedback(presentation_, surface_);
  wp_presentation_feedback_add_listener(pending_, &kListener, this);
}

Stamp WaylandFeedback::AfterSwap(int64_t deadline_nanos) {
  while (!answered_ && Dispatch(deadline_nanos)) {
  }
  if (stamp_.confirmed) {
    stamp_.monotonic_nanos = bridge_->ToMonotonic(stamp_.monotonic_nanos);
    stamp_.uncertainty_nanos = bridge_->uncertainty_nanos();
  } else {
    stamp_.monotonic_nanos = MonotonicNanos();
  }
  return stamp_;
}

bool WaylandFeedback::Dispatch(int64_t deadline_nanos) {
  while (wl_display_prepare_read_queue(display_, queue_) != 0) {
    // Events were there already, read by another thread.
    if (wl_display_dispatch_queue_pending(display_, queue_) < 0) return false;
    if (answered_) return true;
  }
  wl_display_flush(display_);
  const int64_t wait = std::max<int64_t>(deadline_nanos - MonotonicNanos(), 0);
  const timespec timeout = {static_cast<time_t>(wait / kNanosPerSecond),
                            static_cast<long>(wait % kNanosPerSecond)};
  pollfd readable = {wl_display_get_fd(display_), POLLIN, 0};
  const int ready = ppoll(&readable, 1, &timeout, nullptr);
  if (ready <= 0) {
    wl_display_cancel_read(display_);
    return ready < 0 && errno == EINTR;
  }
  return wl_display_read_events(display_) == 0 &&
         wl_display_dispatch_queue_pending(display_, queue_) >= 0;
}

}  // namespace evoke
