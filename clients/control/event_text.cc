#include "clients/control/event_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/control/experiment_text.h"
#include "clients/control/names.h"
#include "clients/control/text.h"

namespace evoke {
namespace {

std::string GenerationText(const v1::Generation& generation, const ProgressNow& progress) {
  if (generation.state() == v1::Generation::STATE_PLANNED) {
    if (generation.kind() != v1::Generation::KIND_CONFIRMATION) return "";
    return absl::StrFormat("search over; confirming with %d trials", generation.trials_size());
  }
  const char* what =
      generation.kind() == v1::Generation::KIND_CONFIRMATION ? "confirmed" : "generation";
  std::string text =
      absl::StrFormat("%s %d: mean %.3g", what, generation.number(), generation.mean_score());
  if (!generation.best_stimulus().empty()) {
    absl::StrAppendFormat(&text, ", highest %.3g (stimulus %s)", generation.best_score(),
                          LastPart(generation.best_stimulus()));
  }
  return absl::StrCat(text, " | ", ProgressText(progress));
}

}  // namespace

std::string StateText(const v1::Experiment& experiment) {
  const std::string state = ShortEnum(v1::Experiment::State_Name(experiment.state()), "STATE_");
  if (experiment.state_reason().empty()) return state;
  return absl::StrCat(state, ": ", Printable(experiment.state_reason()));
}

std::string ProgressText(const ProgressNow& progress) {
  std::string text =
      absl::StrFormat("%d/%d trials  gen %d", progress.done, progress.budget, progress.generation);
  if (progress.confirming) {
    absl::StrAppendFormat(&text, "  confirming %d/%d", progress.confirmation_done,
                          progress.confirmation_planned);
  }
  if (!progress.site_best.empty()) {
    absl::StrAppend(&text, "  best ", SitesText(progress.site_best));
  } else if (progress.best) {
    absl::StrAppend(&text, "  best ",
                    EstimateText(progress.best->score(), progress.best->standard_error()));
  }
  if (progress.reference_ratio) {
    absl::StrAppendFormat(&text, ", %.3g x best reference", *progress.reference_ratio);
  }
  if (progress.rate) absl::StrAppendFormat(&text, "  %.1f/s", *progress.rate);
  if (progress.left) absl::StrAppend(&text, "  ", ClockText(*progress.left), " left");
  return text;
}

std::string EventLine(const v1::ExperimentEvent& event, const ProgressNow& progress) {
  std::string text;
  switch (event.event_case()) {
    case v1::ExperimentEvent::kExperiment:
      text = event.sequence() == 1 ? "created" : StateText(event.experiment());
      break;
    case v1::ExperimentEvent::kGeneration:
      text = GenerationText(event.generation(), progress);
      break;
    case v1::ExperimentEvent::kComment:
      text = absl::StrCat("comment", event.comment().author().empty() ? "" : " by ",
                          Printable(event.comment().author()), ": ",
                          Printable(event.comment().text()));
      break;
    default:
      break;
  }
  if (text.empty()) return "";
  return absl::StrCat(LocalTimeText(event.time()), "  ", text);
}

}  // namespace evoke
