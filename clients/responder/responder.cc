#include "clients/responder/responder.h"

#include <utility>

#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {

absl::Status Respond(PresentationSource& source, SpikeSource& spikes, ReportSink& sink,
                     const std::string& backend, int batch) {
  while (true) {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<v1::PresentationNotice> notices, source.Next(batch));
    if (notices.empty()) return absl::OkStatus();
    std::vector<absl::StatusOr<std::vector<UnitSpikes>>> answers = spikes.Spikes(notices);
    for (size_t i = 0; i < notices.size(); ++i) {
      const v1::Trial& trial = notices[i].trial();
      absl::StatusOr<v1::Response> response =
          answers[i].ok() ? CountResponse(notices[i].objective(), *std::move(answers[i]))
                          : absl::StatusOr<v1::Response>(answers[i].status());
      if (!response.ok()) {
        const std::string why(response.status().message());
        spdlog::error("{} attempt {}: not answered: {}", trial.name(), trial.attempt(), why);
        response = v1::Response();
        response->set_failure(why);
      }
      response->set_backend(backend);
      v1::ReportResponseRequest report;
      report.set_trial(trial.name());
      report.set_attempt(trial.attempt());
      *report.mutable_response() = *std::move(response);
      sink.Report(std::move(report));
    }
  }
}

}  // namespace evoke
