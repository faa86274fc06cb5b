#include "sim_backend/training/spiking_task.h"

#include <torch/torch.h>

#include <algorithm>
#include <exception>
#include <numeric>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sim_backend/networks/spiking_conv_export_module.h"
#include "sim_backend/networks/spiking_conv_module.h"
#include "sim_backend/training/checkpoint_module.h"
#include "sim_backend/training/network_card.h"

namespace evoke {
namespace {

constexpr int kShift = 4;
constexpr double kWeightDecay = 5e-4;
// Scales the mean current to logits: neurons fire between a current of 1 and 2, so differences are
// small for a softmax.
constexpr double kLogitScale = 3;
constexpr int kTestBatch = 100;

class SpikingTask : public TrainingTask {
 public:
  SpikingTask(const SpikingConvConfig& config, const TrainingData& data, double rate)
      : config_(config), data_(data), rate_(rate) {
    Reset(0);
  }

  int train_size() const override { return data_.train.size(); }
  std::string test_measure() const override {
    return absl::StrCat("test error at T = ", config_.train_steps, ", ties broken by current");
  }

  void Start(Rng& rng) override { Reset(rng.Next()); }

  absl::StatusOr<double> Step(absl::Span<const int> indices, double rate_factor, Rng& rng) override
      try {
    std::vector<int64_t> labels;
    for (int index : indices) labels.push_back(data_.train.labels[index]);
    const torch::Tensor target = torch::tensor(labels);
    const torch::Tensor images = AugmentedBatch(data_.train, indices, kShift, rng);
    const auto output = module_->forward(images, config_.train_steps);
    const torch::Tensor one_hot = torch::one_hot(target, config_.classes).to(torch::kFloat);
    const torch::Tensor loss =
        torch::nn::functional::cross_entropy(output.current * kLogitScale, target) +
        config_.classes * torch::mse_loss(output.rate, one_hot);
    SetLearningRate(*optimizer_, rate_ * rate_factor);
    optimizer_->zero_grad();
    loss.backward();
    optimizer_->step();
    return loss.item<double>();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("spiking training step: ", error.what()));
  }

  absl::StatusOr<double> TestError() override try {
    torch::NoGradGuard no_grad;
    module_->eval();
    int wrong = 0;
    for (int begin = 0; begin < data_.test.size(); begin += kTestBatch) {
      std::vector<int> indices(std::min(kTestBatch, data_.test.size() - begin));
      std::iota(indices.begin(), indices.end(), begin);
      const auto output = module_->forward(ImageBatch(data_.test, indices), config_.train_steps);
      // Few steps give equal counts; the current breaks the tie.
      const torch::Tensor best = (output.rate + 1e-3 * output.current).argmax(1);
      for (size_t i = 0; i < indices.size(); ++i) {
        wrong += best[i].item<int64_t>() != data_.test.labels[indices[i]];
      }
    }
    module_->train();
    return static_cast<double>(wrong) / data_.test.size();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("spiking test: ", error.what()));
  }

  absl::Status Save(const std::string& path, const TrainingState& state) override {
    return SaveCheckpoint(path, config_.ToJson(), state, *module_, *optimizer_);
  }
  absl::StatusOr<TrainingState> Load(const std::string& path) override {
    return LoadCheckpoint(path, config_.ToJson(), *module_, *optimizer_);
  }

  absl::StatusOr<std::string> Export(const std::string& folder, const std::string& name) override {
    absl::Status written =
        ExportSpikingConv(*module_, absl::StrCat(folder, "/", name, ".safetensors"));
    if (!written.ok()) return written;
    return DescribeNetwork(folder, name, config_.train_steps, data_);
  }

 private:
  void Reset(uint64_t seed) {
    torch::manual_seed(seed);
    module_ = SpikingConvModule(config_);
    optimizer_ = std::make_unique<torch::optim::AdamW>(
        module_->parameters(), torch::optim::AdamWOptions(rate_).weight_decay(kWeightDecay));
  }

  const SpikingConvConfig config_;
  const TrainingData& data_;
  const double rate_;
  SpikingConvModule module_{nullptr};
  std::unique_ptr<torch::optim::AdamW> optimizer_;
};

}  // namespace

std::unique_ptr<TrainingTask> MakeSpikingTask(const SpikingConvConfig& config,
                                              const TrainingData& data, double rate) {
  return std::make_unique<SpikingTask>(config, data, rate);
}

}  // namespace evoke
