// The operator's window, in a process of its own.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_MIRROR_WINDOW_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_MIRROR_WINDOW_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stimulus_display/screen/mirror_board.h"

namespace evoke {

struct MirrorOptions {
  int screen_index = 0;  // the monitor that the window opens on
  int width = 480;       // of the window, pixels
  std::string display;   // the X display if it is another one, e.g. ":0.1"; empty: the same
};

// The running mirror; the destructor ends it. That it crashes or is closed changes nothing for the
// display. Start it before the calling process raises its priority, which a child would inherit.
class MirrorProcess {
 public:
  // Starts this very program again as `evoke-display mirror`. INTERNAL: the system cannot.
  static absl::StatusOr<std::unique_ptr<MirrorProcess>> Start(const MirrorBoard& board,
                                                              const MirrorOptions& options);
  MirrorProcess(const MirrorProcess&) = delete;
  MirrorProcess& operator=(const MirrorProcess&) = delete;
  ~MirrorProcess();

 private:
  explicit MirrorProcess(pid_t pid) : pid_(pid) {}
  const pid_t pid_;
};

// What the started process does: looks at the board five times a second and draws, in software and
// at low priority, until its window is closed or the display has ended. Call it on the main thread.
// UNAVAILABLE: no window can be opened.
absl::Status RunMirror(int board_descriptor, const MirrorOptions& options);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_MIRROR_WINDOW_H_
