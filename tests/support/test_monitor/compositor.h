// The Wayland side of the test monitor: the protocols that SDL and Mesa's software EGL need.
#ifndef EVOKE_TESTS_SUPPORT_TEST_MONITOR_COMPOSITOR_H_
#define EVOKE_TESTS_SUPPORT_TEST_MONITOR_COMPOSITOR_H_

#include <wayland-server-core.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/test_monitor/surface.h"

namespace evoke {

struct CompositorOptions {
  int width = 640;  // of the monitor, pixels; a full screen window is as large
  int height = 480;
  double nominal_hz = 60;       // as wl_output tells it, and as the feedback's refresh interval
  bool raw_clock = false;       // clock_id and stamps of CLOCK_MONOTONIC_RAW, not CLOCK_MONOTONIC
  uint32_t feedback_flags = 7;  // vsync, hardware clock, hardware completion
};

// One output; a seat without keyboard and pointer (SDL 2.26.5 crashes without a seat); pixels in
// shared memory. The first window that a client opens is the one on the glass. Further ones, such
// as an operator's mirror, get frame callbacks and are never seen.
//
// Everything runs on one thread: the one that dispatches loop().
class Compositor {
 public:
  // Listens at `socket`, a path that does not exist yet. `committed` is called right before a new
  // picture for the glass is taken. UNAVAILABLE with the system's reason.
  static absl::StatusOr<std::unique_ptr<Compositor>> Create(const CompositorOptions& options,
                                                            const std::string& socket,
                                                            std::function<void()> committed);
  ~Compositor();

  wl_event_loop* loop() const { return wl_display_get_event_loop(display_); }
  void Flush() { wl_display_flush_clients(display_); }

  // What waits is latched. Without `glass`, a miss: the window on the glass is left waiting.
  void Latch(bool glass, int64_t now_nanos);
  // The vblank: feedback for what was latched, with a stamp of CLOCK_MONOTONIC.
  void Present(int64_t vblank, int64_t stamp_nanos);
  // Calls `look` with the picture on the glass, if there is one.
  void Look(const std::function<void(const Picture&)>& look) const;

 private:
  struct OwnedSurface;  // a wl_surface
  struct Window;        // an xdg_toplevel
  struct Handlers;      // of the clients' requests

  Compositor(const CompositorOptions& options, std::function<void()> committed);
  absl::Status Listen(const std::string& socket);
  Surface* glass() const;
  void OnCommit(Surface& surface, bool new_pixels);
  void Configure(Window& window);

  const CompositorOptions options_;
  const std::function<void()> committed_;
  wl_display* display_ = nullptr;
  std::list<OwnedSurface> surfaces_;
  std::list<Window> windows_;  // in the order in which they were opened
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_MONITOR_COMPOSITOR_H_
