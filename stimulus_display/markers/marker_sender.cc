#include "stimulus_display/markers/marker_sender.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr absl::Duration kRound = absl::Milliseconds(100);

}  // namespace

MarkerSender::MarkerSender(std::vector<std::unique_ptr<MarkerPort>> markers,
                           EventQueue<MarkerEvent>* events, const Clock* clock,
                           std::function<void(const LoggedMarker&)> log)
    : markers_(std::move(markers)),
      events_(events),
      clock_(clock),
      log_(std::move(log)),
      failing_(markers_.size(), false),
      thread_([this] { Loop(); }) {}

MarkerSender::~MarkerSender() {
  stopping_ = true;
  thread_.join();
}

void MarkerSender::Announce(uint64_t request_id, const std::string& trial) {
  MutexLock lock(&mutex_);
  trials_[request_id] = trial;
}

void MarkerSender::Loop() {
  while (true) {
    const bool last = stopping_;  // asked before: what comes with the stop is still sent
    const std::optional<MarkerEvent> event = events_->Take(kRound);
    if (event) {
      Send(*event);
    } else if (last) {
      return;
    }
  }
}

std::string MarkerSender::TrialOf(const MarkerEvent& event) {
  MutexLock lock(&mutex_);
  const auto it = trials_.find(event.request_id);
  std::string trial = it == trials_.end() ? "" : it->second;
  // With it go those before it that were never shown.
  if (event.kind == MarkerEvent::Kind::kOffset) {
    trials_.erase(trials_.begin(), trials_.upper_bound(event.request_id));
  }
  return trial;
}

void MarkerSender::Send(const MarkerEvent& event) {
  Mark mark;
  mark.onset = event.kind == MarkerEvent::Kind::kOnset;
  mark.trial = TrialOf(event);
  mark.sync_code = event.sync_code;
  mark.stamp_nanos = event.stamp_nanos;
  for (size_t port = 0; port < markers_.size(); ++port) {
    if (!mark.onset && !markers_[port]->marks_offsets()) continue;
    const absl::Status status = markers_[port]->Send(mark);
    LoggedMarker logged;
    logged.sent_nanos = clock_->MonotonicNanos();
    logged.stimulus = event.request_id;
    logged.stamp_nanos = event.stamp_nanos;
    logged.known_nanos = event.posted_nanos;
    logged.sync_code = event.sync_code;
    logged.offset = mark.onset ? 0 : 1;
    logged.port = static_cast<uint8_t>(port);
    logged.failed = status.ok() ? 0 : 1;
    if (log_) log_(logged);
    if (!status.ok() && !failing_[port]) spdlog::error("{}", std::string(status.message()));
    failing_[port] = !status.ok();
  }
}

std::string MarkerNames(const std::vector<std::unique_ptr<MarkerPort>>& markers) {
  std::string names;
  for (size_t i = 0; i < markers.size(); ++i) {
    absl::StrAppend(&names, i > 0 ? ", " : "", i, " ", markers[i]->name());
  }
  return names;
}

}  // namespace evoke
