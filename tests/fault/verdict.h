// What a run with a fault has to show: nothing acknowledged was lost, nothing counted twice, and
// the same came out.
#ifndef EVOKE_TESTS_FAULT_VERDICT_H_
#define EVOKE_TESTS_FAULT_VERDICT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/report.pb.h"

namespace evoke {

// A report that a client was told of that it is recorded.
struct Acknowledgement {
  std::string trial;
  int attempt = 0;
  bool response = false;  // else a presentation
  v1::ReportResult::Disposition disposition = v1::ReportResult::DISPOSITION_UNSPECIFIED;
};

// From a client's log at level debug (ReportQueue writes a line for each).
std::vector<Acknowledgement> ReadAcknowledgements(const std::string& log_path, bool responses);

// Every event of the experiment, from the ledger's file once no server has it open. Checks every
// record; errors as those of Ledger.
absl::StatusOr<std::vector<v1::ExperimentEvent>> ReadLedger(const std::string& path,
                                                            const std::string& experiment);

struct Verdict {
  // One line each, for people. A run is well if all are empty.
  std::vector<std::string> lost, doubled, diverged;
  bool ok() const { return lost.empty() && doubled.empty() && diverged.empty(); }
};

// `whole`: the events of the run without a fault. `told`: what a watcher was streamed meanwhile,
// which had to be durable by then. Two runs are equal if their trials have the same stimulus,
// repeat and answer, and their recommendations agree; stamps, attempts and clients don't count.
Verdict Judge(absl::Span<const v1::ExperimentEvent> events,
              absl::Span<const v1::ExperimentEvent> whole,
              absl::Span<const Acknowledgement> acknowledged,
              absl::Span<const v1::ExperimentEvent> told);

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_VERDICT_H_
