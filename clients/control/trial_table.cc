#include "clients/control/trial_table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "clients/control/atomic_file.h"
#include "clients/control/csv.h"
#include "clients/control/names.h"
#include "clients/control/spec_file.h"
#include "clients/control/text.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

std::string UtcText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", ToTime(time), absl::UTCTimeZone());
}

// What decides about the columns.
struct Shape {
  std::vector<std::string> units;
  std::vector<std::string> sites;
  bool counts = false;
  bool baseline = false;
  bool rates = false;
  bool rig = false;  // with onsets that a rig recorded
  int dimensions = 0;
};

Shape ShapeOf(const ExperimentRecord& record) {
  Shape shape;
  for (const auto& u : record.experiment().objective().units()) shape.units.push_back(u.unit());
  for (const auto& site : record.experiment().objective().sites()) {
    shape.sites.push_back(site.name());
  }
  shape.baseline = record.experiment().objective().has_baseline_window();
  for (const auto& entry : record.trials()) {
    shape.rates |= entry.trial.response().rates_size() > 0;
    shape.counts |= entry.trial.response().spike_counts_size() > 0;
    shape.rig |= entry.trial.response().has_recorded_onset();
    const v1::Stimulus* stimulus = record.FindStimulus(entry.trial.stimulus());
    if (stimulus != nullptr) {
      shape.dimensions = std::max(shape.dimensions, stimulus->latent().values_size());
    }
  }
  // Before the first answer the columns are those of spikes, as most backends count them.
  shape.counts |= !shape.rates;
  shape.baseline &= shape.counts;
  return shape;
}

std::vector<std::string> Heading(const Shape& shape) {
  std::vector<std::string> heading = {"trial",
                                      "generation",
                                      "kind",
                                      "stimulus",
                                      "source",
                                      "reference",
                                      "discriminator_score",
                                      "repeat",
                                      "state",
                                      "state_reason",
                                      "attempt",
                                      "score"};
  if (!shape.sites.empty()) heading.push_back("site");
  for (const std::string& site : shape.sites) heading.push_back("score:" + site);
  const auto add_units = [&](bool there, const char* prefix) {
    if (!there) return;
    for (const std::string& unit : shape.units) heading.push_back(absl::StrCat(prefix, unit));
  };
  add_units(shape.counts, "spikes:");
  add_units(shape.baseline, "baseline:");
  add_units(shape.rates, "rate:");
  for (const char* column :
       {"onset_session_nanos", "onset_uncertainty_nanos", "onset_local_nanos",
        "offset_session_nanos", "onset_source", "frames", "dropped_frames", "late_frames",
        "light_delay_nanos", "refresh_hz", "outcome", "outcome_reason", "session", "sync_code",
        "display", "backend", "time", "subject", "experimenter"}) {
    heading.push_back(column);
  }
  if (shape.rig) {
    for (const char* column : {"rig_onset_sample", "rig_onset_source",
                               "rig_onset_uncertainty_nanos", "rig_onset_deviation_nanos"}) {
      heading.push_back(column);
    }
  }
  for (int i = 0; i < shape.dimensions; ++i) heading.push_back(absl::StrCat("latent_", i));
  return heading;
}

// A response may list the units in another order than the objective.
template <typename Values, typename Format>
void AddUnitValues(const Shape& shape, const v1::Response& response, const Values& values,
                   Format format, std::vector<std::string>& fields) {
  for (const std::string& unit : shape.units) {
    const auto it = std::find(response.units().begin(), response.units().end(), unit);
    const auto at = static_cast<int>(it - response.units().begin());
    fields.push_back(at < values.size() ? format(values[at]) : "");
  }
}

void AddRecordedOnset(const v1::Response& response, std::vector<std::string>& fields) {
  const v1::RecordedOnset& onset = response.recorded_onset();
  if (!response.has_recorded_onset()) {
    fields.insert(fields.end(), 4, "");
    return;
  }
  fields.push_back(absl::StrCat(onset.sample()));
  fields.push_back(ShortEnum(v1::Presentation::OnsetSource_Name(onset.source()), "ONSET_SOURCE_"));
  fields.push_back(absl::StrCat(onset.uncertainty_nanos()));
  fields.push_back(absl::StrCat(onset.deviation_nanos()));
}

void AddPresentation(const ExperimentRecord::TrialEntry& entry, std::vector<std::string>& fields) {
  const v1::Presentation& p = entry.trial.presentation();
  if (!entry.trial.has_presentation()) {
    fields.insert(fields.end(), 13, "");
    return;
  }
  const auto nanos = [](bool there, int64_t value) { return there ? absl::StrCat(value) : ""; };
  fields.push_back(nanos(p.has_onset(), p.onset().session_nanos()));
  fields.push_back(nanos(p.has_onset(), p.onset().uncertainty_nanos()));
  fields.push_back(nanos(p.has_onset(), p.onset().local_nanos()));
  fields.push_back(nanos(p.has_offset(), p.offset().session_nanos()));
  fields.push_back(
      ShortEnum(v1::Presentation::OnsetSource_Name(p.onset_source()), "ONSET_SOURCE_"));
  fields.push_back(absl::StrCat(p.frames()));
  fields.push_back(absl::StrCat(p.dropped_frames()));
  fields.push_back(absl::StrCat(p.late_frames()));
  fields.push_back(p.light_delay_nanos() != 0 ? absl::StrCat(p.light_delay_nanos()) : "");
  fields.push_back(CsvNumber(p.refresh_hz()));
  fields.push_back(ShortEnum(v1::Presentation::Outcome_Name(p.outcome()), "OUTCOME_"));
  fields.push_back(p.outcome_reason());
  fields.push_back(p.onset().session());
}

