#include "sim_backend/training/checkpoint_module.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

std::string ToJson(const TrainingState& state) {
  nlohmann::json curve = nlohmann::json::array();
  for (const EpochRecord& r : state.curve) {
    curve.push_back({r.epoch, r.loss, r.test_error, r.seconds});
  }
  return nlohmann::json({{"seed", state.seed},
                         {"epochs", state.epochs},
                         {"batch", state.batch},
                         {"images", state.images},
                         {"curve", curve}})
      .dump();
}

TrainingState FromJson(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text);
  TrainingState state;
  json.at("seed").get_to(state.seed);
  json.at("epochs").get_to(state.epochs);
  json.at("batch").get_to(state.batch);
  json.at("images").get_to(state.images);
  for (const nlohmann::json& row : json.at("curve")) {
    state.curve.push_back({row.at(0).get<int>(), row.at(1).get<double>(), row.at(2).get<double>(),
                           row.at(3).get<double>()});
  }
  return state;
}

std::string OptimizerKey(size_t index) {
  return index == 0 ? "optimizer" : absl::StrCat("optimizer", index + 1);
}

// The pixel at [row][col], or the nearest one inside.
const uint8_t* PixelNear(const uint8_t* pixels, int size, int row, int col) {
  row = std::clamp(row, 0, size - 1);
  col = std::clamp(col, 0, size - 1);
  return pixels + (row * size + col) * 3;
}

}  // namespace

absl::Status SaveCheckpoint(const std::string& path, const std::string& config,
                            const TrainingState& state, torch::nn::Module& module,
                            Optimizers optimizers) {
  const std::string temporary = path + ".tmp";
  try {
    torch::serialize::OutputArchive archive;
    torch::serialize::OutputArchive weights;
    module.save(weights);
    archive.write("config", c10::IValue(config));
    archive.write("state", c10::IValue(ToJson(state)));
    archive.write("weights", weights);
    for (size_t i = 0; i < optimizers.size(); ++i) {
      torch::serialize::OutputArchive moments;
      optimizers[i]->save(moments);
      archive.write(OptimizerKey(i), moments);
    }
    archive.save_to(temporary);
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat("cannot write ", temporary, ": ", error.what()));
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot rename ", temporary, ": ", error.message()));
}

absl::StatusOr<TrainingState> LoadCheckpoint(const std::string& path, const std::string& config,
                                             torch::nn::Module& module, Optimizers optimizers) {
  if (!std::filesystem::exists(path)) {
    return absl::NotFoundError(absl::StrCat("there is no checkpoint ", path));
  }
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(path);
    c10::IValue value;
    archive.read("config", value);
    if (value.toStringRef() != config) {
      return absl::InvalidArgumentError(absl::StrCat(path, " holds the model ", value.toStringRef(),
                                                     ", not ", config,
                                                     "; resume with the same options"));
    }
    archive.read("state", value);
    TrainingState state = FromJson(value.toStringRef());
    torch::serialize::InputArchive weights;
    archive.read("weights", weights);
    module.load(weights);
    for (size_t i = 0; i < optimizers.size(); ++i) {
      torch::serialize::InputArchive moments;
      archive.read(OptimizerKey(i), moments);
      optimizers[i]->load(moments);
    }
    return state;
  } catch (const std::exception& error) {
    return absl::DataLossError(
        absl::StrCat(path, ": damaged checkpoint; delete it to resume from the one before. ",
                     std::string(error.what()).substr(0, 200)));
  }
}

absl::Status SaveCheckpoint(const std::string& path, const std::string& config,
                            const TrainingState& state, torch::nn::Module& module,
                            torch::optim::Optimizer& optimizer) {
  return SaveCheckpoint(path, config, state, module, {&optimizer});
}

absl::StatusOr<TrainingState> LoadCheckpoint(const std::string& path, const std::string& config,
                                             torch::nn::Module& module,
                                             torch::optim::Optimizer& optimizer) {
  return LoadCheckpoint(path, config, module, {&optimizer});
}

void SetLearningRate(torch::optim::Optimizer& optimizer, double rate) {
  for (auto& group : optimizer.param_groups()) group.options().set_lr(rate);
}

torch::Tensor ImageBatch(const ImageSet& images, absl::Span<const int> indices) {
  const int64_t size = images.image_size;
  torch::Tensor bytes =
      torch::empty({static_cast<int64_t>(indices.size()), size, size, 3}, torch::kByte);
  uint8_t* to = bytes.data_ptr<uint8_t>();
  for (int index : indices) to = std::copy_n(images.pixels(index), images.image_bytes(), to);
  return bytes.permute({0, 3, 1, 2}).to(torch::kFloat).div_(255);
}

torch::Tensor AugmentedBatch(const ImageSet& images, absl::Span<const int> indices, int shift,
                             Rng& rng) {
  const int size = images.image_size;
  torch::Tensor bytes =
      torch::empty({static_cast<int64_t>(indices.size()), size, size, 3}, torch::kByte);
  uint8_t* to = bytes.data_ptr<uint8_t>();
  for (int index : indices) {
    const int down = rng.Index(2 * shift + 1) - shift;
    const int right = rng.Index(2 * shift + 1) - shift;
    const bool mirror = rng.Index(2) == 1;
    for (int row = 0; row < size; ++row) {
      for (int col = 0; col < size; ++col) {
        const int from = (mirror ? size - 1 - col : col) + right;
        to = std::copy_n(PixelNear(images.pixels(index), size, row + down, from), 3, to);
      }
    }
  }
  return bytes.permute({0, 3, 1, 2}).to(torch::kFloat).div_(255);
}

void CutOut(int side, Rng& rng, torch::Tensor& images) {
  const int size = static_cast<int>(images.size(2));
  for (int64_t i = 0; i < images.size(0); ++i) {
    const int top = rng.Index(size) - side / 2;
    const int left = rng.Index(size) - side / 2;
    using torch::indexing::Slice;
    images.index_put_({i, Slice(), Slice(std::max(top, 0), std::min(top + side, size)),
                       Slice(std::max(left, 0), std::min(left + side, size))},
                      0.5);
  }
}

}  // namespace evoke
