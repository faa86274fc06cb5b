#include "sim_backend/training/classification_task.h"

#include <torch/torch.h>

#include <algorithm>
#include <exception>
#include <numeric>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "sim_backend/networks/layered_module.h"
#include "sim_backend/networks/layered_weights.h"
#include "sim_backend/training/checkpoint_module.h"
#include "sim_backend/training/network_card.h"
#include "sim_backend/training/rate_gains.h"

namespace evoke {
namespace {

constexpr int kShift = 4;
// Scales the mean current of LIF neurons to logits: they fire between a current of 1 and 2, so
// differences are small for a softmax.
constexpr double kLogitScale = 3;
constexpr int kTestBatch = 100;

class ClassificationTask : public TrainingTask {
 public:
  ClassificationTask(const Architecture& architecture, const ClassificationOptions& options,
                     const TrainingData& data)
      : architecture_(architecture), options_(options), data_(data) {
    Reset(0);
  }

  int train_size() const override { return data_.train.size(); }
  std::string test_measure() const override {
    if (!spiking()) return "test error";
    return absl::StrCat("test error at T = ", architecture_.train_steps,
                        ", ties broken by current");
  }

  void Start(Rng& rng) override { Reset(rng.Next()); }

  absl::StatusOr<double> Step(absl::Span<const int> indices, double rate_factor, Rng& rng) override
      try {
    std::vector<int64_t> labels;
    for (int index : indices) labels.push_back(data_.train.labels[index]);
    torch::Tensor images = AugmentedBatch(data_.train, indices, kShift, rng);
    if (options_.cutout > 0) CutOut(options_.cutout, rng, images);
    const torch::Tensor loss =
        Loss(module_->forward(images, architecture_.train_steps), torch::tensor(labels));
    SetLearningRate(*optimizer_, options_.rate * rate_factor);
    optimizer_->zero_grad();
    loss.backward();
    optimizer_->step();
    return loss.item<double>();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("training step of a network: ", error.what()));
  }

  absl::StatusOr<double> TestError() override try {
    torch::NoGradGuard no_grad;
    module_->eval();
    int wrong = 0;
    for (int begin = 0; begin < data_.test.size(); begin += kTestBatch) {
      std::vector<int> indices(std::min(kTestBatch, data_.test.size() - begin));
      std::iota(indices.begin(), indices.end(), begin);
      const auto output =
          module_->forward(ImageBatch(data_.test, indices), architecture_.train_steps);
      // Few steps give equal counts; the current breaks the tie.
      const torch::Tensor best =
          (spiking() ? output.rate + 1e-3 * output.current : output.current).argmax(1);
      for (size_t i = 0; i < indices.size(); ++i) {
        wrong += best[i].item<int64_t>() != data_.test.labels[indices[i]];
      }
    }
    module_->train();
    return static_cast<double>(wrong) / data_.test.size();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("test of a network: ", error.what()));
  }

  absl::Status Save(const std::string& path, const TrainingState& state) override {
    return SaveCheckpoint(path, architecture_.ToJson(), state, *module_, *optimizer_);
  }
  absl::StatusOr<TrainingState> Load(const std::string& path) override {
    return LoadCheckpoint(path, architecture_.ToJson(), *module_, *optimizer_);
  }

  absl::Status ExportWeights(const std::string& folder, const std::string& name) override {
    const std::string path = absl::StrCat(folder, "/", name, ".safetensors");
    EVOKE_RETURN_IF_ERROR(ExportLayered(*module_, {}, path));
    if (spiking()) return absl::OkStatus();
    EVOKE_ASSIGN_OR_RETURN(const std::string rates, MeasureRates(path, data_.test));
    return ExportLayered(*module_, {{kRatesMetadata, rates}}, path);
  }

  absl::StatusOr<std::string> Export(const std::string& folder, const std::string& name) override {
    EVOKE_RETURN_IF_ERROR(ExportWeights(folder, name));
    return DescribeNetwork(folder, name, data_);
  }

 private:
  bool spiking() const { return architecture_.neurons == NeuronModel::kLif; }

  torch::Tensor Loss(const LayeredModuleImpl::Output& output, const torch::Tensor& labels) const {
    const auto entropy =
        torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(options_.label_smoothing);
    if (!spiking()) {
      return torch::nn::functional::cross_entropy(output.current, labels, entropy);
    }
    const int classes = architecture_.classes();
    const torch::Tensor one_hot = torch::one_hot(labels, classes).to(torch::kFloat);
    return torch::nn::functional::cross_entropy(output.current * kLogitScale, labels, entropy) +
           classes * torch::mse_loss(output.rate, one_hot);
  }

  void Reset(uint64_t seed) {
    torch::manual_seed(seed);
    module_ = LayeredModule(architecture_);
    if (options_.optimizer == ClassificationOptions::Optimizer::kSgd) {
      optimizer_ = std::make_unique<torch::optim::SGD>(module_->parameters(),
                                                       torch::optim::SGDOptions(options_.rate)
                                                           .momentum(0.9)
                                                           .nesterov(true)
                                                           .weight_decay(options_.weight_decay));
    } else {
      optimizer_ = std::make_unique<torch::optim::AdamW>(
          module_->parameters(),
          torch::optim::AdamWOptions(options_.rate).weight_decay(options_.weight_decay));
    }
  }

  const Architecture architecture_;
  const ClassificationOptions options_;
  const TrainingData& data_;
  LayeredModule module_{nullptr};
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

}  // namespace

std::unique_ptr<TrainingTask> MakeClassificationTask(const Architecture& architecture,
                                                     const ClassificationOptions& options,
                                                     const TrainingData& data) {
  return std::make_unique<ClassificationTask>(architecture, options, data);
}

}  // namespace evoke
