#include "sim_backend/offline/phase_times.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/str_format.h"
#include "clients/control/text.h"

namespace evoke {
namespace {

// In the order of Phase.
constexpr const char* kNames[kPhases] = {"network",   "noise, counting", "decode",
                                         "optimizer", "ledger",          "trials"};

}  // namespace

void PhaseTimes::Add(const PhaseTimes& other) {
  for (int i = 0; i < kPhases; ++i) nanos_[i] += other.nanos_[i];
}

int64_t PhaseTimes::total_nanos() const {
  return std::accumulate(nanos_.begin(), nanos_.end(), int64_t{0});
}

std::string PhaseTimes::Table(int64_t trials) const {
  std::array<int, kPhases> order;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return nanos_[a] > nanos_[b]; });
  const double total = std::max(1e-9, static_cast<double>(total_nanos()) / 1e9);
  std::vector<std::vector<std::string>> rows = {{"where the time went", "s", "%", "ms a trial"}};
  for (const int i : order) {
    const double seconds = static_cast<double>(nanos_[i]) / 1e9;
    rows.push_back({kNames[i], absl::StrFormat("%.3f", seconds),
                    absl::StrFormat("%.1f", 100 * seconds / total),
                    trials > 0 ? absl::StrFormat("%.3f", 1000 * seconds / trials) : "-"});
  }
  return AlignColumns(rows);
}

}  // namespace evoke
