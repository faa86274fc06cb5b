// A monitor as the presenter sees it: image slots, and one call that blocks until the next refresh.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_SCREEN_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_SCREEN_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/image.h"
#include "stimulus_display/screen/geometry.h"

namespace evoke {

// Where an onset stamp comes from, the best first. All are software's word: validate them with a
// photodiode.
enum class StampSource : uint8_t {
  kPresentationFeedback,  // Wayland: the compositor's stamp of the refresh (wp_presentation)
  kOmlSync,               // X11: the driver's stamp of the refresh (GLX_OML_sync_control)
  kSwapEstimate,          // the buffer swap blocks to vsync; the stamp is its return
  kTimerEstimate,         // the swap does not block (Xvfb); a timer paces the refreshes
};

absl::string_view StampSourceName(StampSource source);

// Constant once the screen shows.
struct ScreenInfo {
  int width = 0;  // pixels of the area that is drawn to
  int height = 0;
  int screen_width_pixels = 0;  // of the whole monitor; more than `width` for a window
  double nominal_hz = 0;        // as the driver reports it or the user expects it; 0: not known
  double measured_hz = 0;       // at start: near nominal_hz if the refreshes are a monitor's
  StampSource source = StampSource::kTimerEstimate;
  // The rate at which Show() returns: measured_hz, or the timer's stated rate.
  double refresh_hz = 0;
  // From the latest commit that still made a refresh to that refresh, as found at start, and the
  // lead that is kept; 0 where the moment of a commit is not chosen.
  int64_t latch_lead_nanos = 0;
  int64_t commit_lead_nanos = 0;

  int64_t period_nanos() const { return static_cast<int64_t>(1e9 / refresh_hz + 0.5); }
  bool paced_by_timer() const { return source == StampSource::kTimerEstimate; }
};

// What one refresh shows: the background, an image or none, the sync patch and the frame code.
struct Frame {
  static constexpr int kNoImage = -1;
  int slot = kNoImage;
  PixelRect where;          // read only with an image
  bool sync_patch = false;  // white if true, black otherwise
  uint16_t code = 0;        // the frame code's bits: of the stimulus, 0 with the background
};

// A refresh to come.
struct NextRefresh {
  int64_t index = 0;
  int64_t nanos = 0;  // CLOCK_MONOTONIC, as predicted
};

// Why a frame came on later than the refresh after the one before it.
enum class MissReason : uint8_t {
  kNone,
  kBusy,         // the program was late to begin with the frame: an upload, or no processor
  kDrawing,      // drawing took past the latch
  kCommit,       // handing it to the window system took past the latch
  kMonitor,      // it was there in time, and the window system or driver showed it later
  kUnconfirmed,  // nobody said that it was shown
};

absl::string_view MissReasonName(MissReason reason);

// One frame that was given to the monitor. Instants are CLOCK_MONOTONIC, nanoseconds.
struct Flip {
  // Counts the monitor's refreshes, the missed ones included: two flips are
  // (difference of index) refreshes apart.
  int64_t frame_index = 0;
  int64_t target_index = 0;     // the refresh that was aimed at
  int64_t predicted_nanos = 0;  // of the target, before the commit
  int64_t commit_begin_nanos = 0;
  int64_t commit_end_nanos = 0;
  int64_t monotonic_nanos = 0;  // when the frame came on; the time of asking if unconfirmed
  int64_t uncertainty_nanos = 0;
  uint64_t sequence = 0;  // the window system's or driver's own count of refreshes; 0: none
  uint32_t flags = 0;     // of wp_presentation_feedback.presented
  StampSource source = StampSource::kTimerEstimate;
  int dropped = 0;  // refreshes missed since the previous flip; the previous frame stayed on
  MissReason reason = MissReason::kNone;
  bool confirmed = true;  // false: nobody said when, or whether, the frame came on
};

// What the operator asked for at the keyboard or the window since the last poll.
struct ScreenEvents {
  bool close = false;         // the window was closed
  bool abort = false;         // Esc
  bool toggle_pause = false;  // P or the space bar
  // For calibration: digits, '.', '\b' and '\n' as typed; '+' for the arrows right and up, '-' for
  // left and down, ten of them with Shift.
  std::string typed;
};

// Threads: info() and slots() any, PollEvents() the one that made the screen (window systems demand
// the main thread), all else the refresh thread.
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

  // The first refresh that a frame given to Show() now can still make.
  virtual NextRefresh Next() const = 0;

  // Draws the frame and blocks until it is on, so that no frame is ever given over one that is not
  // confirmed. Allocates nothing. FAILED_PRECONDITION, and the screen unchanged, if the slot was
  // never uploaded to.
  virtual absl::StatusOr<Flip> Show(const Frame& frame) = 0;

  // Call it every few refreshes: window systems take a program that does not for hung.
  virtual ScreenEvents PollEvents() = 0;

  // The pixels of the frame that was shown last, as they are drawn with what its slot holds now.
  // Slow; for tests and screenshots.
  virtual absl::StatusOr<Image> ReadBack() = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_SCREEN_H_
