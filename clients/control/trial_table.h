// The tables that `evokectl export` writes.
#ifndef EVOKE_CLIENTS_CONTROL_TRIAL_TABLE_H_
#define EVOKE_CLIENTS_CONTROL_TRIAL_TABLE_H_

#include <string>

#include "absl/status/status.h"
#include "clients/control/experiment_record.h"

namespace evoke {

// CSV: a heading, then one record for each trial in the order planned, with its latest state and
// its stimulus. Fields without a value are empty. Columns:
//   trial, generation, kind, stimulus, source (latent, reference, blank), reference (file name),
//   discriminator_score (of latent points, where the generator has a discriminator: how natural it
//   finds the image that the generator made, before image constraints),
//   repeat, state, state_reason, attempt, score,
//   with sites: site (that proposed the stimulus, whose score `score` is), score:SITE of each,
//   spikes:UNIT and, with a baseline window, baseline:UNIT for each unit of the objective,
//   rate:UNIT for each unit (spikes per second) if the backend answered with rates,
//   onset_session_nanos, onset_uncertainty_nanos, onset_local_nanos, offset_session_nanos,
//   onset_source, frames, dropped_frames, late_frames, light_delay_nanos (is contained in onset and
//   offset; empty: not measured), refresh_hz, outcome, outcome_reason, session, sync_code,
//   display, backend, time (UTC, of the trial's latest event), subject, experimenter,
//   latent_0, latent_1, ...
// session_nanos count from the start of the server's run that `session` names. A trial that is not
// scored may hold the presentation of its last attempt.
std::string TrialTable(const ExperimentRecord& record);

// CSV of what people did and said: sequence, time (UTC), kind (comment, state), author, text.
std::string LogTable(const ExperimentRecord& record);

struct ExportedFiles {
  std::string trials;         // trials.csv
  std::string log;            // trials.log.csv: LogTable()
  std::string specification;  // trials.spec.textproto: can be created again
};

// The files that belong to the table at `csv_path`.
ExportedFiles ExportedFilesOf(const std::string& csv_path);

// Each of them in one step. FAILED_PRECONDITION if one can't be written.
absl::Status WriteTables(const ExperimentRecord& record, const ExportedFiles& files);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_TRIAL_TABLE_H_
