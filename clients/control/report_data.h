// The figures of an experiment's report as numbers, derived from its record.
#ifndef EVOKE_CLIENTS_CONTROL_REPORT_DATA_H_
#define EVOKE_CLIENTS_CONTROL_REPORT_DATA_H_

#include <optional>
#include <string>
#include <vector>

#include "clients/control/experiment_record.h"
#include "clients/control/statistics.h"

namespace evoke {

// One completed generation of the search.
struct GenerationResult {
  int number = 0;
  int presentations = 0;  // of candidates that ended, from the start
  // The candidate with the highest observed score; empty if every one of them was lost.
  std::string best_stimulus;
  double best_score = 0;
  // The recommendation after it: an estimate, not the luckiest trial.
  std::optional<v1::Estimate> recommendation;
};

// What the confirmation trials say of one stimulus.
struct Confirmed {
  std::string stimulus;
  MeanWithError score;
};

struct ReportData {
  v1::Experiment experiment;
  std::vector<GenerationResult> generations;
  // The stimulus that the search ended with; empty before the first completed generation. Its name
  // may have no image yet if it was never shown.
  std::string final_stimulus;
  std::optional<v1::Estimate> final_estimate;  // of the search, before the confirmation
  std::string first_stimulus;                  // the first generation's best
  // From the confirmation trials answered so far.
  std::optional<Confirmed> first_confirmed;
  std::optional<Confirmed> final_confirmed;
  int candidate_trials = 0;   // scored or infeasible
  int infeasible_trials = 0;  // of every kind
};

ReportData DeriveReport(const ExperimentRecord& record);

// Indices of at most `most` (at least 2) of `count` things: evenly spread, with the first and the
// last.
std::vector<size_t> ThinOut(size_t count, size_t most);

// "demo (TT-cross)": the experiment in legends.
std::string ReportLabel(const v1::Experiment& experiment);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_REPORT_DATA_H_
