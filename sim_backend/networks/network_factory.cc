#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/weights_file.h"
#include "sim_backend/networks/architecture.h"
#include "sim_backend/networks/engine/spiking_network.h"
#include "sim_backend/networks/layered_weights.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/networks/network_manifest.h"
#include "sim_backend/networks/torch_network.h"
#include "sim_backend/networks/torch_script_network.h"

namespace evoke {
namespace {

constexpr char kWeights[] = ".safetensors";
constexpr char kManifest[] = ".textproto";

absl::StatusOr<std::unique_ptr<Network>> FromManifest(const std::string& path,
                                                      const std::string& module, int steps) {
  EVOKE_ASSIGN_OR_RETURN(const v1::NetworkManifest manifest, ReadNetworkManifest(path));
  EVOKE_ASSIGN_OR_RETURN(std::string sha256, Sha256OfFile(path));
  EVOKE_ASSIGN_OR_RETURN(
      std::unique_ptr<Network> network,
      TorchScriptNetwork::Create(module, manifest.torch_script(), std::move(sha256), steps));
  return network;
}

absl::Status CheckDirect(const std::string& path, const NetworkOptions& options) {
  if (options.encoding == InputEncoding::kDirect) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": only spiking networks, which have steps, take input as spikes; encode it directly"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Network>> LoadNetwork(const std::string& model_dir,
                                                     const std::string& model,
                                                     const NetworkOptions& options) {
  const std::filesystem::path base = std::filesystem::path(model_dir) / model;
  const std::string manifest = base.string() + kManifest;
  std::error_code error;
  const bool plain = !model.empty() && model.front() != '.' && model.find('/') == std::string::npos;
  if (plain && !std::filesystem::exists(base.string() + kWeights, error) &&
      std::filesystem::exists(manifest, error)) {
    EVOKE_RETURN_IF_ERROR(CheckDirect(manifest, options));
    return FromManifest(manifest, base.string() + ".pt", options.steps);
  }
  EVOKE_ASSIGN_OR_RETURN(const WeightsFile file, ReadModel(model_dir, model));
  const auto kind = file.metadata.find("evoke.kind");
  if (kind != file.metadata.end() && kind->second == kLayeredNetworkKind) {
    EVOKE_ASSIGN_OR_RETURN(const Architecture architecture, ReadLayeredNetwork(file));
    if (architecture.neurons == NeuronModel::kLif) {
      EVOKE_ASSIGN_OR_RETURN(
          std::unique_ptr<SpikingNetwork> network,
          SpikingNetwork::Create(file, {.steps = options.steps, .encoding = options.encoding}));
      return network;
    }
    EVOKE_RETURN_IF_ERROR(CheckDirect(file.path, options));
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<TorchNetwork> network,
                           TorchNetwork::Create(file, {.steps = options.steps}));
    return network;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file.path, " holds no network",
      kind == file.metadata.end() ? "" : absl::StrCat(" but a model of kind ", kind->second),
      "; name a network"));
}

}  // namespace evoke
