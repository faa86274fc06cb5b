#include "clients/responder/spike_counting.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"

namespace evoke {
namespace {

using google::protobuf::util::TimeUtil;

int64_t FirstTick(const google::protobuf::Duration& time, double ticks_per_second) {
  const int64_t nanos = TimeUtil::DurationToNanoseconds(time);
  // At the clock of nanoseconds this is exact, also where a double would not be.
  if (ticks_per_second == 1e9) return nanos;
  return static_cast<int64_t>(std::ceil(static_cast<double>(nanos) * ticks_per_second / 1e9));
}

}  // namespace

TickWindow ToTicks(const v1::ObjectiveSpec::Window& window, double ticks_per_second) {
  return {FirstTick(window.start(), ticks_per_second), FirstTick(window.end(), ticks_per_second)};
}

uint32_t CountSpikes(absl::Span<const int64_t> spikes, int64_t onset, TickWindow window) {
  return static_cast<uint32_t>(std::count_if(spikes.begin(), spikes.end(), [&](int64_t t) {
    return t - onset >= window.start && t - onset < window.end;
  }));
}

absl::StatusOr<v1::Response> CountResponse(const v1::ObjectiveSpec& objective,
                                           std::vector<UnitSpikes> spikes,
                                           double ticks_per_second) {
  v1::Response response;
  const TickWindow latency = ToTicks(objective.latency_window(), ticks_per_second);
  const TickWindow baseline = ToTicks(objective.baseline_window(), ticks_per_second);
  for (const auto& wanted : objective.units()) {
    const auto it = std::find_if(spikes.begin(), spikes.end(),
                                 [&](const UnitSpikes& u) { return u.unit == wanted.unit(); });
    if (it == spikes.end()) {
      return absl::InvalidArgumentError(absl::StrCat("no spikes of unit ", wanted.unit()));
    }
    std::sort(it->ticks_from_onset.begin(), it->ticks_from_onset.end());
    response.add_units(it->unit);
    response.add_spike_counts(CountSpikes(it->ticks_from_onset, 0, latency));
    if (objective.has_baseline_window()) {
      response.add_baseline_counts(CountSpikes(it->ticks_from_onset, 0, baseline));
    }
    v1::SpikeTrain& train = *response.add_spike_trains();
    train.set_unit(it->unit);
    for (const int64_t tick : it->ticks_from_onset) {
      train.add_nanos_from_onset(ticks_per_second == 1e9 ? tick
                                                         : std::llround(static_cast<double>(tick) *
                                                                        1e9 / ticks_per_second));
    }
  }
  return response;
}

}  // namespace evoke
