// The best source of stamps that a window's system offers.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_WINDOW_STAMPER_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_WINDOW_STAMPER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "stimulus_display/screen/stamper.h"

struct SDL_Window;

namespace evoke {

// Presentation feedback on Wayland, GLX_OML_sync_control on X11. Call with the window's context
// current; the window outlives the stamper. UNAVAILABLE, with the reason, if there is neither.
absl::StatusOr<std::unique_ptr<Stamper>> NewWindowStamper(SDL_Window* window);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_WINDOW_STAMPER_H_
