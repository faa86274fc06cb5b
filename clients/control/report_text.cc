#include "clients/control/report_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/control/event_text.h"
#include "clients/control/experiment_text.h"
#include "clients/control/text.h"
#include "nlohmann/json.hpp"

namespace evoke {
namespace {

using nlohmann::json;

std::string MeanText(const MeanWithError& score) {
  return score.n < 2 ? absl::StrFormat("%.3g", score.mean)
                     : EstimateText(score.mean, score.standard_error);
}

std::string TestText(const MeanWithError& a, const MeanWithError& b) {
  const auto test = CompareMeans(a, b);
  if (!test)
    return absl::StrFormat("difference %.3g (too few or equal values for a test)", b.mean - a.mean);
  return absl::StrFormat("difference %s, Welch's t(%.1f) = %.2f, p = %.2g",
                         EstimateText(test->difference, test->standard_error),
                         test->degrees_of_freedom, test->t, test->p);
}

std::string CountText(const MeanWithError& a, const MeanWithError& b) {
  return a.n == b.n ? absl::StrFormat("(n = %d each)", a.n)
                    : absl::StrFormat("(n = %d and %d)", a.n, b.n);
}

// The line that says whether the search helped.
std::string OutcomeText(const ReportData& data) {
  const std::string unit = ScoreUnit(data.experiment.objective());
  if (data.first_confirmed && data.final_confirmed && data.first_stimulus != data.final_stimulus) {
    const MeanWithError &first = data.first_confirmed->score, &last = data.final_confirmed->score;
    return absl::StrFormat("first generation's best %s -> final %s %s, %s\n%s\n", MeanText(first),
                           MeanText(last), CountText(first, last), unit, TestText(first, last));
  }
  if (data.final_confirmed && data.first_stimulus == data.final_stimulus) {
    return absl::StrFormat("the final stimulus is the first generation's best: %s (n = %d), %s\n",
                           MeanText(data.final_confirmed->score), data.final_confirmed->score.n,
                           unit);
  }
  if (!data.final_estimate) return "no generation is completed yet\n";
  std::string text;
  if (!data.generations.empty() && data.generations.front().recommendation) {
    const v1::Estimate& first = *data.generations.front().recommendation;
    text = absl::StrFormat("estimate after the first generation %s -> ",
                           EstimateText(first.score(), first.standard_error()));
  }
  return absl::StrFormat(
      "%slatest %s, %s (estimated during the search, not measured anew)\n", text,
      EstimateText(data.final_estimate->score(), data.final_estimate->standard_error()), unit);
}

std::string AgainstText(const ReportData& data, const ReportData& against) {
  std::string text = absl::StrCat(
      "against ", against.experiment.name(), " (", AlgorithmText(against.experiment.optimizer()),
      ", ", against.candidate_trials, " candidate trials, ", StateText(against.experiment), "): ");
  if (data.final_confirmed && against.final_confirmed) {
    const MeanWithError &theirs = against.final_confirmed->score,
                        &ours = data.final_confirmed->score;
    absl::StrAppendFormat(&text, "its final %s -> ours %s %s; %s\n", MeanText(theirs),
                          MeanText(ours), CountText(theirs, ours), TestText(theirs, ours));
  } else if (against.final_estimate) {
    absl::StrAppendFormat(
        &text, "its latest estimate %s\n",
        EstimateText(against.final_estimate->score(), against.final_estimate->standard_error()));
  } else {
    absl::StrAppend(&text, "no generation is completed yet\n");
  }
  if (ScoreUnit(data.experiment.objective()) != ScoreUnit(against.experiment.objective())) {
    absl::StrAppend(&text, "careful: it scores in ", ScoreUnit(against.experiment.objective()),
                    "\n");
  }
  if (against.candidate_trials != data.candidate_trials) {
    absl::StrAppend(&text, "careful: the budgets used differ (", data.candidate_trials, " and ",
                    against.candidate_trials, " candidate trials)\n");
  }
  return text;
}

json ConfirmedJson(const std::optional<Confirmed>& confirmed) {
  if (!confirmed) return nullptr;
  return {{"stimulus", confirmed->stimulus},
          {"mean", confirmed->score.mean},
          {"standard_error", confirmed->score.standard_error},
          {"n", confirmed->score.n}};
}

json TestJson(const std::optional<Confirmed>& a, const std::optional<Confirmed>& b) {
  if (!a || !b) return nullptr;
  const auto test = CompareMeans(a->score, b->score);
  if (!test) return nullptr;
  return {{"difference", test->difference},
          {"standard_error", test->standard_error},
          {"t", test->t},
          {"degrees_of_freedom", test->degrees_of_freedom},
          {"p", test->p}};
}

json EstimateJson(const std::optional<v1::Estimate>& estimate) {
  if (!estimate) return nullptr;
  return {{"stimulus", estimate->stimulus()},
          {"score", estimate->score()},
          {"standard_error", estimate->standard_error()}};
}

json SitesJson(const v1::Progress& progress) {
  json sites = json::array();
  for (const v1::Estimate& best : progress.site_best()) {
    sites.push_back({{"site", best.site()},
                     {"stimulus", best.stimulus()},
                     {"score", best.score()},
                     {"standard_error", best.standard_error()}});
  }
  return sites;
}

json DataJson(const ReportData& data) {
  const v1::Progress& progress = data.experiment.progress();
  return {{"experiment", data.experiment.name()},
          {"state", v1::Experiment::State_Name(data.experiment.state())},
          {"algorithm", AlgorithmText(data.experiment.optimizer())},
          {"unit", ScoreUnit(data.experiment.objective())},
          {"candidate_trials", data.candidate_trials},
          {"generations", data.generations.size()},
          {"infeasible_trials", data.infeasible_trials},
          {"first_stimulus", data.first_stimulus},
          {"final_stimulus", data.final_stimulus},
          {"final_estimate", EstimateJson(data.final_estimate)},
          {"best_reference",
           progress.has_best_reference() ? EstimateJson(progress.best_reference()) : json(nullptr)},
          {"reference_ratio",
           progress.has_reference_ratio() ? json(progress.reference_ratio()) : json(nullptr)},
          {"sites", SitesJson(progress)},
          {"first_confirmed", ConfirmedJson(data.first_confirmed)},
          {"final_confirmed", ConfirmedJson(data.final_confirmed)},
          {"final_minus_first", data.first_stimulus == data.final_stimulus
                                    ? json(nullptr)
                                    : TestJson(data.first_confirmed, data.final_confirmed)}};
}

}  // namespace

std::string SummaryText(const ReportData& data, const ReportData* against) {
  const v1::Experiment& e = data.experiment;
  std::string text = absl::StrFormat(
      "%s: %s\n%s, %d of %d candidate trials, %d generations%s\n", e.name(), StateText(e),
      AlgorithmText(e.optimizer()), data.candidate_trials, e.optimizer().max_candidate_trials(),
      data.generations.size(),
      data.infeasible_trials > 0 ? absl::StrFormat(", %d trials given up", data.infeasible_trials)
                                 : "");
  text += OutcomeText(data);
  if (!data.first_stimulus.empty()) {
    absl::StrAppend(&text, "first generation's best: ", data.first_stimulus, "\n");
  }
  if (!data.final_stimulus.empty()) absl::StrAppend(&text, "final: ", data.final_stimulus, "\n");
  if (const std::string reference = ReferenceText(e.progress()); !reference.empty()) {
    absl::StrAppend(&text, "best reference: ", reference, "\n");
  }
  for (const v1::Estimate& site : e.progress().site_best()) {
    absl::StrAppend(&text, "site ", SitesText({site}), site.stimulus().empty() ? "" : ": ",
                    site.stimulus(), "\n");
  }
  if (against != nullptr) text += AgainstText(data, *against);
  return text;
}

std::string SummaryJson(const ReportData& data, const ReportData* against,
                        const std::vector<std::string>& files,
                        const std::vector<std::string>& left_out) {
  json summary = DataJson(data);
  if (against != nullptr) {
    summary["against"] = DataJson(*against);
    summary["final_minus_against"] = TestJson(against->final_confirmed, data.final_confirmed);
  }
  summary["files"] = files;
  summary["left_out"] = left_out;
  return summary.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace evoke
