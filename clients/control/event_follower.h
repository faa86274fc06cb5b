// The events of an experiment over connections that may break.
#ifndef EVOKE_CLIENTS_CONTROL_EVENT_FOLLOWER_H_
#define EVOKE_CLIENTS_CONTROL_EVENT_FOLLOWER_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/control/experiment_api.h"
#include "clients/control/experiment_record.h"
#include "evoke/v1/experiment_service.pb.h"

namespace evoke {

struct FollowHooks {
  using OnEvent = std::function<void(const v1::ExperimentEvent&)>;

  // Reads one stream to its end; ExperimentApi::Watch outside tests.
  std::function<absl::Status(const v1::WatchExperimentRequest&, const OnEvent&)> read_stream;
  // Each event once, in order.
  OnEvent on_event;
  // The connection broke and is tried again. Once for each break.
  std::function<void(const absl::Status&)> on_broken;
  std::function<void(absl::Duration)> wait;
};

// Reads the events behind `request.after_sequence` to the end of the stream: OK. A stream that
// breaks is opened again behind the last event that came. Other errors, and every error before the
// first event, are returned. `most_tries` streams in a row without any event end it too; 0: never.
absl::Status FollowEvents(v1::WatchExperimentRequest request, const FollowHooks& hooks,
                          int most_tries);

// The whole record as it is now.
absl::StatusOr<ExperimentRecord> ReadRecord(ExperimentApi& api, const std::string& name);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_EVENT_FOLLOWER_H_
