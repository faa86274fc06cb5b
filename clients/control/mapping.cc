#include "clients/control/mapping.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "google/protobuf/util/time_util.h"

namespace evoke {
namespace {

using google::protobuf::util::TimeUtil;

constexpr double kFromMs = -100, kToMs = 300, kBinMs = 5;
constexpr int kBins = static_cast<int>((kToMs - kFromMs) / kBinMs);
constexpr int kShuffles = 999;
constexpr absl::Duration kPauseStep = absl::Milliseconds(18);
constexpr double kSignificant = 0.01;
// Windows that a response is sought in: none begins before light could have got there.
constexpr double kWindowsFromMs = 20, kWindowsToMs = 250, kWindowStepMs = 10;
constexpr double kWindowsMs[] = {50, 100};

using Counts = std::vector<double>;  // by bin

int BinOf(double ms) { return static_cast<int>(std::floor((ms - kFromMs) / kBinMs)); }

double Sum(const Counts& counts, double from_ms, double to_ms) {
  double sum = 0;
  for (int b = BinOf(from_ms); b < BinOf(to_ms); ++b) sum += counts[static_cast<size_t>(b)];
  return sum;
}

std::vector<Counts> Binned(const std::vector<Flash>& flashes) {
  std::vector<Counts> binned(flashes.size(), Counts(kBins, 0));
  for (size_t i = 0; i < flashes.size(); ++i) {
    for (const double t : flashes[i].spikes_ms) {
      const int bin = BinOf(t);
      if (bin >= 0 && bin < kBins) binned[i][static_cast<size_t>(bin)] += 1;
    }
  }
  return binned;
}

// [window][flash]: spikes in it less those in a window as long before the onset.
std::vector<std::vector<double>> Differences(const std::vector<Counts>& binned) {
  std::vector<std::vector<double>> differences;
  for (const double length : kWindowsMs) {
    for (double start = kWindowsFromMs; start + length <= kWindowsToMs; start += kWindowStepMs) {
      std::vector<double>& window = differences.emplace_back();
      for (const Counts& counts : binned) {
        window.push_back(Sum(counts, start, start + length) - Sum(counts, -length, 0));
      }
    }
  }
  return differences;
}

// The largest excess in standard errors over windows and groups of flashes.
double LargestZ(const std::vector<std::vector<double>>& differences,
                const std::vector<std::vector<size_t>>& groups, const std::vector<double>& signs) {
  double largest = 0;
  for (const std::vector<double>& window : differences) {
    for (const std::vector<size_t>& group : groups) {
      double sum = 0, squares = 0;
      for (const size_t i : group) {
        sum += signs[i] * window[i];
        squares += window[i] * window[i];
      }
      if (squares > 0) largest = std::max(largest, sum / std::sqrt(squares));
    }
  }
  return largest;
}

// Whether spikes come after the onset rather than before: the chance of the largest excess when
// before and after are exchanged at random, flash by flash.
double ChanceOfExcess(const std::vector<std::vector<double>>& differences,
                      const std::vector<std::vector<size_t>>& groups, Rng* rng) {
  std::vector<double> signs(differences[0].size(), 1);
  const double found = LargestZ(differences, groups, signs);
  int as_large = 0;
  for (int i = 0; i < kShuffles; ++i) {
    for (double& sign : signs) sign = rng->Index(2) == 0 ? 1 : -1;
    as_large += LargestZ(differences, groups, signs) >= found;
  }
  return (1.0 + as_large) / (1.0 + kShuffles);
}

// Whether they come at some position rather than at others: the chance of the largest mean of a
// position when the flashes are dealt to the positions at random. A few strong answers at one place
// are enough, as of a neuron that likes few images.
double ChanceOfPlace(const std::vector<std::vector<double>>& differences,
                     const std::vector<std::vector<size_t>>& positions, Rng* rng) {
  const size_t flashes = differences[0].size();
  std::vector<double> means, sds;
  for (const std::vector<double>& window : differences) {
    double sum = 0, squares = 0;
    for (const double d : window) {
      sum += d;
      squares += d * d;
    }
    const auto n = static_cast<double>(flashes);
    means.push_back(sum / n);
    sds.push_back(std::sqrt(std::max(0.0, squares / n - sum / n * sum / n)));
  }
  std::vector<size_t> dealt(flashes);
  for (size_t i = 0; i < flashes; ++i) dealt[i] = i;
  const auto largest = [&] {
    double z = 0;
    for (size_t w = 0; w < differences.size(); ++w) {
      if (sds[w] <= 0) continue;
      for (const std::vector<size_t>& position : positions) {
        double sum = 0;
        for (const size_t i : position) sum += differences[w][dealt[i]] - means[w];
        z = std::max(z, sum / (sds[w] * std::sqrt(static_cast<double>(position.size()))));
      }
    }
    return z;
  };
  const double found = largest();
  int as_large = 0;
  for (int i = 0; i < kShuffles; ++i) {
    rng->Shuffle(std::span<size_t>(dealt));
    as_large += largest() >= found;
  }
  return (1.0 + as_large) / (1.0 + kShuffles);
}

// Of either, corrected for asking twice.
double PValue(const std::vector<Counts>& binned,
              const std::vector<std::vector<size_t>>& positions) {
  const std::vector<std::vector<double>> differences = Differences(binned);
  std::vector<std::vector<size_t>> groups = positions;
  std::vector<size_t>& all = groups.emplace_back();
  for (size_t i = 0; i < binned.size(); ++i) all.push_back(i);
  Rng rng(1);
  return std::min(1.0, 2 * std::min(ChanceOfExcess(differences, groups, &rng),
                                    ChanceOfPlace(differences, positions, &rng)));
}

// Where the mean PSTH of the flashes stays above a third of its peak over baseline.
std::pair<double, double> WindowOf(const std::vector<Counts>& binned,
                                   const std::vector<size_t>& flashes) {
  Counts psth(kBins, 0);
  for (const size_t i : flashes) {
    for (int b = 0; b < kBins; ++b)
      psth[static_cast<size_t>(b)] += binned[i][static_cast<size_t>(b)];
  }
  const double baseline = Sum(psth, kFromMs, 0) / BinOf(0);
  const auto smooth = [&](int b) {
    double sum = 0;
    int n = 0;
    for (int k = std::max(0, b - 2); k <= std::min(kBins - 1, b + 2); ++k, ++n) {
      sum += psth[static_cast<size_t>(k)];
    }
    return sum / n - baseline;
  };
  int peak = BinOf(kWindowsFromMs);
  for (int b = peak; b < BinOf(kWindowsToMs); ++b) {
    if (smooth(b) > smooth(peak)) peak = b;
  }
  const double threshold = smooth(peak) / 3;
  // Up to two bins below are taken for chance.
  int first = peak, last = peak;
  for (int b = peak; b > BinOf(0) && first - b <= 2; --b) {
    if (smooth(b) >= threshold) first = b;
  }
  for (int b = peak; b < kBins && b - last <= 2; ++b) {
    if (smooth(b) >= threshold) last = b;
  }
  // The smoothing widens it by about a bin at each end.
  return {kFromMs + (first + 1) * kBinMs, kFromMs + std::max(first + 2, last) * kBinMs};
}

}  // namespace

absl::Status MappingOptions::Validate() const {
  const auto check = [](bool good, const char* what) {
    return good ? absl::OkStatus() : absl::InvalidArgumentError(what);
  };
  EVOKE_RETURN_IF_ERROR(check(!units.empty(), "units: name at least one"));
  EVOKE_RETURN_IF_ERROR(
      check(columns >= 1 && rows >= 1 && columns * rows >= 2 && columns * rows <= 64,
            "columns, rows: 2 to 64 positions"));
  EVOKE_RETURN_IF_ERROR(check(step > 0 && size > 0, "step, size: must be positive"));
  EVOKE_RETURN_IF_ERROR(check(flashes >= 2 && flashes <= 1000, "flashes: 2 to 1000 a position"));
  return check(on > absl::ZeroDuration() && off >= absl::Milliseconds(100) &&
                   on <= absl::Seconds(10) && off <= absl::Seconds(10),
               "on, off: more than nothing, at least 100 ms off, at most 10 s");
}

std::vector<v1::Experiment> MappingSpecs(const MappingOptions& options) {
  std::vector<v1::Experiment> specs;
  for (int row = 0; row < options.rows; ++row) {
    for (int column = 0; column < options.columns; ++column) {
      v1::Experiment& spec = specs.emplace_back();
      spec.mutable_optimizer()->set_seed(
          MixSeed({options.seed, static_cast<uint64_t>(row), static_cast<uint64_t>(column)}) >> 1);
      spec.mutable_optimizer()->set_max_candidate_trials(options.flashes);
      spec.mutable_optimizer()->mutable_random_search()->set_batch_size(options.flashes);
      spec.mutable_generator()->set_model(options.generator);
      v1::PresentationSpec& shown = *spec.mutable_presentation();
      *shown.mutable_on_duration() =
          TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(options.on));
      // Each position has a pause of its own, more than a frame apart: in a series that is not
      // regular, a recording knows at once which pulse on its stimulus line is whose.
      *shown.mutable_off_duration() = TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(
          options.off + static_cast<double>(specs.size() - 1) * kPauseStep));
      shown.set_max_dropped_frames(2);
      if (options.pixels) {
        shown.set_size_px(options.size);
      } else {
        shown.set_size_deg(options.size);
      }
      shown.set_center_x(options.center_x + (column - (options.columns - 1) / 2.0) * options.step);
      shown.set_center_y(options.center_y + ((options.rows - 1) / 2.0 - row) * options.step);
      for (const std::string& unit : options.units) {
        spec.mutable_objective()->add_units()->set_unit(unit);
      }
      // The trains reach as far as the windows do, and a little further.
      *spec.mutable_objective()->mutable_latency_window()->mutable_start() =
          TimeUtil::NanosecondsToDuration(0);
      *spec.mutable_objective()->mutable_latency_window()->mutable_end() =
          TimeUtil::MillisecondsToDuration(static_cast<int64_t>(kToMs));
      *spec.mutable_objective()->mutable_baseline_window()->mutable_start() =
          TimeUtil::MillisecondsToDuration(static_cast<int64_t>(kFromMs));
      *spec.mutable_objective()->mutable_baseline_window()->mutable_end() =
          TimeUtil::NanosecondsToDuration(0);
      spec.set_notes("One position of a mapping run.");
    }
  }
  return specs;
}

