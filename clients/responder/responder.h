// The response loop: takes presentations, gets the spikes, counts them, reports.
#ifndef EVOKE_CLIENTS_RESPONDER_RESPONDER_H_
#define EVOKE_CLIENTS_RESPONDER_RESPONDER_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clients/responder/spike_counting.h"
#include "evoke/v1/response_service.pb.h"

namespace evoke {

// Where presentations come from. clients/api has the one that listens to the server.
class PresentationSource {
 public:
  virtual ~PresentationSource() = default;
  // Waits for the first, then takes what else is there, up to `most`. Empty once the source has
  // ended in good order; an error if it can't go on.
  virtual absl::StatusOr<std::vector<v1::PresentationNotice>> Next(int most) = 0;
};

// Where responses go.
class ReportSink {
 public:
  virtual ~ReportSink() = default;
  // Takes charge of the report; waits while the queue to the server is full.
  virtual void Report(v1::ReportResponseRequest report) = 0;
};

// What answers to a stimulus: a simulated network or a recording rig.
class SpikeSource {
 public:
  virtual ~SpikeSource() = default;
  // For each presentation, the spikes of the units of its objective, in nanoseconds from the onset,
  // or why there are none: the server is told, and the trial is shown again.
  virtual std::vector<absl::StatusOr<std::vector<UnitSpikes>>> Spikes(
      absl::Span<const v1::PresentationNotice> presentations) = 0;
};

// Until the source ends: OK, or its error. `backend` is clients/{client}. `batch` bounds the
// presentations that are handed to `spikes` at once. Used by one thread.
absl::Status Respond(PresentationSource& source, SpikeSource& spikes, ReportSink& sink,
                     const std::string& backend, int batch = 32);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RESPONDER_RESPONDER_H_
