// What the operator's tools call.
#ifndef EVOKE_SERVER_SERVICE_EXPERIMENT_SERVICE_H_
#define EVOKE_SERVER_SERVICE_EXPERIMENT_SERVICE_H_

#include <atomic>
#include <functional>
#include <string>

#include "evoke/v1/experiment_service.grpc.pb.h"
#include "server/service/gate.h"
#include "server/service/worker_pool.h"

namespace evoke {

class ExperimentService final : public v1::ExperimentService::CallbackService {
 public:
  // Both must outlive the service. `pool` does what would hold gRPC's threads up.
  ExperimentService(const Gate* gate, WorkerPool* pool) : gate_(gate), pool_(pool) {}

  grpc::ServerUnaryReactor* CreateExperiment(grpc::CallbackServerContext* context,
                                             const v1::CreateExperimentRequest* request,
                                             v1::Experiment* response) override;
  grpc::ServerUnaryReactor* GetExperiment(grpc::CallbackServerContext* context,
                                          const v1::GetExperimentRequest* request,
                                          v1::Experiment* response) override;
  grpc::ServerUnaryReactor* ListExperiments(grpc::CallbackServerContext* context,
                                            const v1::ListExperimentsRequest* request,
                                            v1::ListExperimentsResponse* response) override;
  grpc::ServerUnaryReactor* StopExperiment(grpc::CallbackServerContext* context,
                                           const v1::StopExperimentRequest* request,
                                           v1::Experiment* response) override;
  grpc::ServerUnaryReactor* PauseExperiment(grpc::CallbackServerContext* context,
                                            const v1::PauseExperimentRequest* request,
                                            v1::Experiment* response) override;
  grpc::ServerUnaryReactor* ResumeExperiment(grpc::CallbackServerContext* context,
                                             const v1::ResumeExperimentRequest* request,
                                             v1::Experiment* response) override;
  grpc::ServerUnaryReactor* AbortStimulus(grpc::CallbackServerContext* context,
                                          const v1::AbortStimulusRequest* request,
                                          v1::AbortStimulusResponse* response) override;
  grpc::ServerUnaryReactor* AddComment(grpc::CallbackServerContext* context,
                                       const v1::AddCommentRequest* request,
                                       v1::ExperimentEvent* response) override;
  grpc::ServerWriteReactor<v1::ExperimentEvent>* WatchExperiment(
      grpc::CallbackServerContext* context, const v1::WatchExperimentRequest* request) override;
  grpc::ServerUnaryReactor* ListTrials(grpc::CallbackServerContext* context,
                                       const v1::ListTrialsRequest* request,
                                       v1::ListTrialsResponse* response) override;
  grpc::ServerUnaryReactor* GetStimulus(grpc::CallbackServerContext* context,
                                        const v1::GetStimulusRequest* request,
                                        v1::Stimulus* response) override;

 private:
  grpc::ServerUnaryReactor* ChangeState(grpc::CallbackServerContext* context,
                                        const google::protobuf::Message& request,
                                        const std::string& name, v1::Experiment::State state,
                                        const std::string& reason, v1::Experiment* response);
  // Runs `work` on the pool and finishes with its status. RESOURCE_EXHAUSTED if too much waits.
  grpc::ServerUnaryReactor* OnPool(grpc::CallbackServerContext* context,
                                   const google::protobuf::Message& request,
                                   std::function<absl::Status(ExperimentManager&)> work);

  const Gate* const gate_;
  WorkerPool* const pool_;
  std::atomic<int> watchers_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_EXPERIMENT_SERVICE_H_
