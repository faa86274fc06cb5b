// A monitor as the presenter sees it: image slots, and one call that blocks until the next refresh.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_SCREEN_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_SCREEN_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/image.h"
#include "stimulus_display/screen/geometry.h"

namespace evoke {

// Where an onset stamp comes from. Both are software estimates, good to one refresh at best:
// validate them with a photodiode.
enum class StampSource {
  kSwapEstimate,   // the buffer swap blocks to vsync; the stamp is its return
  kTimerEstimate,  // the swap does not block (Xvfb); a timer paces the refreshes
};

inline absl::string_view StampSourceName(StampSource source) {
  return source == StampSource::kSwapEstimate ? "swap estimate" : "timer estimate";
}

// Constant once the screen is open.
struct ScreenInfo {
  int width = 0;  // pixels of the area that is drawn to
  int height = 0;
  int screen_width_pixels = 0;  // of the whole monitor; more than `width` for a window
  double nominal_hz = 0;        // as the driver reports it; 0 if it does not know
  double measured_hz = 0;  // of unpaced swaps at start: near nominal_hz if swaps block to vsync
  bool paced_by_timer = false;
  // The rate at which Show() returns: measured_hz, or the timer's stated rate.
  double refresh_hz = 0;

  int64_t period_nanos() const { return static_cast<int64_t>(1e9 / refresh_hz + 0.5); }
};

// What one refresh shows: the background, an image or none, and the sync patch.
struct Frame {
  static constexpr int kNoImage = -1;
  int slot = kNoImage;
  PixelRect where;          // read only with an image
  bool sync_patch = false;  // white if true, black otherwise
};

// One refresh that happened.
struct Flip {
  // Counts the monitor's refreshes, the missed ones included: two flips are
  // (difference of index) refreshes apart.
  int64_t frame_index = 0;
  int64_t monotonic_nanos = 0;  // CLOCK_MONOTONIC; when the frame came on
  StampSource source = StampSource::kTimerEstimate;
  int dropped = 0;  // refreshes missed since the previous flip; the previous frame stayed on
};

// What the operator asked for at the keyboard or the window since the last poll.
struct ScreenEvents {
  bool close = false;         // the window was closed
  bool abort = false;         // Esc
  bool toggle_pause = false;  // P or the space bar
};

// Not thread-safe: every method but info() and slots() is called on one thread. For the SDL screen
// that is the main thread, because window systems demand it.
class Screen {
 public:
  virtual ~Screen() = default;

  virtual const ScreenInfo& info() const = 0;
  // Images that can be held ready; slots are numbered 0 .. slots()-1.
  virtual int slots() const = 0;

  // Copies the image into the slot and returns when it can be drawn without further work. Takes
  // part of a refresh: call it while no stimulus is on. INVALID_ARGUMENT: no such slot, or an image
  // that cannot be shown; the slot then holds what it held before.
  virtual absl::Status Upload(int slot, const Image& image) = 0;

  // Draws the frame and blocks until it is on. Allocates nothing. FAILED_PRECONDITION, and the
  // screen unchanged, if the slot was never uploaded to.
  virtual absl::StatusOr<Flip> Show(const Frame& frame) = 0;

  // Call at every refresh: window systems take a program that does not for hung.
  virtual ScreenEvents PollEvents() = 0;

  // The pixels of the frame that was shown last, as they are drawn with what its slot holds now.
  // Slow; for tests and screenshots.
  virtual absl::StatusOr<Image> ReadBack() = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_SCREEN_H_
