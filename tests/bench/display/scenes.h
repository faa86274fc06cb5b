// What the parts of the display's benchmark show.
#ifndef EVOKE_TESTS_BENCH_DISPLAY_SCENES_H_
#define EVOKE_TESTS_BENCH_DISPLAY_SCENES_H_

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/display/part.h"
#include "tests/support/test_monitor/display_session.h"
#include "tests/support/test_monitor/glass_check.h"

namespace evoke {

constexpr int kOnFrames = 3, kOffFrames = 2;

// A display of 640 x 480 on a monitor of this rate.
DisplaySessionOptions SceneOptions(double hz, bool real_time);

// Gray noise of its own, 128 pixels wide, for `kOnFrames` on and `kOffFrames` off. The code is
// k + 1, again from 1 after 65535.
PresentationRequest NoiseRequest(int k, double hz);

// Keeps every core busy, at ordinary priority, as long as it lives.
class BusyCores {
 public:
  BusyCores();
  ~BusyCores();

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

// Says on the standard error stream how far the part is. Any thread.
void ShowProgress(const std::string& part, int64_t done, int64_t of);

// The counts of a report, and how late the monitor itself was.
PartValues ValuesOf(const GlassReport& report, const TestMonitor& monitor);

double StandardDeviation(const std::vector<double>& values);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_DISPLAY_SCENES_H_
