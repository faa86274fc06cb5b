// Shared by compositor.cc and handlers.cc.
#ifndef EVOKE_TESTS_SUPPORT_TEST_MONITOR_COMPOSITOR_INTERNAL_H_
#define EVOKE_TESTS_SUPPORT_TEST_MONITOR_COMPOSITOR_INTERNAL_H_

#include "tests/support/test_monitor/compositor.h"

namespace evoke {

struct Compositor::OwnedSurface : Surface {
  explicit OwnedSurface(Compositor* owner)
      : Surface(
            [owner](Surface& surface, bool new_pixels) { owner->OnCommit(surface, new_pixels); }),
        compositor(owner) {}
  Compositor* const compositor;
};

struct Compositor::Window {
  Compositor* compositor;
  Surface* surface;  // null once the client has destroyed it
  wl_resource* xdg_surface;
  wl_resource* toplevel;
  bool full_screen = false;
  bool configured = false;
};

// The user data: a Compositor for globals, an OwnedSurface for wl_surface and xdg_surface, a Window
// for xdg_toplevel.
struct Compositor::Handlers {
  static OwnedSurface& SurfaceOf(wl_resource* resource);
  static bool AddGlobals(Compositor* compositor);

  static void BindCompositor(wl_client* client, void* compositor, uint32_t version, uint32_t id);
  static void BindOutput(wl_client* client, void* compositor, uint32_t version, uint32_t id);
  static void BindSeat(wl_client* client, void* compositor, uint32_t version, uint32_t id);
  static void BindPresentation(wl_client* client, void* compositor, uint32_t version, uint32_t id);
  static void BindShell(wl_client* client, void* compositor, uint32_t version, uint32_t id);
  static void BindDecoration(wl_client* client, void* compositor, uint32_t version, uint32_t id);

  static void CreateSurface(wl_client* client, wl_resource* resource, uint32_t id);
  static void CreateRegion(wl_client* client, wl_resource* resource, uint32_t id);
  static void CreateXdgSurface(wl_client* client, wl_resource* resource, uint32_t id,
                               wl_resource* surface);
  static void CreateToplevel(wl_client* client, wl_resource* resource, uint32_t id);
  static void CreateDecoration(wl_client* client, wl_resource* resource, uint32_t id,
                               wl_resource* toplevel);
  static void SetFullScreen(wl_resource* toplevel, bool full_screen);
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_MONITOR_COMPOSITOR_INTERNAL_H_
