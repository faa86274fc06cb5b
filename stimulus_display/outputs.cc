#include "stimulus_display/outputs.h"

#include <utility>

#include "absl/strings/str_replace.h"
#include "common/status_macros.h"
#include "spdlog/spdlog.h"
#include "stimulus_display/markers/serial_marker.h"
#include "stimulus_display/markers/udp_marker.h"

namespace evoke {
namespace {

// A new port or protocol is one line here, and an option in outputs_command_line.cc.
absl::StatusOr<std::vector<std::unique_ptr<MarkerPort>>> OpenMarkers(const OutputOptions& options) {
  std::vector<std::unique_ptr<MarkerPort>> markers;
  for (const std::string& device : options.marker_serial) {
    EVOKE_ASSIGN_OR_RETURN(markers.emplace_back(), SerialMarker::Open(device));
  }
  for (const std::string& address : options.marker_udp) {
    EVOKE_ASSIGN_OR_RETURN(markers.emplace_back(), UdpMarker::Open(address));
  }
  return markers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Outputs>> Outputs::Open(const OutputOptions& options,
                                                       const std::string& name,
                                                       const ScreenInfo& screen,
                                                       const std::string& settings,
                                                       const Clock* clock) {
  auto outputs = std::make_unique<Outputs>();
  EVOKE_ASSIGN_OR_RETURN(std::vector<std::unique_ptr<MarkerPort>> markers, OpenMarkers(options));
  if (options.timing_log.empty() && markers.empty()) return outputs;
  outputs->queues_ = std::make_unique<TimingQueues>();
  if (!options.timing_log.empty()) {
    TimingSettings all = {{"display", name}};
    for (auto& setting : DescribeDisplay(screen)) all.push_back(std::move(setting));
    all.emplace_back("markers", MarkerNames(markers));
    all.emplace_back("settings", absl::StrReplaceAll(settings, {{"\n", "; "}}));
    EVOKE_ASSIGN_OR_RETURN(outputs->log_, TimingLogWriter::Open(options.timing_log, name, all,
                                                                outputs->queues_.get()));
    spdlog::info("timing log: {}", outputs->log_->path());
  }
  // Also without markers: the log would count their events as lost.
  outputs->markers_ =
      std::make_unique<MarkerSender>(std::move(markers), &outputs->queues_->markers, clock,
                                     [log = outputs->log_.get()](const LoggedMarker& marker) {
                                       if (log != nullptr) log->AddMarker(marker);
                                     });
  return outputs;
}

void Outputs::Connect(DisplayLoopOptions* loop) {
  loop->timing_log = log_.get();
  if (markers_ == nullptr) return;
  loop->announce = [this](uint64_t id, const std::string& trial) { markers_->Announce(id, trial); };
}

}  // namespace evoke
