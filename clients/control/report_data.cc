#include "clients/control/report_data.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "clients/control/experiment_text.h"
#include "clients/control/names.h"

namespace evoke {
namespace {

GenerationResult ResultOf(const v1::Generation& completed) {
  GenerationResult result;
  result.number = completed.number();
  result.presentations = completed.progress().candidate_trials_done();
  result.best_stimulus = completed.best_stimulus();
  result.best_score = completed.best_score();
  if (completed.has_recommendation()) result.recommendation = completed.recommendation();
  return result;
}

std::optional<Confirmed> ConfirmedOf(const std::map<std::string, std::vector<double>>& scores,
                                     const std::string& stimulus) {
  const auto it = scores.find(stimulus);
  if (it == scores.end() || it->second.empty()) return std::nullopt;
  return Confirmed{stimulus, MeanOf(it->second)};
}

}  // namespace

ReportData DeriveReport(const ExperimentRecord& record) {
  ReportData data;
  data.experiment = record.experiment();
  for (const auto& generation : record.generations()) {
    if (generation.completed.state() != v1::Generation::STATE_COMPLETED ||
        generation.completed.kind() != v1::Generation::KIND_SEARCH) {
      continue;
    }
    data.generations.push_back(ResultOf(generation.completed));
    if (data.first_stimulus.empty()) data.first_stimulus = generation.completed.best_stimulus();
    if (generation.completed.has_recommendation()) {
      data.final_estimate = generation.completed.recommendation();
      data.final_stimulus = data.final_estimate->stimulus();
    }
  }
  std::map<std::string, std::vector<double>> confirmation;  // scores by stimulus
  for (const auto& [trial, time] : record.trials()) {
    const bool lost = trial.state() == v1::Trial::STATE_INFEASIBLE;
    const bool scored = trial.state() == v1::Trial::STATE_SUCCEEDED;
    data.infeasible_trials += lost;
    data.candidate_trials += (lost || scored) && trial.kind() == v1::Trial::KIND_CANDIDATE;
    if (trial.kind() != v1::Trial::KIND_CONFIRMATION) continue;
    std::vector<double>& scores = confirmation[trial.stimulus()];
    if (scored) scores.push_back(trial.score());
    // A recommended point that the search had never shown gets its name in the confirmation.
    if (data.final_stimulus.empty() && trial.stimulus() != data.first_stimulus) {
      data.final_stimulus = trial.stimulus();
    }
  }
  data.first_confirmed = ConfirmedOf(confirmation, data.first_stimulus);
  data.final_confirmed = ConfirmedOf(confirmation, data.final_stimulus);
  return data;
}

std::vector<size_t> ThinOut(size_t count, size_t most) {
  std::vector<size_t> chosen;
  const size_t kept = std::min(count, most);
  for (size_t i = 0; i < kept; ++i) {
    // Rounded to the nearest, so that the last is count - 1.
    chosen.push_back(kept == 1 ? 0 : (i * (count - 1) + (kept - 1) / 2) / (kept - 1));
  }
  return chosen;
}

std::string ReportLabel(const v1::Experiment& experiment) {
  return absl::StrCat(LastPart(experiment.name()), " (", AlgorithmText(experiment.optimizer()),
                      ")");
}

}  // namespace evoke
