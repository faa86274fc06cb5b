#include "server/experiment/objective.h"

#include <cmath>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "server/experiment/spec.h"

namespace evoke {
namespace {

template <typename... Args>
absl::Status Bad(const absl::FormatSpec<Args...>& format, const Args&... args) {
  return absl::InvalidArgumentError(absl::StrFormat(format, args...));
}

double Seconds(const v1::ObjectiveSpec::Window& window) {
  return absl::ToDoubleSeconds(FromProto(window.end()) - FromProto(window.start()));
}

absl::Status CheckShape(const v1::ObjectiveSpec& objective, const v1::Response& response) {
  const int units = response.units_size();
  if (units != objective.units_size()) {
    return Bad("response.units: answers for %d units; the objective has %d", units,
               objective.units_size());
  }
  const bool has_rates = response.rates_size() > 0;
  if (has_rates && response.spike_counts_size() > 0) {
    return Bad("response: holds spike_counts and rates; send one of them");
  }
  if (has_rates ? response.rates_size() != units : response.spike_counts_size() != units) {
    return Bad("response: %d values for %d units",
               has_rates ? response.rates_size() : response.spike_counts_size(), units);
  }
  if (has_rates && objective.subtract_baseline()) {
    return Bad("response.rates: can't be used with objective.subtract_baseline; send counts");
  }
  const int baselines = objective.has_baseline_window() && !has_rates ? units : 0;
  if (response.baseline_counts_size() != baselines) {
    return Bad("response.baseline_counts: %d values; expected %d", response.baseline_counts_size(),
               baselines);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<double> Score(const v1::ObjectiveSpec& objective, const v1::Response& response) {
  if (absl::Status s = CheckShape(objective, response); !s.ok()) return s;
  absl::flat_hash_map<std::string, int> index;
  for (int i = 0; i < response.units_size(); ++i) {
    if (!index.emplace(response.units(i), i).second) {
      return Bad("response.units: %s twice", response.units(i));
    }
  }
  const double latency_s = Seconds(objective.latency_window());
  double score = 0;
  for (const auto& u : objective.units()) {
    const auto it = index.find(u.unit());
    if (it == index.end()) return Bad("response.units: no answer for %s", u.unit());
    const int i = it->second;
    double count = response.rates_size() > 0 ? response.rates(i) * latency_s
                                             : static_cast<double>(response.spike_counts(i));
    if (!std::isfinite(count)) return Bad("response.rates: not a number for %s", u.unit());
    if (objective.subtract_baseline()) {
      count -= response.baseline_counts(i) * latency_s / Seconds(objective.baseline_window());
    }
    score += u.weight() * count;
  }
  return objective.measure() == v1::ObjectiveSpec::MEASURE_FIRING_RATE ? score / latency_s : score;
}

}  // namespace evoke
