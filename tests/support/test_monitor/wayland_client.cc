#include "tests/support/test_monitor/wayland_client.h"

#include <presentation-time-client-protocol.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>
#include <xdg-shell-client-protocol.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {

struct WaylandClient::Objects {
  wl_display* display = nullptr;
  wl_registry* registry = nullptr;
  wl_compositor* compositor = nullptr;
  wl_shm* shm = nullptr;
  wl_output* output = nullptr;
  xdg_wm_base* shell = nullptr;
  wp_presentation* presentation = nullptr;
  wl_surface* surface = nullptr;
};

namespace {

CommitFate& FateOf(void* data) { return *static_cast<CommitFate*>(data); }

}  // namespace

struct WaylandClient::Listeners {
  static constexpr wl_registry_listener kRegistry = {
      [](void* data, wl_registry* registry, uint32_t name, const char* interface, uint32_t) {
        Objects& objects = *static_cast<WaylandClient*>(data)->objects_;
        const auto bind = [&](auto*& object, const wl_interface& wanted, uint32_t version) {
          if (std::strcmp(interface, wanted.name) != 0) return;
          object = static_cast<std::remove_reference_t<decltype(object)>>(
              wl_registry_bind(registry, name, &wanted, version));
        };
        bind(objects.compositor, wl_compositor_interface, 4);
        bind(objects.shm, wl_shm_interface, 1);
        bind(objects.output, wl_output_interface, 2);
        bind(objects.shell, xdg_wm_base_interface, 1);
        bind(objects.presentation, wp_presentation_interface, 1);
      },
      [](void*, wl_registry*, uint32_t) {}};
  static constexpr wl_output_listener kOutput = {
      .geometry = [](void*, wl_output*, int32_t, int32_t, int32_t, int32_t, int32_t, const char*,
                     const char*, int32_t) {},
      .mode =
          [](void* data, wl_output*, uint32_t, int32_t, int32_t, int32_t refresh) {
            static_cast<WaylandClient*>(data)->nominal_millihertz_ = refresh;
          },
      .done = [](void*, wl_output*) {},
      .scale = [](void*, wl_output*, int32_t) {},
      .name = nullptr,
      .description = nullptr};
  static constexpr wp_presentation_listener kPresentation = {
      [](void* data, wp_presentation*, uint32_t clock) {
        static_cast<WaylandClient*>(data)->clock_id_ = clock;
      }};
  static constexpr xdg_surface_listener kXdgSurface = {
      [](void* data, xdg_surface* surface, uint32_t serial) {
        xdg_surface_ack_configure(surface, serial);
        static_cast<WaylandClient*>(data)->configured_ = true;
      }};
  static constexpr xdg_toplevel_listener kToplevel = {
      .configure =
          [](void* data, xdg_toplevel*, int32_t width, int32_t height, wl_array*) {
            if (width <= 0 || height <= 0) return;
            static_cast<WaylandClient*>(data)->width_ = width;
            static_cast<WaylandClient*>(data)->height_ = height;
          },
      .close = [](void*, xdg_toplevel*) {},
      .configure_bounds = nullptr,
      .wm_capabilities = nullptr};
  static constexpr wl_buffer_listener kBuffer = {
      [](void* fate, wl_buffer*) { FateOf(fate).released = true; }};
  static constexpr wl_callback_listener kFrame = {[](void* fate, wl_callback* callback, uint32_t) {
    FateOf(fate).frame_called = true;
    wl_callback_destroy(callback);
  }};
  static constexpr wp_presentation_feedback_listener kFeedback = {
      .sync_output = [](void*, struct wp_presentation_feedback*, wl_output*) {},
      .presented =
          [](void* fate, struct wp_presentation_feedback* feedback, uint32_t seconds_high,
             uint32_t seconds_low, uint32_t nanos, uint32_t refresh, uint32_t sequence_high,
             uint32_t sequence_low, uint32_t flags) {
            CommitFate& own = FateOf(fate);
            const int64_t seconds = int64_t{seconds_high} << 32 | seconds_low;
            own.presented = true;
            own.stamp_nanos = seconds * 1'000'000'000 + nanos;
            own.refresh_nanos = refresh;
            own.sequence = uint64_t{sequence_high} << 32 | sequence_low;
            own.flags = flags;
            wp_presentation_feedback_destroy(feedback);
          },
      .discarded =
          [](void* fate, struct wp_presentation_feedback* feedback) {
            FateOf(fate).discarded = true;
            wp_presentation_feedback_destroy(feedback);
          }};
};

