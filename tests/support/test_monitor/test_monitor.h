// A monitor for tests of the display: it knows what was on its glass at every vblank.
#ifndef EVOKE_TESTS_SUPPORT_TEST_MONITOR_TEST_MONITOR_H_
#define EVOKE_TESTS_SUPPORT_TEST_MONITOR_TEST_MONITOR_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tests/support/test_monitor/compositor.h"
#include "tests/support/test_monitor/picture.h"
#include "tests/support/test_monitor/scanout.h"

namespace evoke {

// What a test wants to know of a picture; what each number means is the test's.
struct Sight {
  uint32_t patch = 0;
  uint32_t code = 0;
  uint32_t crc = 0;
  friend bool operator==(const Sight&, const Sight&) = default;
};

struct TestMonitorOptions {
  ScanoutOptions scanout;
  CompositorOptions compositor;
  // Looks at each new picture when it comes on, on the monitor's thread. Keep it short: the time is
  // the refresh's.
  std::function<Sight(const Picture&)> look;
  // Vblanks that are recorded; the record then stays as it is. Memory is some 70 bytes each.
  int64_t capacity = 1 << 18;
  // SCHED_FIFO at this priority, above the display's, where the system allows it: the monitor is
  // the reference. 0: without.
  int priority = 80;
};

// One vblank of the record.
struct MonitorFrame : ScannedFrame {
  int64_t commit_nanos = 0;  // when the monitor took the commit that is on
  // How late the monitor's own thread came to the latch or to the vblank, whichever was worse. No
  // program at a lower priority was better off: it tells how quiet the machine was.
  int64_t late_nanos = 0;
  Sight sight;  // of the picture that is on
};

// A Wayland compositor with one window (compositor.h), whose vblanks are absolute (scanout.h), on a
// thread of its own. A client that is not told of a miss cannot know of it other than by its
// stamps: the tests compare what the display says with what was on the glass.
//
// Start(), PointClientsHere() and the destructor belong to one thread; what is const may be called
// by any.
class TestMonitor {
 public:
  // INVALID_ARGUMENT: a rate or lead that no monitor has. UNAVAILABLE with the system's reason.
  static absl::StatusOr<std::unique_ptr<TestMonitor>> Start(const TestMonitorOptions& options);
  // Its clients lose their connection: close the display's screen before.
  ~TestMonitor();
  TestMonitor(const TestMonitor&) = delete;
  TestMonitor& operator=(const TestMonitor&) = delete;

  // The environment of a client, as NAME=VALUE: SDL's Wayland driver, this monitor, software
  // OpenGL.
  std::vector<std::string> Environment() const;
  // Sets it in this process, for the SDL of the test itself.
  void PointClientsHere() const;

  // The record so far. Stays valid, and does not change, until the monitor ends.
  absl::Span<const MonitorFrame> Frames() const {
    return {frames_.data(), static_cast<size_t>(recorded_.load(std::memory_order_acquire))};
  }
  // When vblank n is, CLOCK_MONOTONIC.
  int64_t TimeOf(int64_t vblank) const { return scanout_->TimeOf(vblank); }
  // Injects one more miss, at the next vblank that would have brought a new picture.
  void MissNext() { misses_.fetch_add(1, std::memory_order_relaxed); }
  // False: the system did not allow it, and a busy machine may disturb the monitor itself.
  bool real_time() const { return real_time_; }

 private:
  explicit TestMonitor(const TestMonitorOptions& options);
  absl::Status Open();
  void Run();
  void CatchUp(int64_t due_nanos);
  void Handle(const Scanout::Event& event);
  void OnCommitted();

  const TestMonitorOptions options_;
  const int64_t lead_nanos_;
  std::string folder_;
  std::vector<MonitorFrame> frames_;  // of full capacity from the start: readers hold spans of it
  std::atomic<int64_t> recorded_ = 0;
  std::atomic<int> misses_ = 0;
  bool real_time_ = false;
  int timer_ = -1;
  int stop_ = -1;  // an eventfd

  // The monitor's thread's own.
  std::unique_ptr<Compositor> compositor_;
  std::optional<Scanout> scanout_;
  bool stopping_ = false;
  int64_t commits_ = 0;
  int64_t newest_commit_nanos_ = 0;
  int64_t latch_late_nanos_ = 0;
  MonitorFrame glass_;

  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_MONITOR_TEST_MONITOR_H_
