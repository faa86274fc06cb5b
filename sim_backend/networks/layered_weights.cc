#include "sim_backend/networks/layered_weights.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Checks that arrays are as the architecture says, and remembers which.
class Checker {
 public:
  Checker(const WeightsFile& file, const Architecture& architecture)
      : file_(file), architecture_(architecture) {}

  absl::Status Check() {
    for (int l = 0; l < static_cast<int>(architecture_.layers.size()); ++l) {
      for (int b = 0; b < static_cast<int>(architecture_.layers[l].branches.size()); ++b) {
        EVOKE_RETURN_IF_ERROR(CheckBranch(l, b));
      }
    }
    for (const auto& [name, tensor] : file_.tensors) {
      if (known_.count(name) == 0) {
        return absl::DataLossError(absl::StrCat(file_.path, ": has weights ", name,
                                                ", which belong to no layer of its architecture"));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CheckBranch(int layer, int index) {
    const Branch& branch = architecture_.layers[layer].branches[index];
    const std::string prefix = architecture_.prefix(layer, index);
    const int64_t channels = architecture_.layers[layer].channels;
    const int64_t inputs = architecture_.inputs(branch);
    if (branch.map == Branch::Map::kConvolution) {
      EVOKE_RETURN_IF_ERROR(
          CheckTensor(prefix + ".weight", {channels, inputs, branch.kernel, branch.kernel})
              .status());
    } else if (branch.map == Branch::Map::kLinear) {
      EVOKE_RETURN_IF_ERROR(CheckTensor(prefix + ".weight", {channels, inputs}).status());
    }
    if (branch.bias) EVOKE_RETURN_IF_ERROR(CheckTensor(prefix + ".bias", {channels}).status());
    if (!branch.norm) return absl::OkStatus();
    for (const char* part : {".norm.weight", ".norm.bias", ".norm.running_mean"}) {
      EVOKE_RETURN_IF_ERROR(CheckTensor(prefix + part, {channels}).status());
    }
    EVOKE_ASSIGN_OR_RETURN(const WeightTensor* variance,
                           CheckTensor(prefix + ".norm.running_var", {channels}));
    for (const float value : variance->values) {
      if (!(value >= 0 && value + architecture_.norm_epsilon > 0)) {
        return absl::DataLossError(absl::StrCat(file_.path, ": ", prefix,
                                                ".norm.running_var holds ", value,
                                                "; a variance is positive"));
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<const WeightTensor*> CheckTensor(const std::string& name,
                                                  const std::vector<int64_t>& shape) {
    known_.insert(name);
    EVOKE_ASSIGN_OR_RETURN(const WeightTensor* tensor, file_.Tensor(name, shape));
    for (const float value : tensor->values) {
      if (!std::isfinite(value)) {
        return absl::DataLossError(
            absl::StrCat(file_.path, ": ", name, " holds a value that is not finite"));
      }
    }
    return tensor;
  }

  const WeightsFile& file_;
  const Architecture& architecture_;
  std::set<std::string> known_;
};

}  // namespace

std::string RatesToJson(const Architecture& architecture, const std::vector<RateGain>& gains) {
  nlohmann::json json = nlohmann::json::object();
  for (size_t l = 0; l < gains.size(); ++l) {
    json[architecture.layers[l].name] = {gains[l].position, gains[l].pooled};
  }
  return json.dump();
}

absl::StatusOr<Architecture> ReadLayeredNetwork(const WeightsFile& file) {
  EVOKE_ASSIGN_OR_RETURN(const std::string kind, file.Metadata("evoke.kind"));
  if (kind != kLayeredNetworkKind) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path, " holds a model of kind ", kind, ", not a ", kLayeredNetworkKind));
  }
  EVOKE_ASSIGN_OR_RETURN(const std::string text, file.Metadata("evoke.config"));
  absl::StatusOr<Architecture> architecture = Architecture::FromJson(text);
  if (!architecture.ok()) {
    return absl::DataLossError(absl::StrCat(file.path, ": ", architecture.status().message()));
  }
  EVOKE_RETURN_IF_ERROR(Checker(file, *architecture).Check());
  return architecture;
}

absl::StatusOr<std::vector<RateGain>> ReadRates(const WeightsFile& file,
                                                const Architecture& architecture) {
  std::vector<RateGain> gains(architecture.layers.size());
  const auto found = file.metadata.find(kRatesMetadata);
  if (found == file.metadata.end()) return gains;
  try {
    const nlohmann::json json = nlohmann::json::parse(found->second);
    for (size_t l = 0; l < gains.size(); ++l) {
      const std::string& name = architecture.layers[l].name;
      gains[l] = {json.at(name).at(0).get<double>(), json.at(name).at(1).get<double>()};
      for (const double gain : {gains[l].position, gains[l].pooled}) {
        if (std::isfinite(gain) && gain > 0) continue;
        return absl::DataLossError(absl::StrCat(file.path, ": ", kRatesMetadata, " of layer ", name,
                                                " is ", gain, ", must be positive"));
      }
    }
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(absl::StrCat(file.path, ": ", kRatesMetadata, ": ", error.what()));
  }
  return gains;
}

}  // namespace evoke
