#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/weights_file.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/networks/spiking_conv.h"

namespace evoke {

absl::StatusOr<std::unique_ptr<Network>> LoadNetwork(const std::string& model_dir,
                                                     const std::string& model, int steps) {
  EVOKE_ASSIGN_OR_RETURN(const WeightsFile file, ReadModel(model_dir, model));
  const auto kind = file.metadata.find("evoke.kind");
  if (kind != file.metadata.end() && kind->second == kSpikingConvKind) {
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<SpikingConv> network, SpikingConv::Create(file, steps));
    return network;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file.path, " holds no network",
      kind == file.metadata.end() ? "" : absl::StrCat(" but a model of kind ", kind->second),
      "; name a spiking network"));
}

}  // namespace evoke