absl::StatusOr<std::unique_ptr<WaylandClient>> WaylandClient::Connect(int width, int height,
                                                                      bool full_screen) {
  std::unique_ptr<WaylandClient> client(new WaylandClient(width, height));
  EVOKE_RETURN_IF_ERROR(client->Open(full_screen));
  return client;
}

WaylandClient::WaylandClient(int width, int height)
    : objects_(std::make_unique<Objects>()), width_(width), height_(height) {}

absl::Status WaylandClient::Open(bool full_screen) {
  Objects& own = *objects_;
  own.display = wl_display_connect(nullptr);
  if (own.display == nullptr) return absl::UnavailableError("no compositor at $WAYLAND_DISPLAY");
  own.registry = wl_display_get_registry(own.display);
  wl_registry_add_listener(own.registry, &Listeners::kRegistry, this);
  wl_display_roundtrip(own.display);
  if (own.compositor == nullptr || own.shm == nullptr || own.output == nullptr ||
      own.shell == nullptr || own.presentation == nullptr) {
    return absl::UnavailableError("the compositor lacks a protocol that a window needs");
  }
  wl_output_add_listener(own.output, &Listeners::kOutput, this);
  wp_presentation_add_listener(own.presentation, &Listeners::kPresentation, this);
  own.surface = wl_compositor_create_surface(own.compositor);
  xdg_surface* const window = xdg_wm_base_get_xdg_surface(own.shell, own.surface);
  xdg_surface_add_listener(window, &Listeners::kXdgSurface, this);
  xdg_toplevel* const toplevel = xdg_surface_get_toplevel(window);
  xdg_toplevel_add_listener(toplevel, &Listeners::kToplevel, this);
  if (full_screen) xdg_toplevel_set_fullscreen(toplevel, nullptr);
  wl_surface_commit(own.surface);
  return WaitUntil([this] { return configured_ && nominal_millihertz_ != 0; });
}

WaylandClient::~WaylandClient() {
  if (objects_->display != nullptr) wl_display_disconnect(objects_->display);
}

size_t WaylandClient::Commit(uint32_t rgb) {
  const Objects& own = *objects_;
  const size_t size = static_cast<size_t>(width_) * static_cast<size_t>(height_) * 4;
  const int memory = memfd_create("picture", MFD_CLOEXEC);
  if (memory < 0 || ftruncate(memory, static_cast<off_t>(size)) != 0) std::abort();
  void* const pixels = mmap(nullptr, size, PROT_WRITE, MAP_SHARED, memory, 0);
  if (pixels == MAP_FAILED) std::abort();
  std::fill_n(static_cast<uint32_t*>(pixels), size / 4, rgb);
  munmap(pixels, size);
  wl_shm_pool* const pool = wl_shm_create_pool(own.shm, memory, static_cast<int32_t>(size));
  wl_buffer* const buffer =
      wl_shm_pool_create_buffer(pool, 0, width_, height_, width_ * 4, WL_SHM_FORMAT_XRGB8888);
  wl_shm_pool_destroy(pool);
  close(memory);

  CommitFate* const fate = &fates_.emplace_back();
  wl_buffer_add_listener(buffer, &Listeners::kBuffer, fate);
  wl_callback_add_listener(wl_surface_frame(own.surface), &Listeners::kFrame, fate);
  wp_presentation_feedback_add_listener(wp_presentation_feedback(own.presentation, own.surface),
                                        &Listeners::kFeedback, fate);
  wl_surface_attach(own.surface, buffer, 0, 0);
  wl_surface_damage_buffer(own.surface, 0, 0, width_, height_);
  wl_surface_commit(own.surface);
  wl_display_flush(own.display);
  return fates_.size() - 1;
}

absl::Status WaylandClient::WaitUntil(const std::function<bool()>& done) {
  while (!done()) {
    if (wl_display_dispatch(objects_->display) < 0) {
      return absl::UnavailableError(
          absl::StrCat("the compositor hung up, error ", wl_display_get_error(objects_->display)));
    }
  }
  return absl::OkStatus();
}

}  // namespace evoke
