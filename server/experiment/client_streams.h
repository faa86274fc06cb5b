// The displays and backends that are connected with one experiment.
#ifndef EVOKE_SERVER_EXPERIMENT_CLIENT_STREAMS_H_
#define EVOKE_SERVER_EXPERIMENT_CLIENT_STREAMS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "evoke/v1/display_service.pb.h"
#include "evoke/v1/experiment.pb.h"
#include "evoke/v1/response_service.pb.h"
#include "server/experiment/client_registry.h"

namespace evoke {

// A connected display or backend, as the service made it. `send` must not block and may be called
// until the stream was detached.
struct DisplayStream {
  std::string display;  // clients/{client}
  int prefetch = 4;
  std::function<void(v1::TrialLease)> send;
};
struct BackendStream {
  std::string backend;    // clients/{client}
  bool observer = false;  // is told of every presentation as it is reported, and never answers
  std::function<void(v1::PresentationNotice)> send;
};

// Not thread-safe.
class ClientStreams {
 public:
  // `clients`, which says who is alive and what it can do, must outlive the streams.
  explicit ClientStreams(const ClientRegistry* clients) : clients_(clients) {}

  // A client has one stream: what an older one would be sent is lost.
  void Add(std::shared_ptr<const DisplayStream> stream);
  void Add(std::shared_ptr<const BackendStream> stream);
  // By its address. Returns whether a backend's was removed (not an observer's).
  bool Remove(const void* stream);

  const std::vector<std::shared_ptr<const DisplayStream>>& displays() const { return displays_; }
  const std::vector<std::shared_ptr<const BackendStream>>& observers() const { return observers_; }
  // The first backend that is ready and answers for all units; nullptr if there is none.
  const BackendStream* ChosenBackend(const v1::ObjectiveSpec& objective) const;
  // What keeps the experiment from going on, for people, and of which kind it is; empty if nothing.
  std::string Missing(const v1::ObjectiveSpec& objective, v1::Experiment::PauseCause* cause) const;

 private:
  const ClientRegistry* const clients_;
  std::vector<std::shared_ptr<const DisplayStream>> displays_;  // shared with the service's stream
  std::vector<std::shared_ptr<const BackendStream>> backends_;
  std::vector<std::shared_ptr<const BackendStream>> observers_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_CLIENT_STREAMS_H_
