#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "sim_backend/networks/architecture.h"

namespace evoke {
namespace {

template <typename Enum>
using Names = std::vector<std::pair<Enum, const char*>>;

const Names<NeuronModel>& NeuronNames() {
  static const auto& names =
      *new Names<NeuronModel>{{NeuronModel::kLif, "lif"}, {NeuronModel::kRectified, "rectified"}};
  return names;
}

const Names<LifReset>& ResetNames() {
  static const auto& names = *new Names<LifReset>{{LifReset::kZero, "zero"},
                                                  {LifReset::kSubtract, "subtract"},
                                                  {LifReset::kSubtractDelayed, "subtract_delayed"}};
  return names;
}

const Names<Branch::Pool>& PoolNames() {
  static const auto& names =
      *new Names<Branch::Pool>{{Branch::Pool::kNone, "none"},
                               {Branch::Pool::kAverage2, "average2"},
                               {Branch::Pool::kMax3, "max3"},
                               {Branch::Pool::kGlobalAverage, "global_average"}};
  return names;
}

const Names<Branch::Map>& MapNames() {
  static const auto& names = *new Names<Branch::Map>{{Branch::Map::kConvolution, "convolution"},
                                                     {Branch::Map::kLinear, "linear"},
                                                     {Branch::Map::kIdentity, "identity"}};
  return names;
}

template <typename Enum>
const char* NameOf(Enum value, const Names<Enum>& names) {
  for (const auto& [v, name] : names) {
    if (v == value) return name;
  }
  return "";
}

// What is wrong, for FromJson() to report.
class FormatError : public std::exception {
 public:
  explicit FormatError(std::string what) : what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  const std::string what_;
};

template <typename Enum>
Enum Read(const nlohmann::json& json, const char* field, const Names<Enum>& names) {
  const std::string text = json.at(field).get<std::string>();
  std::string known;
  for (const auto& [value, name] : names) {
    if (text == name) return value;
    absl::StrAppend(&known, known.empty() ? "" : ", ", name);
  }
  throw FormatError(absl::StrCat(field, " is \"", text, "\"; known are ", known));
}

constexpr char kImageName[] = "image";

nlohmann::json ToJson(const Branch& branch, const std::vector<LayerSpec>& layers) {
  nlohmann::json json = {
      {"source", branch.source == Branch::kImage ? kImageName : layers[branch.source].name},
      {"pool", NameOf(branch.pool, PoolNames())},
      {"map", NameOf(branch.map, MapNames())},
      {"norm", branch.norm},
      {"bias", branch.bias}};
  if (branch.map == Branch::Map::kConvolution) {
    json["kernel"] = branch.kernel;
    json["stride"] = branch.stride;
    json["padding"] = branch.padding;
  }
  return json;
}

// `layers` are those before.
Branch ReadBranch(const nlohmann::json& json, const std::vector<LayerSpec>& layers) {
  Branch branch;
  const std::string source = json.at("source").get<std::string>();
  bool known = source == kImageName;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].name != source) continue;
    branch.source = static_cast<int>(i);
    known = true;
  }
  if (!known) {
    throw FormatError(absl::StrCat("a branch reads \"", source,
                                   "\", which is neither \"image\" nor a layer before it"));
  }
  branch.pool = Read(json, "pool", PoolNames());
  branch.map = Read(json, "map", MapNames());
  json.at("norm").get_to(branch.norm);
  json.at("bias").get_to(branch.bias);
  if (branch.map == Branch::Map::kConvolution) {
    json.at("kernel").get_to(branch.kernel);
    json.at("stride").get_to(branch.stride);
    json.at("padding").get_to(branch.padding);
  }
  return branch;
}

LayerSpec ReadLayer(const nlohmann::json& json, const std::vector<LayerSpec>& layers) {
  LayerSpec layer;
  json.at("name").get_to(layer.name);
  try {
    json.at("channels").get_to(layer.channels);
    for (const nlohmann::json& branch : json.at("branches")) {
      layer.branches.push_back(ReadBranch(branch, layers));
    }
  } catch (const std::exception& error) {
    throw FormatError(absl::StrCat("layer ", layer.name, ": ", error.what()));
  }
  return layer;
}

}  // namespace

std::string Architecture::ToJson() const {
  nlohmann::json json = {{"family", family},
                         {"image_size", image_size},
                         {"neurons", NameOf(neurons, NeuronNames())},
                         {"train_steps", train_steps},
                         {"steps", steps},
                         {"step_ms", step_ms},
                         {"norm_epsilon", norm_epsilon},
                         {"mean", mean},
                         {"deviation", deviation}};
  if (neurons == NeuronModel::kLif) {
    json["lif"] = {{"tau", lif.tau},
                   {"threshold", lif.threshold},
                   {"decay_input", lif.decay_input},
                   {"reset", NameOf(lif.reset, ResetNames())}};
  }
  json["layers"] = nlohmann::json::array();
  for (const LayerSpec& layer : layers) {
    nlohmann::json branches = nlohmann::json::array();
    for (const Branch& branch : layer.branches) branches.push_back(evoke::ToJson(branch, layers));
    json["layers"].push_back(
        {{"name", layer.name}, {"channels", layer.channels}, {"branches", branches}});
  }
  return json.dump();
}

absl::StatusOr<Architecture> Architecture::FromJson(const std::string& text) {
  Architecture a;
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    json.at("family").get_to(a.family);
    json.at("image_size").get_to(a.image_size);
    a.neurons = Read(json, "neurons", NeuronNames());
    json.at("train_steps").get_to(a.train_steps);
    json.at("steps").get_to(a.steps);
    json.at("step_ms").get_to(a.step_ms);
    json.at("norm_epsilon").get_to(a.norm_epsilon);
    json.at("mean").get_to(a.mean);
    json.at("deviation").get_to(a.deviation);
    if (a.neurons == NeuronModel::kLif) {
      const nlohmann::json& lif = json.at("lif");
      lif.at("tau").get_to(a.lif.tau);
      lif.at("threshold").get_to(a.lif.threshold);
      lif.at("decay_input").get_to(a.lif.decay_input);
      a.lif.reset = Read(lif, "reset", ResetNames());
    }
    for (const nlohmann::json& layer : json.at("layers")) {
      a.layers.push_back(ReadLayer(layer, a.layers));
    }
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("network description: ", error.what()));
  }
  EVOKE_RETURN_IF_ERROR(a.Validate());
  return a;
}

}  // namespace evoke
