#include "sim_backend/training/vq_vae_task.h"

#include <torch/torch.h>

#include <algorithm>
#include <exception>
#include <numeric>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/generator/vq_vae_export_module.h"
#include "server/generator/vq_vae_module.h"
#include "sim_backend/training/checkpoint_module.h"
#include "sim_backend/training/generator_card.h"

namespace evoke {
namespace {

constexpr double kCommitment = 0.25;
constexpr double kDecay = 0.99;  // of the code book's averages
// Below this average number of vectors in a batch a code counts as dead.
constexpr double kDeadCount = 0.05;
constexpr int kTestBatch = 100;
constexpr int kShift = 2;

// The module with the running averages of its code book, so that checkpoints hold both.
class LearningModule : public torch::nn::Module {
 public:
  explicit LearningModule(const VqVaeConfig& config)
      : model(register_module("model", VqVaeModule(config))),
        count(register_buffer("count", torch::zeros({config.codes}))),
        sum(register_buffer("sum", torch::zeros({config.codes, config.code_size}))) {}

  VqVaeModule model;
  torch::Tensor count;  // [code], average number of vectors in a batch; all zero before the first
  torch::Tensor sum;    // [code][code_size], average sum of those vectors
};

class VqVaeTask : public TrainingTask {
 public:
  VqVaeTask(const VqVaeConfig& config, const TrainingData& data, double rate)
      : config_(config),
        data_(data),
        rate_(rate),
        train_variance_(Statistics(data.train).variance),
        test_variance_(Statistics(data.test).variance) {
    Reset(0);
  }

  int train_size() const override { return data_.train.size(); }
  std::string test_measure() const override { return "test error / variance"; }

  void Start(Rng& rng) override { Reset(rng.Next()); }

  absl::StatusOr<double> Step(absl::Span<const int> indices, double rate_factor, Rng& rng) override
      try {
    const torch::Tensor images = AugmentedBatch(data_.train, indices, kShift, rng);
    VqVaeModule& model = learning_->model;
    const torch::Tensor encoded = model->Encode(images);
    const torch::Tensor vectors =
        encoded.detach().permute({0, 2, 3, 1}).reshape({-1, config_.code_size});
    if (learning_->count.sum().item<float>() == 0) InitializeCodes(vectors, rng);
    const torch::Tensor codes = model->Quantize(encoded.detach());
    const torch::Tensor quantized = model->Lookup(codes);
    // The gradient passes the quantizer as if it were not there.
    const torch::Tensor decoded = model->Decode(encoded + (quantized - encoded).detach());
    const torch::Tensor error = torch::mse_loss(decoded, images) / train_variance_;
    const torch::Tensor loss = error + kCommitment * torch::mse_loss(encoded, quantized.detach());
    SetLearningRate(*optimizer_, rate_ * rate_factor);
    optimizer_->zero_grad();
    loss.backward();
    optimizer_->step();
    UpdateCodes(vectors, codes.reshape({-1}), rng);
    return error.item<double>();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("VQ-VAE training step: ", error.what()));
  }

  absl::StatusOr<double> TestError() override try {
    torch::NoGradGuard no_grad;
    VqVaeModule& model = learning_->model;
    double sum = 0;
    for (int begin = 0; begin < data_.test.size(); begin += kTestBatch) {
      std::vector<int> indices(std::min(kTestBatch, data_.test.size() - begin));
      std::iota(indices.begin(), indices.end(), begin);
      const torch::Tensor images = ImageBatch(data_.test, indices);
      const torch::Tensor codes = model->Quantize(model->Encode(images));
      const torch::Tensor decoded = model->Decode(model->Lookup(codes)).clamp(0, 1);
      sum += torch::mse_loss(decoded, images).item<double>() * indices.size();
    }
    return sum / data_.test.size() / test_variance_;
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("VQ-VAE test: ", error.what()));
  }

  absl::Status Save(const std::string& path, const TrainingState& state) override {
    return SaveCheckpoint(path, config_.ToJson(), state, *learning_, *optimizer_);
  }
  absl::StatusOr<TrainingState> Load(const std::string& path) override {
    return LoadCheckpoint(path, config_.ToJson(), *learning_, *optimizer_);
  }

  absl::StatusOr<std::string> Export(const std::string& folder, const std::string& name) override {
    absl::Status written =
        ExportVqVae(*learning_->model, absl::StrCat(folder, "/", name, ".safetensors"));
    if (!written.ok()) return written;
    return DescribeGenerator(folder, name, data_);
  }

 private:
  void Reset(uint64_t seed) {
    torch::manual_seed(seed);
    learning_ = std::make_unique<LearningModule>(config_);
    optimizer_ = std::make_unique<torch::optim::Adam>(learning_->parameters(),
                                                      torch::optim::AdamOptions(rate_));
  }

  torch::Tensor RandomVectors(const torch::Tensor& vectors, int count, Rng& rng) {
    std::vector<int64_t> rows(count);
    for (int64_t& row : rows) row = rng.Index(static_cast<int>(vectors.size(0)));
    return vectors.index_select(0, torch::tensor(rows));
  }

  // The first batch's vectors are better codes than any fixed distribution.
  void InitializeCodes(const torch::Tensor& vectors, Rng& rng) {
    torch::NoGradGuard no_grad;
    learning_->count.fill_(1);
    learning_->sum.copy_(RandomVectors(vectors, config_.codes, rng));
    learning_->model->code_book().copy_(learning_->sum);
  }

  void UpdateCodes(const torch::Tensor& vectors, const torch::Tensor& codes, Rng& rng) {
    torch::NoGradGuard no_grad;
    torch::Tensor& count = learning_->count;
    torch::Tensor& sum = learning_->sum;
    count.mul_(kDecay).add_(codes.bincount({}, config_.codes).to(torch::kFloat), 1 - kDecay);
    sum.mul_(kDecay).add_(torch::zeros_like(sum).index_add_(0, codes, vectors), 1 - kDecay);
    const torch::Tensor dead = torch::nonzero(count < kDeadCount).reshape({-1});
    if (dead.size(0) > 0) {
      const torch::Tensor fresh = RandomVectors(vectors, static_cast<int>(dead.size(0)), rng);
      count.index_fill_(0, dead, 1);
      sum.index_copy_(0, dead, fresh);
    }
    learning_->model->code_book().copy_(sum / count.unsqueeze(1));
  }

  const VqVaeConfig config_;
  const TrainingData& data_;
  const double rate_;
  const double train_variance_;
  const double test_variance_;
  std::unique_ptr<LearningModule> learning_;
  std::unique_ptr<torch::optim::Adam> optimizer_;
};

}  // namespace

std::unique_ptr<TrainingTask> MakeVqVaeTask(const VqVaeConfig& config, const TrainingData& data,
                                            double rate) {
  return std::make_unique<VqVaeTask>(config, data, rate);
}

}  // namespace evoke
