#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "tests/bench/display/scenes.h"

namespace evoke {
namespace {

constexpr double kRates[] = {60, 59.94, 120, 144};

absl::StatusOr<PartValues> Run(const std::string& name, double hz, bool real_time, double misses,
                               int presentations) {
  const BusyCores busy;
  DisplaySessionOptions options = SceneOptions(hz, real_time);
  options.monitor.scanout.miss_probability = misses;
  EVOKE_ASSIGN_OR_RETURN(const auto session, DisplaySession::Start(options));
  EVOKE_ASSIGN_OR_RETURN(const DisplayRun run, session->Show(presentations, [&](int k) {
    if (k % 20 == 0) ShowProgress(name, k, presentations);
    return NoiseRequest(k, hz);
  }));
  PartValues values = ValuesOf(CheckGlass(session->monitor().Frames(), run.results, run.refreshes),
                               session->monitor());
  // Refreshes that were missed, by what the display says held it up.
  constexpr std::pair<MissReason, const char*> kReasons[] = {
      {MissReason::kBusy, "by_program"},
      {MissReason::kDrawing, "by_drawing"},
      {MissReason::kCommit, "by_commit"},
      {MissReason::kMonitor, "by_monitor"},
      {MissReason::kUnconfirmed, "unconfirmed"}};
  for (const auto& [reason, name_of] : kReasons) {
    int64_t missed = 0;
    for (const RefreshRecord& record : run.refreshes) {
      if (record.flip.reason == reason) missed += record.flip.dropped;
    }
    values.emplace_back(name_of, static_cast<double>(missed));
  }
  values.emplace_back("real_time", real_time && session->real_time().ok());
  return values;
}

}  // namespace

std::vector<Part> TimingParts() {
  std::vector<Part> parts;
  for (const double hz : kRates) {
    const std::string name = absl::StrCat("realtime.", hz);
    parts.push_back({name, "real-time priority, every core busy", [=](const PartSize& size) {
                       return Run(name, hz, true, 0, size.presentations);
                     }});
  }
  for (const double hz : kRates) {
    const std::string name = absl::StrCat("injected.", hz);
    parts.push_back(
        {name, "no priority, every core busy, missed vblanks injected", [=](const PartSize& size) {
           // At least 50 must occur.
           const int vblanks = size.presentations * (kOnFrames + kOffFrames);
           const double misses = std::max(0.01, 100.0 / vblanks);
           return Run(name, hz, false, misses, size.presentations);
         }});
  }
  return parts;
}

}  // namespace evoke
