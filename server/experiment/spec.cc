#include "server/experiment/spec.h"

#include <cmath>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/constraints_spec.h"
#include "server/optimizer/optimizer_spec.h"

namespace evoke {
namespace {

constexpr int kMaxCandidateTrials = 1'000'000;
constexpr absl::Duration kMaxShow = absl::Minutes(1);
constexpr size_t kMaxText = 65536;

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
  EVOKE_RETURN_IF_ERROR(InRange("presentation.repeats", p.repeats(), 0, 1000));
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

absl::Status ValidateObjective(const v1::ObjectiveSpec& o) {
  if (o.units().empty()) {
    return Bad(
        "objective.units: missing; name at least one, for example units { unit: \"class/3\" }");
  }
  EVOKE_RETURN_IF_ERROR(InRange("objective.units (their number)", o.units_size(), 1, 10000));
  std::set<std::string> seen;
  bool any_weight = false;
  for (const auto& u : o.units()) {
    if (u.unit().empty() || u.unit().size() > 256) {
      return Bad("objective.units: a unit's name has %d characters; allowed are 1 to 256",
                 u.unit().size());
    }
    if (!seen.insert(u.unit()).second) return Bad("objective.units: %s is named twice", u.unit());
    if (u.has_weight() && !std::isfinite(u.weight())) {
      return Bad("objective.units: the weight of %s is not a number", u.unit());
    }
    any_weight |= !u.has_weight() || u.weight() != 0;
  }
  if (!any_weight) return Bad("objective.units: every weight is 0; nothing would be maximised");
  if (!o.has_latency_window()) {
    return Bad(
        "objective.latency_window: missing; say where spikes are counted, for example "
        "latency_window { end { nanos: 200000000 } }");
  }
  EVOKE_RETURN_IF_ERROR(ValidateWindow("objective.latency_window", o.latency_window()));
  if (o.has_baseline_window()) {
    EVOKE_RETURN_IF_ERROR(ValidateWindow("objective.baseline_window", o.baseline_window()));
  } else if (o.subtract_baseline()) {
    return Bad("objective.subtract_baseline: needs objective.baseline_window");
  }
  return absl::OkStatus();
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
  for (auto& u : *spec.mutable_objective()->mutable_units()) {
    if (!u.has_weight()) u.set_weight(1);
  }
  if (spec.objective().measure() == v1::ObjectiveSpec::MEASURE_UNSPECIFIED) {
    spec.mutable_objective()->set_measure(v1::ObjectiveSpec::MEASURE_SPIKE_COUNT);
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
