#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "tests/bench/display/scenes.h"

namespace evoke {
namespace {

// 100 us of jitter and 2 % outliers, on what is predicted once the model has seen 300 refreshes.
absl::StatusOr<PartValues> RunJitter(const PartSize& size) {
  constexpr double kHz = 60;
  constexpr int kModelRefreshes = 300;
  DisplaySessionOptions options = SceneOptions(kHz, true);
  options.monitor.scanout.stamp_jitter = absl::Microseconds(100);
  options.monitor.scanout.outlier_probability = 0.02;
  EVOKE_ASSIGN_OR_RETURN(const auto session, DisplaySession::Start(options));
  const int warm_up = kModelRefreshes / (kOnFrames + kOffFrames);
  const int n = size.presentations + warm_up;
  EVOKE_ASSIGN_OR_RETURN(const DisplayRun run, session->Show(n, [&](int k) {
    if (k % 20 == 0) ShowProgress("jitter", k, n);
    return NoiseRequest(k, kHz);
  }));
  GlassReport report = CheckGlass(session->monitor().Frames(), run.results, run.refreshes);
  std::vector<double> stamps;
  for (const MonitorFrame& frame : session->monitor().Frames()) {
    stamps.push_back(static_cast<double>(frame.stamp_nanos - frame.nanos));
  }
  std::vector<double>& errors = report.prediction_errors;
  errors.erase(errors.begin(), errors.begin() + std::min<ptrdiff_t>(warm_up, std::ssize(errors)));
  const double bias =
      std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
  return PartValues{{"presentations", report.presentations},
                    {"stamp_sd_us", StandardDeviation(stamps) / 1e3},
                    {"predicted_sd_us", StandardDeviation(errors) / 1e3},
                    {"predicted_bias_us", bias / 1e3},
                    {"undetected", report.undetected},
                    {"false_alarms", report.false_alarms}};
}

// The nominal rate is 60 Hz.
absl::StatusOr<PartValues> RunNominal(const PartSize&) {
  PartValues values;
  for (const double hz : {59.94, 60.5, 75.0}) {
    DisplaySessionOptions options = SceneOptions(hz, true);
    options.monitor.compositor.nominal_hz = 60;
    {
      EVOKE_ASSIGN_OR_RETURN(const auto session, DisplaySession::Start(options));
      const double measured = session->info().measured_hz;
      values.emplace_back(absl::StrCat("error_ppm.", hz), std::abs(measured / hz - 1) * 1e6);
    }
    options.screen.refuse_wrong_refresh = true;
    const absl::Status refused = DisplaySession::Start(options).status();
    values.emplace_back(absl::StrCat("refused.", hz), absl::IsFailedPrecondition(refused));
  }
  return values;
}

// Every picture, to the bit.
absl::StatusOr<PartValues> RunPictures(const PartSize& size) {
  constexpr double kHz = 60;
  const int n = std::max(size.presentations / 10, 20);
  DisplaySessionOptions options = SceneOptions(kHz, true);
  options.checksums = true;
  EVOKE_ASSIGN_OR_RETURN(const auto session, DisplaySession::Start(options));
  EVOKE_ASSIGN_OR_RETURN(const DisplayRun run, session->Show(n, [&](int k) {
    if (k % 10 == 0) ShowProgress("pictures", k, n);
    return NoiseRequest(k, kHz);
  }));
  const ScreenInfo& info = session->info();
  std::vector<uint32_t> expected;
  for (int code = 0; code <= n; ++code) {
    expected.push_back(
        Crc32(PaintGlass(options.screen.look, info.width, info.height,
                         NoiseRequest(code - 1, kHz).image, static_cast<uint32_t>(code))));
  }
  int wrong = 0, compared = 0;
  const absl::Span<const MonitorFrame> frames = session->monitor().Frames();
  for (size_t v = run.refreshes.front().flip.sequence; v < frames.size(); ++v, ++compared) {
    const Sight& sight = frames[v].sight;
    wrong += sight.code >= expected.size() || sight.crc != expected[sight.code];
  }
  return PartValues{{"vblanks", compared}, {"wrong_pictures", wrong}};
}

// Half a second without the network, or a decoder, or the log's writer, again and again.
absl::StatusOr<PartValues> RunStalls(const PartSize& size) {
  constexpr double kHz = 60;
  constexpr int kBetween = 20;  // presentations between two stalls
  const int n = std::max(size.presentations / 10, 3 * kBetween);
  EVOKE_ASSIGN_OR_RETURN(const auto session, DisplaySession::Start(SceneOptions(kHz, true)));
  std::vector<RefreshRecord> refreshes;
  int stalls = 0;
  EVOKE_ASSIGN_OR_RETURN(const DisplayRun run,
                         session->Show(
                             n,
                             [&](int k) {
                               ShowProgress("stalls", k, n);
                               if (k % kBetween == kBetween - 1) {
                                 ++stalls;
                                 absl::SleepFor(absl::Milliseconds(500));  // no lease comes
                               }
                               if (k % kBetween == kBetween / 2) {
                                 ++stalls;  // a decoder takes a core
                                 const absl::Time end = absl::Now() + absl::Milliseconds(500);
                                 while (absl::Now() < end) {
                                 }
                               }
                               return NoiseRequest(k, kHz);
                             },
                             [&](const RefreshRecord& record) {
                               refreshes.push_back(record);
                               if (refreshes.size() % 150 == 0) {
                                 ++stalls;
                                 absl::SleepFor(absl::Milliseconds(500));
                               }
                             }));
  PartValues values =
      ValuesOf(CheckGlass(session->monitor().Frames(), run.results, refreshes), session->monitor());
  values.emplace_back("stalls", stalls);
  return values;
}

double ResidentMib() {
  std::ifstream file("/proc/self/statm");
  double size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

class Mean {
 public:
  void Add(double value) {
    sum_ += value;
    ++n_;
  }
  double value() const { return n_ == 0 ? 0 : sum_ / n_; }

 private:
  double sum_ = 0;
  int n_ = 0;
};

// At 500 Hz, so that it takes minutes, not half an hour.
absl::StatusOr<PartValues> RunEndurance(const PartSize& size) {
  constexpr double kHz = 500;
  DisplaySessionOptions options = SceneOptions(kHz, true);
  options.screen.window_width = 320;
  options.screen.window_height = 240;
  options.monitor.scanout.latch_lead = absl::Microseconds(400);
  options.monitor.scanout.stamp_jitter = absl::Microseconds(50);
  EVOKE_ASSIGN_OR_RETURN(const auto session, DisplaySession::Start(options));
  const TestMonitor& monitor = session->monitor();
  const int n = size.frames / (kOnFrames + kOffFrames);
  // Of the second tenth and the last: the display's predictions less the monitor's vblanks. In the
  // first the model and the memory are still filling.
  const int tenth = size.frames / 10;
  Mean early, late;
  double early_mib = 0;
  int64_t records = 0, missed = 0, slips = 0, results = 0, aborted = 0;
  int64_t index_ahead = 0;
  EVOKE_RETURN_IF_ERROR(
      session
          ->Show(
              n,
              [&](int k) {
                if (k % 100 == 0) ShowProgress("endurance", k, n);
                return NoiseRequest(k, kHz);
              },
              [&](const RefreshRecord& record) {
                const Flip& flip = record.flip;
                const auto vblank = static_cast<int64_t>(flip.sequence);
                if (records == 0) index_ahead = flip.frame_index - vblank;
                slips += flip.frame_index - vblank != index_ahead;
                const auto error = static_cast<double>(
                    flip.predicted_nanos -
                    monitor.TimeOf(vblank + flip.target_index - flip.frame_index));
                ++records;
                missed += flip.dropped;
                if (records > tenth && records <= 2 * tenth) early.Add(error);
                if (records == 2 * tenth) early_mib = ResidentMib();
                if (records > size.frames - tenth) late.Add(error);
              },
              [&](const PresentationResult& result) {
                ++results;
                aborted += result.aborted;
              })
          .status());
  const double late_mib = ResidentMib();
  return PartValues{{"frames", static_cast<double>(records)},
                    {"presentations", static_cast<double>(results)},
                    {"aborted", static_cast<double>(aborted)},
                    {"missed_vblanks", static_cast<double>(missed)},
                    {"index_slips", static_cast<double>(slips)},
                    {"drift_us", (late.value() - early.value()) / 1e3},
                    {"memory_growth_mib", late_mib - early_mib},
                    {"memory_mib", late_mib}};
}

}  // namespace

std::vector<Part> GlassParts() {
  return {
      {"jitter", "stamps with 100 us of jitter and 2 % outliers", RunJitter},
      {"nominal", "a monitor that says 60 Hz and has another rate", RunNominal},
      {"pictures", "every picture compared to the bit", RunPictures},
      {"stalls", "network, decoder and log stalled for half a second, in turn", RunStalls},
      {"endurance", "many frames, at 500 Hz", RunEndurance},
  };
}

}  // namespace evoke
