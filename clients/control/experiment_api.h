// The calls that evokectl makes, without gRPC's types.
#ifndef EVOKE_CLIENTS_CONTROL_EXPERIMENT_API_H_
#define EVOKE_CLIENTS_CONTROL_EXPERIMENT_API_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/api/channel.h"
#include "common/image.h"
#include "evoke/v1/client.pb.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/experiment_service.pb.h"

namespace evoke {

// Thread-safe. Connects when it is first used. Each call, and each page of a list, may take
// `timeout`. Errors are the server's, except for UNAVAILABLE (no server there; the message says
// what to do) and DEADLINE_EXCEEDED.
class ExperimentApi {
 public:
  ExperimentApi(const Connection& server, absl::Duration timeout);
  ~ExperimentApi();

  absl::StatusOr<v1::Experiment> Create(const v1::CreateExperimentRequest& request);
  absl::StatusOr<v1::Experiment> Get(const std::string& name);
  absl::StatusOr<std::vector<v1::Experiment>> List();
  absl::StatusOr<std::vector<v1::Client>> ListClients();
  // The first `limit` in the order planned; 0 means all.
  absl::StatusOr<std::vector<v1::Trial>> ListTrials(const std::string& name, int limit);
  absl::StatusOr<v1::Experiment> Pause(const std::string& name, const std::string& reason);
  absl::StatusOr<v1::Experiment> Resume(const std::string& name);
  absl::StatusOr<v1::Experiment> Stop(const std::string& name, const std::string& reason);
  // How many displays were told.
  absl::StatusOr<int> Abort(const std::string& name, const std::string& reason);
  absl::StatusOr<v1::ExperimentEvent> Comment(const std::string& name, const v1::Comment& comment);
  absl::StatusOr<v1::Stimulus> GetStimulus(const std::string& name, bool include_image);
  // DATA_LOSS if what came is no image.
  absl::StatusOr<Image> GetImage(const std::string& stimulus);

  // Reads one stream to its end. `on_event` gets every event; `on_idle` is called about five times
  // a second while none comes. Both run on the caller's thread.
  absl::Status Watch(const v1::WatchExperimentRequest& request,
                     const std::function<void(const v1::ExperimentEvent&)>& on_event,
                     const std::function<void()>& on_idle);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

// The image in a stimulus that was asked for with its image. DATA_LOSS if it is missing or damaged.
absl::StatusOr<Image> ImageOf(const v1::Stimulus& stimulus);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_EXPERIMENT_API_H_
