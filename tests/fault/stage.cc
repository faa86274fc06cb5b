#include "tests/fault/stage.h"

#include <chrono>
#include <filesystem>
#include <utility>

#include "clients/api/channel.h"
#include "common/status_macros.h"
#include "evoke/v1/experiment_service.grpc.pb.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/client_context.h"

namespace evoke {
namespace {

constexpr char kId[] = "fault";
constexpr char kName[] = "experiments/fault";
constexpr int kDiskMegabytes = 16;
// A run without a fault takes a second or two; absences are noticed after seconds.
constexpr absl::Duration kRunLimit = absl::Seconds(60);

// The cheapest of everything. Attempts and dropped frames know no limit: no trial may be given up,
// since the recommendation would then rest on others.
constexpr char kSpec[] = R"pb(
  optimizer {
    seed: 3
    max_candidate_trials: 24
    random_search { batch_size: 8 }
  }
  generator { model: "gabor" }
  presentation {
    on_duration { nanos: 5000000 }
    max_attempts: 1000
    max_dropped_frames: 100000
    blanks_per_block: 1
    confirmation_repeats: 2
  }
  objective {
    units { unit: "class/2" }
    latency_window {
      start { nanos: 50000000 }
      end { nanos: 150000000 }
    }
  }
)pb";

}  // namespace

absl::StatusOr<std::unique_ptr<Stage>> Stage::SetUp(Scenery scenery, const StageOptions& options) {
  std::unique_ptr<Stage> stage(new Stage(scenery));
  std::filesystem::remove_all(options.folder);
  std::filesystem::create_directories(options.folder);
  ProgramsOptions programs;
  programs.bin_dir = options.bin_dir;
  programs.folder = options.folder;
  programs.x_display = options.x_display;
  std::string ledger_folder = options.folder;
  if (scenery == Scenery::kSmallDisk) {
    EVOKE_ASSIGN_OR_RETURN(stage->disk_,
                           SmallDisk::Mount(options.folder + "/disk", kDiskMegabytes));
    ledger_folder = stage->disk_->path();
  }
  if (scenery == Scenery::kLink) {
    EVOKE_ASSIGN_OR_RETURN(stage->link_, Link::Make());
    programs.host = stage->link_->server_host();
    programs.client_prefix = stage->link_->client_prefix();
  }
  stage->ledger_ = ledger_folder + "/ledger.db";
  programs.ledger = stage->ledger_;
  stage->programs_ = std::make_unique<Programs>(std::move(programs));
  return stage;
}

absl::Status Stage::Connect() {
  if (scenery_ == Scenery::kProxies) {
    for (auto* link : {&display_link_, &backend_link_, &watch_link_}) {
      EVOKE_ASSIGN_OR_RETURN(*link, TcpProxy::Start(programs_->server_port()));
    }
    programs_->SetAddress(Program::kDisplay, display_link_->address());
    programs_->SetAddress(Program::kBackend, backend_link_->address());
  }
  if (scenery_ == Scenery::kRelay) {
    EVOKE_ASSIGN_OR_RETURN(relay_, Relay::Start(programs_->server_address()));
    programs_->SetAddress(Program::kDisplay, relay_->address());
    programs_->SetAddress(Program::kBackend, relay_->address());
  }
  return absl::OkStatus();
}

absl::Status Stage::Begin() {
  EVOKE_RETURN_IF_ERROR(programs_->Start(Program::kServer));
  EVOKE_RETURN_IF_ERROR(Connect());
  EVOKE_RETURN_IF_ERROR(programs_->Start(Program::kDisplay));
  EVOKE_RETURN_IF_ERROR(programs_->Start(Program::kBackend));
  v1::CreateExperimentRequest request;
  request.set_experiment_id(kId);
  if (!google::protobuf::TextFormat::ParseFromString(kSpec, request.mutable_experiment())) {
    return absl::InternalError("the experiment's specification is not one");
  }
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  v1::Experiment response;
  EVOKE_RETURN_IF_ERROR(
      FromGrpc(v1::ExperimentService::NewStub(OpenChannel(programs_->server_address()))
                   ->CreateExperiment(&context, request, &response)));
  watch_ = std::make_unique<Watch>(
      watch_link_ != nullptr ? watch_link_->address() : programs_->server_address(), kName);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::ExperimentEvent>> Stage::Finish() {
  EVOKE_RETURN_IF_ERROR(watch_->WaitSucceeded(kRunLimit));
  EVOKE_RETURN_IF_ERROR(programs_->CheckRunning());
  EVOKE_RETURN_IF_ERROR(programs_->End(Program::kDisplay));
  EVOKE_RETURN_IF_ERROR(programs_->End(Program::kBackend));
  EVOKE_RETURN_IF_ERROR(programs_->End(Program::kServer));
  return ReadLedger(ledger_, kName);
}

std::vector<Acknowledgement> Stage::Acknowledgements() const {
  std::vector<Acknowledgement> all;
  for (const auto& [program, path] : programs_->logs()) {
    if (program == Program::kServer) continue;
    const std::vector<Acknowledgement> some =
        ReadAcknowledgements(path, /*responses=*/program == Program::kBackend);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace evoke
