#include "clients/control/experiment_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "clients/control/names.h"
#include "clients/control/text.h"

namespace evoke {
namespace {

constexpr int kUnitsShown = 4;

std::string SearchText(const v1::Experiment& e) {
  std::string text = absl::StrFormat(
      "%s, at most %d candidate trials, each stimulus shown %s", AlgorithmText(e.optimizer()),
      e.optimizer().max_candidate_trials(),
      e.presentation().repeats() == 1 ? "once"
                                      : absl::StrCat(e.presentation().repeats(), " times"));
  if (e.optimizer().max_generations() > 0) {
    absl::StrAppend(&text, ", at most ", e.optimizer().max_generations(), " generations");
  }
  return absl::StrCat(text, "; seed ", e.optimizer().seed());
}

std::string ControlsText(const v1::PresentationSpec& p) {
  std::string text;
  if (p.blanks_per_block() > 0) absl::StrAppend(&text, p.blanks_per_block(), " blanks");
  if (!p.reference_set().empty()) {
    absl::StrAppend(&text, text.empty() ? "" : " and ",
                    p.references_per_block() == 0 ? "all" : absl::StrCat(p.references_per_block()),
                    " pictures of ", Printable(p.reference_set()));
  }
  return text;
}

std::string LatentText(const v1::LatentSpace& space) {
  std::string text;
  for (const auto& d : space.dimensions()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", std::max(1, d.repeat()),
                    d.has_categorical()
                        ? absl::StrCat(" codes of ", d.categorical().levels(), " levels")
                        : absl::StrFormat(" dimensions from %g to %g", d.continuous().lower(),
                                          d.continuous().upper()));
  }
  return text;
}

std::string TimingText(const v1::Experiment& e) {
  const v1::PresentationSpec& p = e.presentation();
  const absl::Duration on = ToDuration(p.on_duration()), off = ToDuration(p.off_duration());
  const absl::Duration between = std::max(off, ToDuration(p.min_inter_trial()));
  const int64_t trials =
      int64_t{e.optimizer().max_candidate_trials()} + 2 * p.confirmation_repeats();
  return absl::StrCat(absl::FormatDuration(on), " on, ", absl::FormatDuration(between),
                      " between; ", ClockText((on + between) * trials), " of showing for ", trials,
                      " trials", ControlsText(p).empty() ? "" : " (without controls)");
}

std::string StartText(const v1::Experiment& e) {
  double sum = 0;
  const v1::StartPoint* worst = &e.start_points(0);
  for (const v1::StartPoint& point : e.start_points()) {
    sum += point.error();
    if (point.error() > worst->error()) worst = &point;
  }
  return absl::StrFormat("%d pictures of %s; mean squared error of their images %.2g, of %s %.2g",
                         e.start_points_size(), Printable(e.optimizer().start_reference_set()),
                         sum / e.start_points_size(), Printable(worst->reference()),
                         worst->error());
}

std::string WindowText(const v1::ObjectiveSpec::Window& window) {
  return absl::StrCat("[", absl::FormatDuration(ToDuration(window.start())), ", ",
                      absl::FormatDuration(ToDuration(window.end())), ")");
}

using WeightedUnits = google::protobuf::RepeatedPtrField<v1::ObjectiveSpec::WeightedUnit>;

std::string UnitsText(const WeightedUnits& units) {
  std::string text;
  for (int i = 0; i < std::min(kUnitsShown, units.size()); ++i) {
    if (i > 0) text += " ";
    const double weight = units[i].has_weight() ? units[i].weight() : 1;
    if (weight != 1) absl::StrAppendFormat(&text, "%+g x ", weight);
    text += Printable(units[i].unit());
  }
  if (units.size() > kUnitsShown) {
    absl::StrAppend(&text, " and ", units.size() - kUnitsShown, " more");
  }
  return text;
}

std::string ObjectiveText(const v1::ObjectiveSpec& o) {
  std::string units = o.sites().empty() ? UnitsText(o.units()) : "";
  for (const auto& site : o.sites()) {
    absl::StrAppend(&units, units.empty() ? "" : "; ", "site ", Printable(site.name()), ": ",
                    UnitsText(site.units()));
  }
  std::string text =
      absl::StrCat(units, ", ", ScoreUnit(o), " in ", WindowText(o.latency_window()));
  if (o.has_baseline_window()) {
    absl::StrAppend(&text, ", baseline in ", WindowText(o.baseline_window()));
  }
  return text;
}

}  // namespace

