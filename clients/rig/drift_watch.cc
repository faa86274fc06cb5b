#include "clients/rig/drift_watch.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "common/resource_name.h"

namespace evoke {
namespace {

// Responses to each picture that are compared, first and latest.
constexpr size_t kResponses = 5;
// Of all pictures together.
constexpr size_t kEnough = 15;
// Looked at after every presentation for hours: so far out that chance does not get there.
constexpr double kFarZ = 5;
constexpr double kGoneZ = 2.5;
constexpr double kLeastChange = 0.2;
constexpr size_t kMostExperiments = 256;
constexpr size_t kMostPictures = 1024;

double Mean(const auto& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Of the mean: the sample's variance, at least that of a Poisson count.
double VarianceOfMean(const auto& values, double mean) {
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const auto n = static_cast<double>(values.size());
  return std::max({squares / (n - 1), mean, 0.5}) / n;
}

}  // namespace

std::string DriftWatch::Add(const AnsweredPresentation& answer, absl::Time now) {
  const v1::Trial& trial = answer.notice.trial();
  if (trial.kind() != v1::Trial::KIND_REFERENCE || !answer.response.failure().empty()) return "";
  const auto name = ParseTrialName(trial.name());
  if (!name.ok()) return "";
  if (experiments_.size() >= kMostExperiments && !experiments_.contains(name->experiment)) {
    experiments_.clear();  // long past
  }
  Experiment& experiment = experiments_[name->experiment];
  if (experiment.pictures.empty()) experiment.since = now;
  if (experiment.pictures.size() >= kMostPictures) return "";
  Picture& picture = experiment.pictures[trial.stimulus()];
  const auto& counts = answer.response.spike_counts();
  const double count = std::accumulate(counts.begin(), counts.end(), 0.0);
  if (picture.first.size() < kResponses) {
    picture.first.push_back(count);
    return "";
  }
  picture.latest.push_back(count);
  if (picture.latest.size() > kResponses) picture.latest.pop_front();

  double before = 0, after = 0, variance = 0;
  size_t responses = 0;
  for (const auto& [stimulus, p] : experiment.pictures) {
    if (p.latest.size() < 3) continue;
    const double first = Mean(p.first), latest = Mean(p.latest);
    before += first;
    after += latest;
    // Under no drift both have the same variance; pooling keeps a lucky quiet few from deciding.
    const double pooled =
        std::max(VarianceOfMean(p.first, first) * static_cast<double>(p.first.size()),
                 VarianceOfMean(p.latest, latest) * static_cast<double>(p.latest.size()));
    variance += pooled / static_cast<double>(p.first.size()) +
                pooled / static_cast<double>(p.latest.size());
    responses += p.latest.size();
  }
  if (responses < kEnough || variance <= 0) return "";
  const double z = (after - before) / std::sqrt(variance);
  const double change = before > 0 ? (after - before) / before : after > 0 ? 1.0 : 0.0;
  if (std::abs(z) < kGoneZ) experiment.warned = 0;
  const int direction = z > 0 ? 1 : -1;
  if (std::abs(z) < kFarZ || std::abs(change) < kLeastChange || experiment.warned == direction) {
    return "";
  }
  experiment.warned = direction;
  return absl::StrFormat(
      "%s: the response to reference images %s by %.0f %% since %s (z = %.1f, the latest %d "
      "responses): has the electrode moved, or the animal tired?",
      name->experiment, z > 0 ? "rose" : "fell", 100 * std::abs(change),
      absl::FormatTime("%H:%M", experiment.since, absl::LocalTimeZone()), z, responses);
}

}  // namespace evoke