UnitMap MapUnit(std::string unit, std::vector<Flash> flashes) {
  UnitMap map;
  map.unit = std::move(unit);
  map.flashes = std::move(flashes);
  const std::vector<Counts> binned = Binned(map.flashes);
  std::map<std::pair<double, double>, std::vector<size_t>> at;
  std::vector<size_t> everywhere;
  for (size_t i = 0; i < map.flashes.size(); ++i) {
    at[{-map.flashes[i].y, map.flashes[i].x}].push_back(i);  // from the top left
    everywhere.push_back(i);
  }
  std::vector<std::vector<size_t>> positions;
  for (const auto& [position, members] : at) positions.push_back(members);
  map.p_value = PValue(binned, positions);
  map.responds = map.p_value < kSignificant;

  // First over all positions, then over those that answer in that window.
  std::vector<size_t> answering = everywhere;
  for (int round = 0; round < 2; ++round) {
    std::tie(map.window_start_ms, map.window_end_ms) = WindowOf(binned, answering);
    map.cells.clear();
    double best = 0;
    for (const auto& [position, members] : at) {
      double spikes = 0, before = 0;
      for (const size_t i : members) {
        spikes += Sum(binned[i], map.window_start_ms, map.window_end_ms);
        before += Sum(binned[i], kFromMs, 0);
      }
      const auto n = static_cast<double>(members.size());
      const double rate =
          1e3 * (spikes / (map.window_end_ms - map.window_start_ms) + before / kFromMs) / n;
      map.cells.push_back(
          {position.second, -position.first, static_cast<int>(members.size()), rate});
      best = std::max(best, rate);
    }
    double weight = 0, x = 0, y = 0;
    answering.clear();
    for (const UnitMap::Cell& cell : map.cells) {
      if (best <= 0 || cell.rate_hz < best / 2) continue;
      weight += cell.rate_hz;
      x += cell.rate_hz * cell.x;
      y += cell.rate_hz * cell.y;
      const std::vector<size_t>& members = at[{-cell.y, cell.x}];
      answering.insert(answering.end(), members.begin(), members.end());
    }
    if (answering.empty()) break;
    map.x = x / weight;
    map.y = y / weight;
  }
  return map;
}

