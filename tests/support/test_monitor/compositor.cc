#include "tests/support/test_monitor/compositor.h"

#include <presentation-time-server-protocol.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <wayland-server-protocol.h>
#include <xdg-shell-server-protocol.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "tests/support/test_monitor/compositor_internal.h"

namespace evoke {
namespace {

int64_t Nanos(clockid_t clock) {
  timespec ts;
  clock_gettime(clock, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Compositor>> Compositor::Create(const CompositorOptions& options,
                                                               const std::string& socket,
                                                               std::function<void()> committed) {
  std::unique_ptr<Compositor> compositor(new Compositor(options, std::move(committed)));
  EVOKE_RETURN_IF_ERROR(compositor->Listen(socket));
  return compositor;
}

Compositor::Compositor(const CompositorOptions& options, std::function<void()> committed)
    : options_(options), committed_(std::move(committed)) {}

absl::Status Compositor::Listen(const std::string& socket_path) {
  display_ = wl_display_create();
  if (display_ == nullptr || wl_display_init_shm(display_) != 0 || !Handlers::AddGlobals(this)) {
    return absl::UnavailableError("test monitor: libwayland-server cannot start");
  }
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    return absl::UnavailableError(absl::StrCat("test monitor: ", socket_path,
                                               " is too long for a socket; set a shorter TMPDIR"));
  }
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, 8) != 0 || wl_display_add_socket_fd(display_, fd) != 0) {
    const int error = errno;
    if (fd >= 0) close(fd);
    return absl::UnavailableError(
        absl::StrCat("test monitor: cannot listen at ", socket_path, ": ", std::strerror(error)));
  }
  return absl::OkStatus();
}

Compositor::~Compositor() {
  if (display_ == nullptr) return;
  wl_display_destroy_clients(display_);
  wl_display_destroy(display_);
}

Surface* Compositor::glass() const {
  for (const Window& window : windows_) {
    if (window.surface != nullptr) return window.surface;
  }
  return nullptr;
}

void Compositor::OnCommit(Surface& surface, bool new_pixels) {
  if (new_pixels) {
    if (&surface == glass()) committed_();
    return;
  }
  // A window's first commit has no pixels: it asks how large they are to be.
  for (Window& window : windows_) {
    if (window.surface == &surface && !window.configured) Configure(window);
  }
}

void Compositor::Configure(Window& window) {
  wl_array states;
  wl_array_init(&states);
  const auto add = [&states](uint32_t state) {
    *static_cast<uint32_t*>(wl_array_add(&states, sizeof state)) = state;
  };
  add(XDG_TOPLEVEL_STATE_ACTIVATED);
  if (window.full_screen) add(XDG_TOPLEVEL_STATE_FULLSCREEN);
  // 0 x 0: as the client likes.
  xdg_toplevel_send_configure(window.toplevel, window.full_screen ? options_.width : 0,
                              window.full_screen ? options_.height : 0, &states);
  wl_array_release(&states);
  xdg_surface_send_configure(window.xdg_surface, wl_display_next_serial(display_));
  window.configured = true;
}

void Compositor::Latch(bool with_glass, int64_t now_nanos) {
  const Surface* const on_glass = glass();
  for (Surface& surface : surfaces_) {
    if (with_glass || &surface != on_glass) {
      surface.Latch(static_cast<uint32_t>(now_nanos / 1'000'000));
    }
  }
}

void Compositor::Present(int64_t vblank, int64_t stamp_nanos) {
  if (options_.raw_clock) stamp_nanos += Nanos(CLOCK_MONOTONIC_RAW) - Nanos(CLOCK_MONOTONIC);
  const auto seconds = static_cast<uint64_t>(stamp_nanos / 1'000'000'000);
  const auto nanos = static_cast<uint32_t>(stamp_nanos % 1'000'000'000);
  const auto refresh = static_cast<uint32_t>(std::lround(1e9 / options_.nominal_hz));
  const Surface* const on_glass = glass();
  for (Surface& surface : surfaces_) {
    surface.Present([&](wl_resource* feedback) {
      if (&surface != on_glass) {
        wp_presentation_feedback_send_discarded(feedback);
        return;
      }
      wp_presentation_feedback_send_presented(
          feedback, static_cast<uint32_t>(seconds >> 32), static_cast<uint32_t>(seconds), nanos,
          refresh, static_cast<uint32_t>(vblank >> 32), static_cast<uint32_t>(vblank),
          options_.feedback_flags);
    });
  }
}

void Compositor::Look(const std::function<void(const Picture&)>& look) const {
  if (const Surface* const surface = glass()) surface->Look(look);
}

}  // namespace evoke