std::vector<std::string> Fields(const ExperimentRecord& record, const Shape& shape,
                                const ExperimentRecord::TrialEntry& entry) {
  const v1::Trial& trial = entry.trial;
  const v1::Stimulus* found = record.FindStimulus(trial.stimulus());
  const v1::Stimulus& stimulus = found != nullptr ? *found : v1::Stimulus::default_instance();
  const char* source = stimulus.has_latent()      ? "latent"
                       : stimulus.has_reference() ? "reference"
                       : stimulus.has_blank()     ? "blank"
                                                  : "";
  std::vector<std::string> fields = {
      LastPart(trial.name()),
      absl::StrCat(trial.generation()),
      ShortEnum(v1::Trial::Kind_Name(trial.kind()), "KIND_"),
      LastPart(trial.stimulus()),
      source,
      stimulus.reference(),
      stimulus.has_discriminator_score() ? CsvNumber(stimulus.discriminator_score()) : "",
      absl::StrCat(trial.repeat()),
      ShortEnum(v1::Trial::State_Name(trial.state()), "STATE_"),
      trial.state_reason(),
      absl::StrCat(trial.attempt()),
      trial.has_score() ? CsvNumber(trial.score()) : ""};
  if (!shape.sites.empty()) {
    const auto site = static_cast<size_t>(trial.site());
    fields.push_back(site < shape.sites.size() ? shape.sites[site] : "");
  }
  for (int i = 0; i < static_cast<int>(shape.sites.size()); ++i) {
    fields.push_back(i < trial.site_scores_size() ? CsvNumber(trial.site_scores(i)) : "");
  }
  const v1::Response& response = trial.response();
  const auto whole = [](uint32_t count) { return absl::StrCat(count); };
  if (shape.counts) AddUnitValues(shape, response, response.spike_counts(), whole, fields);
  if (shape.baseline) AddUnitValues(shape, response, response.baseline_counts(), whole, fields);
  if (shape.rates) AddUnitValues(shape, response, response.rates(), CsvNumber, fields);
  AddPresentation(entry, fields);
  fields.push_back(trial.attempt() > 0 ? absl::StrCat(trial.sync_code()) : "");
  fields.push_back(trial.display().empty() ? "" : LastPart(trial.display()));
  fields.push_back(response.backend().empty() ? "" : LastPart(response.backend()));
  fields.push_back(UtcText(entry.time));
  fields.push_back(record.experiment().subject());
  fields.push_back(record.experiment().experimenter());
  if (shape.rig) AddRecordedOnset(response, fields);
  for (int i = 0; i < shape.dimensions; ++i) {
    const auto& values = stimulus.latent().values();
    fields.push_back(i < values.size() ? CsvNumber(values[i]) : "");
  }
  return fields;
}

}  // namespace

std::string TrialTable(const ExperimentRecord& record) {
  const Shape shape = ShapeOf(record);
  std::string table = CsvRecord(Heading(shape));
  for (const auto& entry : record.trials()) table += CsvRecord(Fields(record, shape, entry));
  return table;
}

std::string LogTable(const ExperimentRecord& record) {
  std::string table = CsvRecord({"sequence", "time", "kind", "author", "text"});
  for (const v1::ExperimentEvent& event : record.log()) {
    const std::string sequence = absl::StrCat(event.sequence());
    if (event.has_comment()) {
      table += CsvRecord({sequence, UtcText(event.time()), "comment", event.comment().author(),
                          event.comment().text()});
    } else {
      const v1::Experiment& e = event.experiment();
      const std::string state = ShortEnum(v1::Experiment::State_Name(e.state()), "STATE_");
      table += CsvRecord(
          {sequence, UtcText(event.time()), "state", "",
           e.state_reason().empty() ? state : absl::StrCat(state, ": ", e.state_reason())});
    }
  }
  return table;
}

ExportedFiles ExportedFilesOf(const std::string& csv_path) {
  const std::string stem(absl::StripSuffix(csv_path, ".csv"));
  return {csv_path, stem + ".log.csv", stem + ".spec.textproto"};
}

absl::Status WriteTables(const ExperimentRecord& record, const ExportedFiles& files) {
  EVOKE_RETURN_IF_ERROR(WriteFileAtomically(files.trials, TrialTable(record)));
  EVOKE_RETURN_IF_ERROR(WriteFileAtomically(files.log, LogTable(record)));
  const std::string specification = absl::StrFormat(
      "# The specification of %s, created %s.\n# Run it again: evokectl create NEW-ID %s\n%s",
      record.experiment().name(), UtcText(record.experiment().create_time()),
      LastPart(files.specification), SpecText(record.experiment()));
  return WriteFileAtomically(files.specification, specification);
}

}  // namespace evoke
