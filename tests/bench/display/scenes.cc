#include "tests/bench/display/scenes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "absl/time/time.h"
#include "common/random.h"

namespace evoke {

DisplaySessionOptions SceneOptions(double hz, bool real_time) {
  DisplaySessionOptions options;
  options.monitor.scanout.hz = hz;
  options.monitor.compositor.nominal_hz = hz;
  options.screen.window_width = 640;
  options.screen.window_height = 480;
  options.presenter.queue_capacity = 32;
  if (!real_time) options.real_time = {.priority = 0, .lock_memory = false};
  return options;
}

PresentationRequest NoiseRequest(int k, double hz) {
  constexpr int kSize = 128;
  PresentationRequest request;
  request.id = static_cast<uint64_t>(k) + 1;
  request.sync_code = static_cast<uint32_t>(k % 0xffff) + 1;
  request.image = UniformImage(kSize, kSize, 0);
  Rng rng(request.id);
  for (uint8_t& value : request.image.rgb) value = static_cast<uint8_t>(rng.Index(256));
  request.on = kOnFrames * absl::Seconds(1 / hz);
  request.off = kOffFrames * absl::Seconds(1 / hz);
  Placement placement;
  placement.width = kSize;
  request.placement = placement;
  return request;
}

BusyCores::BusyCores() {
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    threads_.emplace_back([this] {
      while (!stop_.load(std::memory_order_relaxed)) {
      }
    });
  }
}

BusyCores::~BusyCores() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void ShowProgress(const std::string& part, int64_t done, int64_t of) {
  std::fprintf(stderr, "\r%-16s %ld of %ld   ", part.c_str(), done, of);
}

PartValues ValuesOf(const GlassReport& report, const TestMonitor& monitor) {
  int64_t latest = 0;
  for (const MonitorFrame& frame : monitor.Frames()) latest = std::max(latest, frame.late_nanos);
  return {
      {"presentations", report.presentations},
      {"missed_onsets", report.missed_onsets},
      {"starved_onsets", report.starved_onsets},
      {"wrong_durations", report.wrong_durations},
      {"missed_vblanks", report.misses},
      {"injected", report.injected},
      {"in_stalls", report.stalled},
      {"undetected", report.undetected},
      {"false_alarms", report.false_alarms},
      {"wrong_codes", report.wrong_codes},
      {"wrong_patches", report.wrong_patches},
      {"onset_sd_us", StandardDeviation(report.onset_errors) / 1e3},
      {"monitor_late_ms", static_cast<double>(latest) / 1e6},
  };
}

double StandardDeviation(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (n - 1));
}

}  // namespace evoke
