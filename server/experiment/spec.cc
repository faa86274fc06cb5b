#include "server/experiment/spec.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/constraints_spec.h"
#include "server/experiment/limits.h"
#include "server/optimizer/optimizer_spec.h"

namespace evoke {
namespace {

template <typename... Args>
absl::Status Bad(const absl::FormatSpec<Args...>& format, const Args&... args) {
  return absl::InvalidArgumentError(absl::StrFormat(format, args...));
}

// A protobuf duration may hold any two numbers; this one is checked.
absl::StatusOr<absl::Duration> Checked(absl::string_view field,
                                       const google::protobuf::Duration& d) {
  constexpr int64_t kYear = 366 * 24 * 3600;
  if (std::abs(d.seconds()) > kYear || std::abs(d.nanos()) > 999'999'999 ||
      (d.seconds() > 0 && d.nanos() < 0) || (d.seconds() < 0 && d.nanos() > 0)) {
    return Bad("%s: not a duration (%d s, %d ns)", field, d.seconds(), d.nanos());
  }
  return FromProto(d);
}

absl::Status InRange(absl::string_view field, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return Bad("%s: %d; allowed are %d to %d", field, value, low, high);
}

absl::Status ValidateShow(absl::string_view field, const google::protobuf::Duration& d,
                          absl::Duration least) {
  EVOKE_ASSIGN_OR_RETURN(const absl::Duration value, Checked(field, d));
  if (value >= least && value <= kMaxShow) return absl::OkStatus();
  return Bad("%s: %s; allowed are %s to %s", field, absl::FormatDuration(value),
             absl::FormatDuration(least), absl::FormatDuration(kMaxShow));
}

absl::Status ValidateTimingLimits(const v1::TimingLimits& t) {
  for (const auto& [field, share] : {std::pair{"max_late_share", t.max_late_share()},
                                     std::pair{"max_missed_share", t.max_missed_share()}}) {
    if (share >= 0 && share <= 1) continue;
    return Bad("presentation.timing_limits.%s: %g; allowed are 0 to 1", field, share);
  }
  constexpr char kOnsetSd[] = "presentation.timing_limits.max_onset_sd";
  EVOKE_ASSIGN_OR_RETURN(const absl::Duration sd, Checked(kOnsetSd, t.max_onset_sd()));
  if (t.has_max_onset_sd() && (sd <= absl::ZeroDuration() || sd > absl::Seconds(1))) {
    return Bad("%s: %s; allowed are 1ns to 1s", kOnsetSd, absl::FormatDuration(sd));
  }
  const double ppm = t.max_refresh_deviation_ppm();
  if (ppm >= 0 && ppm <= 1e6) return absl::OkStatus();
  return Bad("presentation.timing_limits.max_refresh_deviation_ppm: %g; allowed are 0 to 1000000",
             ppm);
}

absl::Status ValidatePresentation(const v1::PresentationSpec& p) {
  if (!p.has_on_duration()) {
    return Bad(
        "presentation.on_duration: missing; say how long a stimulus is shown, for example "
        "on_duration { nanos: 100000000 }");
  }
  EVOKE_RETURN_IF_ERROR(
      ValidateShow("presentation.on_duration", p.on_duration(), absl::Milliseconds(1)));
  EVOKE_RETURN_IF_ERROR(
      ValidateShow("presentation.off_duration", p.off_duration(), absl::ZeroDuration()));
  EVOKE_RETURN_IF_ERROR(
      ValidateShow("presentation.min_inter_trial", p.min_inter_trial(), absl::ZeroDuration()));
  EVOKE_RETURN_IF_ERROR(InRange("presentation.repeats", p.repeats(), 0, kMaxRepeats));
  EVOKE_RETURN_IF_ERROR(InRange("presentation.max_attempts", p.max_attempts(), 0, 1000));
  EVOKE_RETURN_IF_ERROR(
      InRange("presentation.max_dropped_frames", p.max_dropped_frames(), 0, 1'000'000));
  EVOKE_RETURN_IF_ERROR(InRange("presentation.blanks_per_block", p.blanks_per_block(), 0, 1000));
  EVOKE_RETURN_IF_ERROR(
      InRange("presentation.references_per_block", p.references_per_block(), 0, 10000));
  EVOKE_RETURN_IF_ERROR(
      InRange("presentation.confirmation_repeats", p.confirmation_repeats(), 0, 10000));
  if (!p.reference_set().empty()) {
    EVOKE_RETURN_IF_ERROR(ValidatePlainName("presentation.reference_set", p.reference_set()));
  } else if (p.references_per_block() > 0) {
    return Bad("presentation.references_per_block: %d, but presentation.reference_set is not set",
               p.references_per_block());
  }
  if (p.has_size_px() && !(p.size_px() >= 1 && p.size_px() <= 16384)) {
    return Bad("presentation.size_px: %g; allowed are 1 to 16384", p.size_px());
  }
  if (p.has_size_deg() && !(p.size_deg() > 0 && p.size_deg() <= 180)) {
    return Bad("presentation.size_deg: %g; allowed are 0 to 180", p.size_deg());
  }
  for (const auto& [field, value] :
       {std::pair{"center_x", p.center_x()}, std::pair{"center_y", p.center_y()}}) {
    if (!std::isfinite(value)) return Bad("presentation.%s: not a number", field);
    if (value != 0 && p.size_case() == v1::PresentationSpec::SIZE_NOT_SET) {
      return Bad("presentation.%s: needs size_px or size_deg, whose unit it takes", field);
    }
  }
  EVOKE_RETURN_IF_ERROR(InRange("presentation.background", p.background(), 0, 255));
  EVOKE_RETURN_IF_ERROR(ValidateTimingLimits(p.timing_limits()));
  return ImageConstraintsOf(p).status();
}

absl::Status ValidateWindow(const std::string& field, const v1::ObjectiveSpec::Window& window) {
  EVOKE_ASSIGN_OR_RETURN(const absl::Duration start, Checked(field + ".start", window.start()));
  EVOKE_ASSIGN_OR_RETURN(const absl::Duration end, Checked(field + ".end", window.end()));
  if (end <= start) {
    return Bad("%s: ends at %s, not after its start at %s", field, absl::FormatDuration(end),
               absl::FormatDuration(start));
  }
  if (start < -kMaxShow || end > kMaxShow) {
    return Bad("%s: reaches more than %s from the onset", field, absl::FormatDuration(kMaxShow));
  }
  return absl::OkStatus();
}

// `field` names the list of units in messages.
absl::Status ValidateUnits(
    const std::string& field, const v1::ObjectiveSpec& o,
    const google::protobuf::RepeatedPtrField<v1::ObjectiveSpec::WeightedUnit>& units) {
  if (units.empty()) {
    return Bad("%s: missing; name at least one, for example units { unit: \"class/3\" }", field);
  }
  EVOKE_RETURN_IF_ERROR(InRange(field + " (their number)", units.size(), 1, kMaxObjectiveUnits));
  const bool norm = o.combination() == v1::ObjectiveSpec::COMBINATION_NORM;
  std::set<std::string> seen;
  bool any_weight = false;
  for (const auto& u : units) {
    if (u.unit().empty() || u.unit().size() > kMaxUnitName) {
      return Bad("%s: a unit's name has %d characters; allowed are 1 to 256", field,
                 u.unit().size());
    }
    if (!seen.insert(u.unit()).second) return Bad("%s: %s is named twice", field, u.unit());
    if (u.has_weight() && !std::isfinite(u.weight())) {
      return Bad("%s: the weight of %s is not a number", field, u.unit());
    }
    if (norm && u.weight() < 0) {
      return Bad(
          "%s: the weight of %s is %g; a norm takes none below 0 (COMBINATION_WEIGHTED_SUM "
          "spares units)",
          field, u.unit(), u.weight());
    }
    any_weight |= !u.has_weight() || u.weight() != 0;
  }
  if (!any_weight) return Bad("%s: every weight is 0; nothing would be maximised", field);
  return absl::OkStatus();
}

// All units that a backend has to answer for, in the order in which the sites name them.
std::vector<std::string> UnitsOfSites(const v1::ObjectiveSpec& o) {
  std::vector<std::string> units;
  std::set<std::string> seen;
  for (const auto& site : o.sites()) {
    for (const auto& u : site.units()) {
      if (seen.insert(u.unit()).second) units.push_back(u.unit());
    }
  }
  return units;
}

absl::Status ValidateSites(const v1::ObjectiveSpec& o) {
  EVOKE_RETURN_IF_ERROR(InRange("objective.sites (their number)", o.sites_size(), 1, kMaxSites));
  std::set<std::string> names;
  for (const auto& site : o.sites()) {
    EVOKE_RETURN_IF_ERROR(ValidateId("objective.sites.name", site.name()));
    if (!names.insert(site.name()).second) {
      return Bad("objective.sites: %s is there twice", site.name());
    }
    EVOKE_RETURN_IF_ERROR(
        ValidateUnits(absl::StrCat("objective.sites.units of ", site.name()), o, site.units()));
  }
  const std::vector<std::string> all = UnitsOfSites(o);
  EVOKE_RETURN_IF_ERROR(InRange("objective.sites.units (of all sites together)",
                                static_cast<int64_t>(all.size()), 1, kMaxObjectiveUnits));
  if (o.units().empty()) return absl::OkStatus();
  // A specification that was recorded, or read back, has them filled in.
  const bool same = std::equal(o.units().begin(), o.units().end(), all.begin(), all.end(),
                               [](const auto& u, const std::string& unit) {
                                 return u.unit() == unit && (!u.has_weight() || u.weight() == 1);
                               });
  if (same) return absl::OkStatus();
  return Bad("objective.units: leave it out where there are objective.sites, which name theirs");
}

absl::Status ValidateObjective(const v1::ObjectiveSpec& o) {
  EVOKE_RETURN_IF_ERROR(o.sites().empty() ? ValidateUnits("objective.units", o, o.units())
                                          : ValidateSites(o));
  if (!o.has_latency_window()) {
    return Bad(
        "objective.latency_window: missing; say where spikes are counted, for example "
        "latency_window { end { nanos: 200000000 } }");
  }
  EVOKE_RETURN_IF_ERROR(ValidateWindow("objective.latency_window", o.latency_window()));
  if (o.has_baseline_window()) {
    EVOKE_RETURN_IF_ERROR(ValidateWindow("objective.baseline_window", o.baseline_window()));
  } else if (o.subtract_baseline() || o.z_score()) {
    return Bad("objective.%s: needs objective.baseline_window",
               o.z_score() ? "z_score" : "subtract_baseline");
  }
  if (o.z_score() && o.subtract_baseline()) {
    return Bad(
        "objective.z_score: takes the mean baseline off already; leave out subtract_baseline");
  }
  return absl::OkStatus();
}

absl::Status ValidateWarmStart(const v1::OptimizerSpec::WarmStart& w) {
  if (!w.file().empty()) {
    EVOKE_RETURN_IF_ERROR(ValidatePlainName("optimizer.warm_start.file", w.file()));
  }
  const bool table = absl::EndsWith(w.file(), ".csv");
  if (!table && !w.file().empty() && !absl::EndsWith(w.file(), ".db")) {
    return Bad("optimizer.warm_start.file: %s; name a ledger (*.db) or an exported table (*.csv)",
               w.file());
  }
  if (table && !w.experiment().empty()) {
    return Bad("optimizer.warm_start.experiment: leave it out, %s holds a single experiment",
               w.file());
  }
  if (!table && !ParseExperimentName(w.experiment()).ok()) {
    return Bad(
        "optimizer.warm_start.experiment: '%s'; name one of the ledger's, for example "
        "experiments/monday",
        w.experiment());
  }
  return InRange("optimizer.warm_start.max_points", w.max_points(), 0, kMaxEarlierPoints);
}

absl::Status ValidateOptimizer(const v1::OptimizerSpec& o) {
  if (o.max_candidate_trials() == 0) {
    return Bad("optimizer.max_candidate_trials: missing; it is the budget of the search");
  }
  EVOKE_RETURN_IF_ERROR(
      InRange("optimizer.max_candidate_trials", o.max_candidate_trials(), 1, kMaxCandidateTrials));
  EVOKE_RETURN_IF_ERROR(
      InRange("optimizer.max_generations", o.max_generations(), 0, kMaxCandidateTrials));
  if (!o.start_reference_set().empty()) {
    EVOKE_RETURN_IF_ERROR(
        ValidatePlainName("optimizer.start_reference_set", o.start_reference_set()));
  }
  if (o.has_warm_start()) EVOKE_RETURN_IF_ERROR(ValidateWarmStart(o.warm_start()));
  EVOKE_RETURN_IF_ERROR(
      InRange("optimizer.stop.plateau_trials", o.stop().plateau_trials(), 0, kMaxCandidateTrials));
  if (!std::isfinite(o.stop().target_score())) {
    return Bad("optimizer.stop.target_score: not a number");
  }
  if (!(o.replicate_share() >= 0 && o.replicate_share() <= 0.5)) {
    return Bad("optimizer.replicate_share: %g; allowed are 0 to 0.5", o.replicate_share());
  }
  return OptimizerOptionsOf(o).status();
}

}  // namespace

absl::Status ValidateSpec(const v1::Experiment& spec) {
  if (!spec.has_optimizer())
    return Bad(
        "optimizer: missing; for example optimizer { max_candidate_trials: 500 tt_cross {} }");
  EVOKE_RETURN_IF_ERROR(ValidateOptimizer(spec.optimizer()));
  EVOKE_RETURN_IF_ERROR(ValidatePlainName("generator.model", spec.generator().model()));
  EVOKE_RETURN_IF_ERROR(ValidatePresentation(spec.presentation()));
  EVOKE_RETURN_IF_ERROR(ValidateObjective(spec.objective()));
  if (spec.optimizer().has_warm_start() && !spec.objective().sites().empty()) {
    return Bad(
        "optimizer.warm_start: not with objective.sites; begin each site's search in an experiment "
        "of its own, or leave warm_start out");
  }
  const int64_t repeats = std::max(1, spec.presentation().repeats());
  if (repeats > spec.optimizer().max_candidate_trials()) {
    return Bad(
        "optimizer.max_candidate_trials: %d, but one candidate takes presentation.repeats = %d",
        spec.optimizer().max_candidate_trials(), repeats);
  }
  for (const auto& [field, text] :
       {std::pair{"subject", &spec.subject()}, std::pair{"experimenter", &spec.experimenter()},
        std::pair{"notes", &spec.notes()}}) {
    if (text->size() > kMaxText) {
      return Bad("%s: %d bytes; at most %d", field, text->size(), kMaxText);
    }
  }
  return absl::OkStatus();
}

v1::Experiment WithDefaults(v1::Experiment spec) {
  v1::PresentationSpec& p = *spec.mutable_presentation();
  if (p.repeats() == 0) p.set_repeats(1);
  if (p.max_attempts() == 0) p.set_max_attempts(3);
  if (!p.has_background()) p.set_background(128);
  v1::ObjectiveSpec& o = *spec.mutable_objective();
  for (auto& site : *o.mutable_sites()) {
    for (auto& u : *site.mutable_units()) {
      if (!u.has_weight()) u.set_weight(1);
    }
  }
  // So that backends, displays of what is recorded and exports find all units in one place.
  if (o.units().empty()) {
    for (const std::string& unit : UnitsOfSites(o)) o.add_units()->set_unit(unit);
  }
  for (auto& u : *o.mutable_units()) {
    if (!u.has_weight()) u.set_weight(1);
  }
  if (o.measure() == v1::ObjectiveSpec::MEASURE_UNSPECIFIED) {
    o.set_measure(v1::ObjectiveSpec::MEASURE_SPIKE_COUNT);
  }
  return spec;
}

absl::Duration FromProto(const google::protobuf::Duration& d) {
  return absl::Seconds(d.seconds()) + absl::Nanoseconds(d.nanos());
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  proto.set_seconds(absl::ToUnixSeconds(time));
  proto.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(proto.seconds()))));
  return proto;
}

}  // namespace evoke