MappingProposal Propose(absl::Span<const UnitMap> maps) {
  MappingProposal proposal;
  double weight = 0;
  std::vector<double> starts, ends;
  for (const UnitMap& map : maps) {
    if (!map.responds) continue;
    proposal.units.push_back(map.unit);
    double best = 0;
    for (const UnitMap::Cell& cell : map.cells) best = std::max(best, cell.rate_hz);
    weight += best;
    proposal.x += best * map.x;
    proposal.y += best * map.y;
    starts.push_back(map.window_start_ms);
    ends.push_back(map.window_end_ms);
  }
  if (proposal.units.empty()) return proposal;
  proposal.x /= weight;
  proposal.y /= weight;
  const auto middle = [](std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  proposal.window_start_ms = middle(starts);
  proposal.window_end_ms = middle(ends);
  return proposal;
}

std::string MappingText(absl::Span<const UnitMap> maps, const MappingProposal& proposal,
                        const MappingOptions& options) {
  const char* unit = options.pixels ? "px" : "deg";
  std::string text;
  for (const UnitMap& map : maps) {
    text += absl::StrFormat("%s: ", map.unit);
    if (!map.responds) {
      text += absl::StrFormat("no response found (p = %.3f)\n", map.p_value);
      continue;
    }
    text +=
        absl::StrFormat("responds (p = %.3f), %g to %g ms, prefers (%.1f, %.1f) %s\n", map.p_value,
                        map.window_start_ms, map.window_end_ms, map.x, map.y, unit);
    // As on the screen; spikes/s over baseline.
    for (size_t i = 0; i < map.cells.size(); ++i) {
      text += absl::StrFormat("%s%8.1f", i % static_cast<size_t>(options.columns) == 0 ? "   " : "",
                              map.cells[i].rate_hz);
      if ((i + 1) % static_cast<size_t>(options.columns) == 0) text += "\n";
    }
  }
  if (proposal.units.empty()) {
    return text + "No unit responds: check electrodes and thresholds, or map a wider grid.\n";
  }
  text += absl::StrFormat(
      "Proposed for the experiment:\n"
      "  presentation { %s: %g center_x: %.2f center_y: %.2f }\n"
      "  objective {\n",
      options.pixels ? "size_px" : "size_deg", options.size, proposal.x, proposal.y);
  for (const std::string& name : proposal.units) {
    text += absl::StrFormat("    units { unit: \"%s\" }\n", name);
  }
  text += absl::StrFormat("    latency_window { start { nanos: %d } end { nanos: %d } }\n  }\n",
                          static_cast<int64_t>(proposal.window_start_ms) * 1'000'000,
                          static_cast<int64_t>(proposal.window_end_ms) * 1'000'000);
  return text;
}

}  // namespace evoke
