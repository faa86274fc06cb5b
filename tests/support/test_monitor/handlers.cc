// What clients may ask of the compositor. Most of it is taken and left without effect: there is one
// window, and nobody moves, resizes or clicks it.
#include <presentation-time-server-protocol.h>
#include <wayland-server-protocol.h>
#include <xdg-decoration-unstable-v1-server-protocol.h>
#include <xdg-shell-server-protocol.h>

#include <cmath>
#include <ctime>

#include "tests/support/test_monitor/compositor_internal.h"

namespace evoke {
namespace {

// Of what is offered: enough for SDL 2.26.5 and Mesa 22.3. Without wl_drm and zwp_linux_dmabuf Mesa
// draws in memory (its "swrast" path).
constexpr int kCompositorVersion = 4;
constexpr int kOutputVersion = 3;
constexpr int kSeatVersion = 5;

wl_resource* Make(wl_client* client, const wl_interface* interface, uint32_t version, uint32_t id,
                  const void* handlers, void* data,
                  wl_resource_destroy_func_t destroyed = nullptr) {
  wl_resource* const resource =
      wl_resource_create(client, interface, static_cast<int>(version), id);
  if (resource == nullptr) {
    wl_client_post_no_memory(client);
    return nullptr;
  }
  wl_resource_set_implementation(resource, handlers, data, destroyed);
  return resource;
}

uint32_t VersionOf(wl_resource* resource) {
  return static_cast<uint32_t>(wl_resource_get_version(resource));
}

// A request without effect, whatever its arguments.
template <typename... Arguments>
void Ignore(wl_client*, wl_resource*, Arguments...) {}

void Destroy(wl_client*, wl_resource* resource) { wl_resource_destroy(resource); }

template <typename... Arguments>
void Unsupported(wl_client*, wl_resource* resource, Arguments...) {
  wl_resource_post_error(resource, 0,
                         "the test monitor has no popups, seats' devices or positioners");
}

}  // namespace

Compositor::OwnedSurface& Compositor::Handlers::SurfaceOf(wl_resource* resource) {
  return *static_cast<OwnedSurface*>(wl_resource_get_user_data(resource));
}

bool Compositor::Handlers::AddGlobals(Compositor* compositor) {
  wl_display* const display = compositor->display_;
  const auto add = [&](const wl_interface& interface, int version, wl_global_bind_func_t bind) {
    return wl_global_create(display, &interface, version, compositor, bind) != nullptr;
  };
  return add(wl_compositor_interface, kCompositorVersion, BindCompositor) &&
         add(wl_output_interface, kOutputVersion, BindOutput) &&
         add(wl_seat_interface, kSeatVersion, BindSeat) &&
         add(wp_presentation_interface, 1, BindPresentation) &&
         add(xdg_wm_base_interface, 1, BindShell) &&
         add(zxdg_decoration_manager_v1_interface, 1, BindDecoration);
}

void Compositor::Handlers::BindCompositor(wl_client* client, void* compositor, uint32_t version,
                                          uint32_t id) {
  static const struct wl_compositor_interface handlers = {CreateSurface, CreateRegion};
  Make(client, &wl_compositor_interface, version, id, &handlers, compositor);
}

void Compositor::Handlers::BindOutput(wl_client* client, void* data, uint32_t version,
                                      uint32_t id) {
  const CompositorOptions& options = static_cast<Compositor*>(data)->options_;
  static const struct wl_output_interface handlers = {Destroy};
  wl_resource* const output = Make(client, &wl_output_interface, version, id, &handlers, data);
  if (output == nullptr) return;
  wl_output_send_geometry(output, 0, 0, 0, 0, WL_OUTPUT_SUBPIXEL_UNKNOWN, "Evoke", "test monitor",
                          WL_OUTPUT_TRANSFORM_NORMAL);
  wl_output_send_mode(output, WL_OUTPUT_MODE_CURRENT | WL_OUTPUT_MODE_PREFERRED, options.width,
                      options.height, static_cast<int32_t>(std::lround(options.nominal_hz * 1000)));
  if (version >= WL_OUTPUT_SCALE_SINCE_VERSION) wl_output_send_scale(output, 1);
  if (version >= WL_OUTPUT_DONE_SINCE_VERSION) wl_output_send_done(output);
}

void Compositor::Handlers::BindSeat(wl_client* client, void* data, uint32_t version, uint32_t id) {
  static const struct wl_seat_interface handlers = {Unsupported, Unsupported, Unsupported, Destroy};
  wl_resource* const seat = Make(client, &wl_seat_interface, version, id, &handlers, data);
  if (seat == nullptr) return;
  wl_seat_send_capabilities(seat, 0);
  if (version >= WL_SEAT_NAME_SINCE_VERSION) wl_seat_send_name(seat, "nobody");
}

void Compositor::Handlers::BindPresentation(wl_client* client, void* data, uint32_t version,
                                            uint32_t id) {
  static const struct wp_presentation_interface handlers = {
      .destroy = Destroy,
      .feedback =
          [](wl_client* asking, wl_resource* resource, wl_resource* surface, uint32_t feedback) {
            SurfaceOf(surface).RequestFeedback(asking, VersionOf(resource), feedback);
          },
  };
  wl_resource* const presentation =
      Make(client, &wp_presentation_interface, version, id, &handlers, data);
  if (presentation == nullptr) return;
  const bool raw = static_cast<Compositor*>(data)->options_.raw_clock;
  wp_presentation_send_clock_id(presentation, raw ? CLOCK_MONOTONIC_RAW : CLOCK_MONOTONIC);
}

void Compositor::Handlers::BindShell(wl_client* client, void* compositor, uint32_t version,
                                     uint32_t id) {
  static const struct xdg_wm_base_interface handlers = {
      .destroy = Destroy,
      .create_positioner = Unsupported,
      .get_xdg_surface = CreateXdgSurface,
      .pong = Ignore,
  };
  Make(client, &xdg_wm_base_interface, version, id, &handlers, compositor);
}

void Compositor::Handlers::BindDecoration(wl_client* client, void* compositor, uint32_t version,
                                          uint32_t id) {
  static const struct zxdg_decoration_manager_v1_interface handlers = {Destroy, CreateDecoration};
  Make(client, &zxdg_decoration_manager_v1_interface, version, id, &handlers, compositor);
}

void Compositor::Handlers::CreateSurface(wl_client* client, wl_resource* resource, uint32_t id) {
  auto* const compositor = static_cast<Compositor*>(wl_resource_get_user_data(resource));
  OwnedSurface& surface = compositor->surfaces_.emplace_back(compositor);
  static const struct wl_surface_interface handlers = {
      .destroy = Destroy,
      .attach = [](wl_client*, wl_resource* target, wl_resource* buffer, int32_t,
                   int32_t) { SurfaceOf(target).Attach(buffer); },
      .damage = Ignore,
      .frame = [](wl_client* asking, wl_resource* target,
                  uint32_t callback) { SurfaceOf(target).RequestFrame(asking, callback); },
      .set_opaque_region = Ignore,
      .set_input_region = Ignore,
      .commit = [](wl_client*, wl_resource* target) { SurfaceOf(target).Commit(); },
      .set_buffer_transform = Ignore,
      .set_buffer_scale = Ignore,
      .damage_buffer = Ignore,
      .offset = Ignore,
  };
  Make(client, &wl_surface_interface, VersionOf(resource), id, &handlers, &surface,
       [](wl_resource* destroyed) {
         OwnedSurface& gone = SurfaceOf(destroyed);
         Compositor* const owner = gone.compositor;
         for (Window& window : owner->windows_) {
           if (window.surface == &gone) window.surface = nullptr;
         }
         owner->surfaces_.remove_if([&](const OwnedSurface& each) { return &each == &gone; });
       });
}

void Compositor::Handlers::CreateRegion(wl_client* client, wl_resource* resource, uint32_t id) {
  static const struct wl_region_interface handlers = {Destroy, Ignore, Ignore};
  Make(client, &wl_region_interface, VersionOf(resource), id, &handlers, nullptr);
}

void Compositor::Handlers::CreateXdgSurface(wl_client* client, wl_resource* resource, uint32_t id,
                                            wl_resource* surface) {
  static const struct xdg_surface_interface handlers = {
      .destroy = Destroy,
      .get_toplevel = CreateToplevel,
      .get_popup = Unsupported,
      .set_window_geometry = Ignore,
      .ack_configure = Ignore,
  };
  Make(client, &xdg_surface_interface, VersionOf(resource), id, &handlers, &SurfaceOf(surface));
}

void Compositor::Handlers::CreateToplevel(wl_client* client, wl_resource* resource, uint32_t id) {
  static const struct xdg_toplevel_interface handlers = {
      .destroy = Destroy,
      .set_parent = Ignore,
      .set_title = Ignore,
      .set_app_id = Ignore,
      .show_window_menu = Ignore,
      .move = Ignore,
      .resize = Ignore,
      .set_max_size = Ignore,
      .set_min_size = Ignore,
      .set_maximized = Ignore,
      .unset_maximized = Ignore,
      .set_fullscreen = [](wl_client*, wl_resource* toplevel,
                           wl_resource*) { SetFullScreen(toplevel, true); },
      .unset_fullscreen = [](wl_client*, wl_resource* toplevel) { SetFullScreen(toplevel, false); },
      .set_minimized = Ignore,
  };
  OwnedSurface& surface = SurfaceOf(resource);
  Window& window = surface.compositor->windows_.emplace_back();
  window.compositor = surface.compositor;
  window.surface = &surface;
  window.xdg_surface = resource;
  window.toplevel = Make(
      client, &xdg_toplevel_interface, VersionOf(resource), id, &handlers, &window,
      [](wl_resource* destroyed) {
        auto* const gone = static_cast<Window*>(wl_resource_get_user_data(destroyed));
        gone->compositor->windows_.remove_if([&](const Window& each) { return &each == gone; });
      });
}

void Compositor::Handlers::SetFullScreen(wl_resource* toplevel, bool full_screen) {
  auto* const window = static_cast<Window*>(wl_resource_get_user_data(toplevel));
  window->full_screen = full_screen;
  if (window->configured) window->compositor->Configure(*window);
}

void Compositor::Handlers::CreateDecoration(wl_client* client, wl_resource* resource, uint32_t id,
                                            wl_resource*) {
  // The monitor draws no frame around a window, and nor shall the client.
  static const struct zxdg_toplevel_decoration_v1_interface handlers = {Destroy, Ignore, Ignore};
  wl_resource* const decoration = Make(client, &zxdg_toplevel_decoration_v1_interface,
                                       VersionOf(resource), id, &handlers, nullptr);
  if (decoration == nullptr) return;
  zxdg_toplevel_decoration_v1_send_configure(decoration,
                                             ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
}

}  // namespace evoke