std::string AlgorithmText(const v1::OptimizerSpec& optimizer) {
  switch (optimizer.algorithm_case()) {
    case v1::OptimizerSpec::kTtCross:
      return "TT-cross";
    case v1::OptimizerSpec::kRandomSearch:
      return "random search";
    case v1::OptimizerSpec::kQuasiRandom:
      return "quasi-random search";
    case v1::OptimizerSpec::kTtSampling:
      return "TT sampling";
    case v1::OptimizerSpec::kGenetic:
      return "genetic algorithm";
    case v1::OptimizerSpec::kFiniteDifference:
      return "finite-difference gradient";
    case v1::OptimizerSpec::kNaturalEvolution:
      return "natural evolution strategy";
    case v1::OptimizerSpec::kCmaEs:
      return "CMA-ES";
    case v1::OptimizerSpec::kOnePlusLambda:
      return "(1 + lambda) evolution strategy";
    case v1::OptimizerSpec::kCodeGenetic:
      return "genetic algorithm on codes";
    case v1::OptimizerSpec::kModelSearch:
    case v1::OptimizerSpec::ALGORITHM_NOT_SET:
      break;
  }
  return "search over a model of the responses";
}

std::string ScoreUnit(const v1::ObjectiveSpec& objective) {
  std::string unit = objective.z_score() ? "standard deviations above baseline"
                     : objective.measure() == v1::ObjectiveSpec::MEASURE_FIRING_RATE
                         ? "spikes/s"
                         : "spikes per trial";
  if (objective.subtract_baseline()) unit += " above baseline";
  const auto weighted = [](const WeightedUnits& units) {
    return std::any_of(units.begin(), units.end(),
                       [](const auto& u) { return u.has_weight() && u.weight() != 1; });
  };
  const bool any = weighted(objective.units()) ||
                   std::any_of(objective.sites().begin(), objective.sites().end(),
                               [&](const auto& site) { return weighted(site.units()); });
  if (any) unit = "weighted " + unit;
  return objective.combination() == v1::ObjectiveSpec::COMBINATION_NORM ? "norm of " + unit : unit;
}

std::string SitesText(absl::Span<const v1::Estimate> best) {
  std::string text;
  for (const v1::Estimate& site : best) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", Printable(site.site()), " ",
                    site.has_latent() ? EstimateText(site.score(), site.standard_error()) : "-");
  }
  return text;
}

std::string ReferenceText(const v1::Progress& progress) {
  if (!progress.has_best_reference()) return "";
  const v1::Estimate& reference = progress.best_reference();
  std::string text = absl::StrCat(LastPart(reference.stimulus()), ", ",
                                  EstimateText(reference.score(), reference.standard_error()));
  if (progress.has_reference_ratio()) {
    absl::StrAppendFormat(&text, "; the best drives %.3g times as strongly",
                          progress.reference_ratio());
  }
  return text;
}

std::string PlanText(const v1::Experiment& e) {
  std::vector<std::vector<std::string>> rows = {{"  search", SearchText(e)}};
  if (e.start_points_size() > 0) rows.push_back({"  begins with", StartText(e)});
  if (e.earlier_responses_size() > 0) {
    const v1::OptimizerSpec::WarmStart& warm = e.optimizer().warm_start();
    rows.push_back(
        {"  knows already",
         absl::StrFormat("%d stimuli of %s, the best of them at %.4g", e.earlier_responses_size(),
                         Printable(warm.file().empty() ? warm.experiment()
                                   : warm.experiment().empty()
                                       ? warm.file()
                                       : absl::StrCat(warm.experiment(), " in ", warm.file())),
                         e.earlier_responses(0).score())});
  }
  if (const std::string controls = ControlsText(e.presentation()); !controls.empty()) {
    rows.push_back({"  controls", absl::StrCat(controls, " in every block")});
  }
  const int repeats = e.presentation().confirmation_repeats();
  rows.push_back(
      {"  confirmation", repeats == 0
                             ? "none (presentation.confirmation_repeats is 0)"
                             : absl::StrCat("the first generation's best and the final stimulus, ",
                                            e.objective().sites().empty() ? "" : "of each site, ",
                                            repeats, " times each")});
  rows.push_back({"  generator",
                  absl::StrCat(Printable(e.generator().model()), e.has_latent_space() ? ": " : "",
                               LatentText(e.latent_space()))});
  rows.push_back({"  timing", TimingText(e)});
  rows.push_back({"  objective", ObjectiveText(e.objective())});
  if (!e.subject().empty()) rows.push_back({"  subject", Printable(e.subject())});
  if (!e.experimenter().empty()) rows.push_back({"  experimenter", Printable(e.experimenter())});
  if (!e.notes().empty()) rows.push_back({"  notes", Printable(e.notes())});
  return AlignColumns(rows);
}

}  // namespace evoke
