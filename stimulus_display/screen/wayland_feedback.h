// The compositor's word for when a frame was on the monitor: the protocol presentation-time.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_WAYLAND_FEEDBACK_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_WAYLAND_FEEDBACK_H_

#include <ctime>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stimulus_display/screen/clock_bridge.h"
#include "stimulus_display/screen/stamper.h"

struct wl_display;
struct wl_event_queue;
struct wl_registry;
struct wl_surface;
struct wp_presentation;
struct wp_presentation_feedback;
struct wp_presentation_feedback_listener;

namespace evoke {

// Shares the connection of the window, with an event queue of its own: the thread that pumps the
// window's events never sees these. Stamps of another clock than CLOCK_MONOTONIC are carried over
// (ClockBridge). Allocates nothing between swaps but what libwayland keeps for one answer.
class WaylandFeedback : public Stamper {
 public:
  // The display and the surface outlive it. UNAVAILABLE: the compositor does not offer the
  // protocol, or closed the connection.
  static absl::StatusOr<std::unique_ptr<WaylandFeedback>> Create(wl_display* display,
                                                                 wl_surface* surface);
  ~WaylandFeedback() override;
  WaylandFeedback(const WaylandFeedback&) = delete;
  WaylandFeedback& operator=(const WaylandFeedback&) = delete;

  StampSource source() const override { return StampSource::kPresentationFeedback; }
  void BeforeSwap() override;
  Stamp AfterSwap(int64_t deadline_nanos) override;

  clockid_t clock() const { return bridge_->clock(); }

 private:
  WaylandFeedback(wl_display* display, wl_surface* surface)
      : display_(display), surface_(surface) {}
  absl::Status Bind();
  // Reads and dispatches events of the own queue once, waiting until the deadline at most. False:
  // it passed, or the connection is lost.
  bool Dispatch(int64_t deadline_nanos);
  void ForgetPending();

  static const wp_presentation_feedback_listener kListener;

  wl_display* const display_;
  wl_surface* const surface_;
  wl_event_queue* queue_ = nullptr;
  wl_registry* registry_ = nullptr;
  wp_presentation* presentation_ = nullptr;
  std::optional<ClockBridge> bridge_;
  struct wp_presentation_feedback* pending_ = nullptr;  // of the swap in hand
  bool answered_ = false;
  Stamp stamp_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_WAYLAND_FEEDBACK_H_
