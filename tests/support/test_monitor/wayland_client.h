// A window without toolkit or OpenGL, for tests of the test monitor itself.
#ifndef EVOKE_TESTS_SUPPORT_TEST_MONITOR_WAYLAND_CLIENT_H_
#define EVOKE_TESTS_SUPPORT_TEST_MONITOR_WAYLAND_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evoke {

// What became of one commit.
struct CommitFate {
  bool frame_called = false;  // the frame callback came
  bool released = false;      // the buffer may be written to again
  bool presented = false;
  bool discarded = false;
  int64_t stamp_nanos = 0;  // the rest if presented
  int64_t refresh_nanos = 0;
  uint64_t sequence = 0;
  uint32_t flags = 0;
};

// Commits uniform pictures in shared memory. One thread.
class WaylandClient {
 public:
  // Opens a window, of `width` x `height` if it is not full screen, at $WAYLAND_DISPLAY.
  // UNAVAILABLE: no compositor, or one that lacks what is needed.
  static absl::StatusOr<std::unique_ptr<WaylandClient>> Connect(int width, int height,
                                                                bool full_screen = false);
  ~WaylandClient();
  WaylandClient(const WaylandClient&) = delete;
  WaylandClient& operator=(const WaylandClient&) = delete;

  // Commits a picture of this colour, 0xRRGGBB, and returns its number: 0, 1, 2 ...
  size_t Commit(uint32_t rgb);
  // As they are now; see WaitUntil().
  const CommitFate& fate(size_t commit) const { return fates_[commit]; }
  // Handles what the compositor says until `done`. UNAVAILABLE: it hung up.
  absl::Status WaitUntil(const std::function<bool()>& done);

  int width() const { return width_; }
  int height() const { return height_; }
  uint32_t clock_id() const { return clock_id_; }
  int nominal_millihertz() const { return nominal_millihertz_; }

 private:
  struct Listeners;
  struct Objects;
  WaylandClient(int width, int height);
  absl::Status Open(bool full_screen);

  std::unique_ptr<Objects> objects_;
  int width_;
  int height_;
  uint32_t clock_id_ = 0;
  int nominal_millihertz_ = 0;
  bool configured_ = false;
  std::deque<CommitFate> fates_;  // their addresses stay: the listeners have them
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_MONITOR_WAYLAND_CLIENT_H_
