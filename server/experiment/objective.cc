#include "server/experiment/objective.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
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

// Latency window over baseline window.
double WindowRatio(const v1::ObjectiveSpec& spec) {
  return Seconds(spec.latency_window()) / Seconds(spec.baseline_window());
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
  if (has_rates && (objective.subtract_baseline() || objective.z_score())) {
    return Bad("response.rates: can't be used with objective.%s; send counts",
               objective.z_score() ? "z_score" : "subtract_baseline");
  }
  const int baselines = objective.has_baseline_window() && !has_rates ? units : 0;
  if (response.baseline_counts_size() != baselines) {
    return Bad("response.baseline_counts: %d values; expected %d", response.baseline_counts_size(),
               baselines);
  }
  return absl::OkStatus();
}

constexpr double kLargestRate = 1e100;

absl::flat_hash_map<std::string, int> PlaceOfUnit(const v1::Response& response) {
  absl::flat_hash_map<std::string, int> place;
  for (int i = 0; i < response.units_size(); ++i) place.emplace(response.units(i), i);
  return place;
}

}  // namespace

absl::Status CheckResponse(const v1::ObjectiveSpec& objective, const v1::Response& response) {
  EVOKE_RETURN_IF_ERROR(CheckShape(objective, response));
  absl::flat_hash_map<std::string, int> place;
  for (int i = 0; i < response.units_size(); ++i) {
    if (!place.emplace(response.units(i), i).second) {
      return Bad("response.units: %s twice", response.units(i));
    }
  }
  for (const auto& u : objective.units()) {
    const auto it = place.find(u.unit());
    if (it == place.end()) return Bad("response.units: no answer for %s", u.unit());
    // Its square is a number, too: of a population's norm.
    if (response.rates_size() > 0 && !(std::abs(response.rates(it->second)) <= kLargestRate)) {
      return Bad("response.rates: not a number within +-1e100 for %s", u.unit());
    }
  }
  return absl::OkStatus();
}

std::string Objective::SiteName(int site) const {
  return spec_.sites().empty() ? "" : spec_.sites(site).name();
}

void Objective::MeasureBaselines(absl::Span<const v1::Trial* const> trials) {
  struct Sums {
    double count = 0, sum = 0, squares = 0;
  };
  absl::flat_hash_map<std::string, Sums> sums;
  for (const v1::Trial* trial : trials) {
    if (trial->state() != v1::Trial::STATE_SUCCEEDED) continue;
    const v1::Response& response = trial->response();
    for (int i = 0; i < response.units_size(); ++i) {
      Sums& unit = sums[response.units(i)];
      const double count = response.baseline_counts(i);
      unit.count += 1;
      unit.sum += count;
      unit.squares += count * count;  // whole numbers: exact
    }
  }
  const double ratio = WindowRatio(spec_);
  for (const auto& [unit, s] : sums) {
    const double mean = s.sum / s.count;
    double variance = s.count > 1 ? std::max(0.0, (s.squares - s.sum * mean) / (s.count - 1)) : 0;
    // The scale is for good: where most of the block was lost, it is at least that of Poisson
    // counts.
    if (s.count < kTrialsForScale) variance = std::max(variance, mean + 0.5);
    baselines_[unit] = {ratio * mean, std::max(kLeastDeviation, std::sqrt(ratio * variance))};
  }
}

std::vector<Objective::Answer> Objective::Answers(int site, const v1::Response& response) const {
  const auto place = PlaceOfUnit(response);
  const bool has_rates = response.rates_size() > 0;
  std::vector<Answer> answers;
  for (const auto& u : spec_.sites().empty() ? spec_.units() : spec_.sites(site).units()) {
    const int i = place.at(u.unit());
    Answer answer{u.weight(), 0, 0};
    if (has_rates) {
      answer.value = response.rates(i) * Seconds(spec_.latency_window());
    } else {
      answer.value = response.spike_counts(i);
      answer.variance = response.spike_counts(i) + 0.5;
    }
    if (spec_.subtract_baseline()) {
      const double ratio = WindowRatio(spec_);
      answer.value -= response.baseline_counts(i) * Seconds(spec_.latency_window()) /
                      Seconds(spec_.baseline_window());
      answer.variance += ratio * ratio * (response.baseline_counts(i) + 0.5);
    }
    if (spec_.z_score()) {
      const Baseline& baseline = baselines_.at(u.unit());
      answer.value = (answer.value - baseline.mean) / baseline.deviation;
      answer.variance /= baseline.deviation * baseline.deviation;
    }
    answers.push_back(answer);
  }
  return answers;
}

double Objective::Divisor() const {
  const bool rate = spec_.measure() == v1::ObjectiveSpec::MEASURE_FIRING_RATE && !spec_.z_score();
  return rate ? Seconds(spec_.latency_window()) : 1;
}

double Objective::Score(int site, const v1::Response& response) const {
  const bool norm = spec_.combination() == v1::ObjectiveSpec::COMBINATION_NORM;
  double sum = 0;
  for (const Answer& a : Answers(site, response)) {
    sum += norm ? a.weight * a.value * a.value : a.weight * a.value;
  }
  return (norm ? std::sqrt(sum) : sum) / Divisor();
}

double Objective::PoissonVariance(int site, const v1::Response& response) const {
  const std::vector<Answer> answers = Answers(site, response);
  double variance = 0;
  if (spec_.combination() == v1::ObjectiveSpec::COMBINATION_NORM) {
    double square = 0;
    for (const Answer& a : answers) {
      const double expected = a.value * a.value + a.variance;
      square += a.weight * expected;
      variance += a.weight * a.weight * expected * a.variance;
    }
    if (square > 0) variance /= square;
  } else {
    for (const Answer& a : answers) variance += a.weight * a.weight * a.variance;
  }
  return variance / (Divisor() * Divisor());
}

void Objective::ScoreTrial(v1::Trial& trial) const {
  trial.clear_site_scores();
  if (spec_.sites().empty()) {
    trial.set_score(Score(0, trial.response()));
    return;
  }
  for (int site = 0; site < sites(); ++site) {
    trial.add_site_scores(Score(site, trial.response()));
  }
  trial.set_score(trial.site_scores(trial.site()));
}

}  // namespace evoke
