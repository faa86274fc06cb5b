#include "stimulus_display/screen/window_stamper.h"

#include <SDL.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "stimulus_display/screen/glx_sync.h"
#include "stimulus_display/screen/wayland_feedback.h"
// Last: it brings Xlib, whose macros would replace names of ours.
#include <SDL_syswm.h>
#undef Status

namespace evoke {
namespace {

// Whether the server offers it: drivers hand out pointers to functions that do not work.
bool HasOmlSyncControl(const SDL_SysWMinfo& window) {
  using Query = const char*(void*, int);
  auto* const query = reinterpret_cast<Query*>(SDL_GL_GetProcAddress("glXQueryExtensionsString"));
  if (query == nullptr) return false;
  const char* const extensions =
      query(window.info.x11.display, DefaultScreen(window.info.x11.display));
  return extensions != nullptr && std::strstr(extensions, "GLX_OML_sync_control") != nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Stamper>> NewWindowStamper(SDL_Window* window) {
  SDL_SysWMinfo info;
  SDL_VERSION(&info.version);
  if (SDL_GetWindowWMInfo(window, &info) == SDL_FALSE) {
    return absl::UnavailableError(absl::StrCat("SDL does not know the window: ", SDL_GetError()));
  }
  if (info.subsystem == SDL_SYSWM_WAYLAND) {
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Stamper> stamper,
                           WaylandFeedback::Create(info.info.wl.display, info.info.wl.surface));
    return stamper;
  }
  if (info.subsystem == SDL_SYSWM_X11) {
    GlxSyncFunctions functions;
    functions.display = info.info.x11.display;
    functions.drawable = info.info.x11.window;
    if (HasOmlSyncControl(info)) {
      functions.get_sync_values = reinterpret_cast<GlxSyncFunctions::GetSyncValues*>(
          SDL_GL_GetProcAddress("glXGetSyncValuesOML"));
      functions.wait_for_sbc = reinterpret_cast<GlxSyncFunctions::WaitForSbc*>(
          SDL_GL_GetProcAddress("glXWaitForSbcOML"));
    }
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Stamper> stamper, GlxSync::Create(functions));
    return stamper;
  }
  return absl::UnavailableError("this window system stamps no refreshes");
}

}  // namespace evoke
