#include "server/experiment/warm_start.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "server/experiment/objective.h"
#include "server/experiment/observation.h"
#include "server/experiment/spec.h"
#include "server/latent/latent_proto.h"

namespace evoke {
namespace {

template <typename... Args>
absl::Status Bad(const absl::FormatSpec<Args...>& format, const Args&... args) {
  return absl::InvalidArgumentError(
      absl::StrCat("optimizer.warm_start: ", absl::StrFormat(format, args...)));
}

absl::Status CheckGenerator(const EarlierRecord& record, const v1::Experiment& spec,
                            const Generator& generator) {
  const LatentSpace& space = generator.latent_space();
  const std::string& model = spec.generator().model();
  const v1::GeneratorSpec& earlier = record.experiment.generator();
  if (record.experiment.has_latent_space()) {
    const LatentSpace earlier_space = FromProto(record.experiment.latent_space());
    if (!(earlier_space == space)) {
      return Bad(
          "%s searched a latent space of %d dimensions (of %s), this one is of %d (of %s), or has "
          "other bounds; its points mean nothing here",
          record.source, earlier_space.size(), earlier.model(), space.size(), model);
    }
  }
  if (!earlier.weights_sha256().empty() && earlier.weights_sha256() != generator.weights_sha256()) {
    return Bad(
        "%s used %s with weights %s, this experiment %s with %s: its points are other images",
        record.source, earlier.model(), earlier.weights_sha256(), model,
        generator.weights_sha256());
  }
  for (const auto& [stimulus, point] : record.points) {
    if (absl::Status status = space.Contains(point); !status.ok()) {
      return Bad("%s, stimulus %s, is no point of %s: %s", record.source, stimulus, model,
                 status.message());
    }
  }
  return absl::OkStatus();
}

std::string Text(const v1::ObjectiveSpec::Window& window) {
  return absl::StrCat("[", absl::FormatDuration(FromProto(window.start())), ", ",
                      absl::FormatDuration(FromProto(window.end())), ")");
}

absl::Status CheckWindow(const EarlierRecord& record, const char* field,
                         const v1::ObjectiveSpec::Window& earlier,
                         const v1::ObjectiveSpec::Window& now) {
  if (FromProto(earlier.start()) == FromProto(now.start()) &&
      FromProto(earlier.end()) == FromProto(now.end())) {
    return absl::OkStatus();
  }
  return Bad(
      "%s counted in objective.%s %s, this one counts in %s: the counts don't compare; take "
      "the same window",
      record.source, field, Text(earlier), Text(now));
}

// The objective, with the baseline window only if it is used.
absl::StatusOr<v1::ObjectiveSpec> Scoring(const EarlierRecord& record,
                                          const v1::ObjectiveSpec& now) {
  const v1::ObjectiveSpec& earlier = record.experiment.objective();
  EVOKE_RETURN_IF_ERROR(
      CheckWindow(record, "latency_window", earlier.latency_window(), now.latency_window()));
  v1::ObjectiveSpec scoring = now;
  if (!now.subtract_baseline() && !now.z_score()) {
    scoring.clear_baseline_window();
    return scoring;
  }
  if (!earlier.has_baseline_window()) {
    return Bad("%s counted no baseline, which objective.%s needs", record.source,
               now.z_score() ? "z_score" : "subtract_baseline");
  }
  EVOKE_RETURN_IF_ERROR(
      CheckWindow(record, "baseline_window", earlier.baseline_window(), now.baseline_window()));
  return scoring;
}

// The answers of the scored units alone.
absl::StatusOr<v1::Response> Select(const v1::Response& all, const v1::ObjectiveSpec& scoring) {
  v1::Response selected;
  for (const auto& u : scoring.units()) {
    const auto it = std::find(all.units().begin(), all.units().end(), u.unit());
    if (it == all.units().end()) {
      return Bad(
          "%s was not recorded there, only %d other units, from %s on; take the objective's "
          "units from those",
          u.unit(), all.units_size(), all.units().empty() ? "none" : all.units(0));
    }
    const auto at = static_cast<int>(it - all.units().begin());
    selected.add_units(u.unit());
    if (at < all.spike_counts_size()) selected.add_spike_counts(all.spike_counts(at));
    if (at < all.rates_size()) selected.add_rates(all.rates(at));
    if (scoring.has_baseline_window() && at < all.baseline_counts_size()) {
      selected.add_baseline_counts(all.baseline_counts(at));
    }
  }
  return selected;
}

// Scores all trials by the objective.
absl::StatusOr<Objective> Rescore(EarlierRecord& record, const v1::ObjectiveSpec& now) {
  EVOKE_ASSIGN_OR_RETURN(const v1::ObjectiveSpec scoring, Scoring(record, now));
  for (v1::Trial& trial : record.trials) {
    const absl::StatusOr<v1::Response> selected = Select(trial.response(), scoring);
    absl::Status status = selected.status();
    if (status.ok()) status = CheckResponse(scoring, *selected);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(status.message(), " (", record.source, ", trial ", trial.name(), ")"));
    }
    *trial.mutable_response() = *selected;
    trial.clear_site_scores();
    trial.clear_site();
  }
  Objective objective(scoring);
  if (!objective.ready()) {
    std::vector<const v1::Trial*> first_block;
    for (const v1::Trial& trial : record.trials) {
      if (trial.generation() == record.trials.front().generation()) first_block.push_back(&trial);
    }
    objective.MeasureBaselines(first_block);
  }
  for (v1::Trial& trial : record.trials) objective.ScoreTrial(trial);
  return objective;
}

absl::StatusOr<int> MostPoints(const v1::OptimizerSpec::WarmStart& warm_start, int dimensions) {
  const int fit = std::max(1, kMaxEarlierValues / dimensions);
  if (warm_start.max_points() == 0) return std::min(fit, kDefaultEarlierPoints);
  if (warm_start.max_points() <= fit) return warm_start.max_points();
  return Bad("max_points is %d; of %d dimensions, a record holds %d points",
             warm_start.max_points(), dimensions, fit);
}

}  // namespace

absl::StatusOr<std::vector<v1::EarlierResponse>> FindEarlierResponses(
    const v1::Experiment& spec, const Generator& generator, const EarlierSources& sources) {
  std::vector<v1::EarlierResponse> responses;
  if (!spec.optimizer().has_warm_start()) return responses;
  const v1::OptimizerSpec::WarmStart& warm_start = spec.optimizer().warm_start();
  EVOKE_ASSIGN_OR_RETURN(const int most, MostPoints(warm_start, generator.latent_space().size()));
  EVOKE_ASSIGN_OR_RETURN(EarlierRecord record, ReadEarlierRecord(warm_start, sources));
  if (record.trials.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "optimizer.warm_start: nothing was answered in ", record.source, "; name another"));
  }
  EVOKE_RETURN_IF_ERROR(CheckGenerator(record, spec, generator));
  EVOKE_ASSIGN_OR_RETURN(const Objective objective, Rescore(record, spec.objective()));

  std::map<LatentPoint, std::vector<const v1::Trial*>> trials;
  for (const v1::Trial& trial : record.trials) {
    trials[record.points.at(trial.stimulus())].push_back(&trial);
  }
  // All repeats tell how noisy every answer is, also those before them.
  NoiseModel noise(&objective, 0);
  for (const auto& [point, answers] : trials) noise.Observe(answers);
  for (const auto& [point, answers] : trials) {
    const Observation mean = noise.Estimate(answers);
    v1::EarlierResponse& response = responses.emplace_back();
    *response.mutable_latent() = ToProto(point);
    response.set_score(mean.score);
    response.set_variance(mean.variance);
    response.set_trials(mean.trials);
  }
  std::stable_sort(responses.begin(), responses.end(),
                   [](const auto& a, const auto& b) { return a.score() > b.score(); });
  if (static_cast<int>(responses.size()) > most) responses.resize(most);
  return responses;
}

}  // namespace evoke
