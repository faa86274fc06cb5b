#include "sim_backend/training/sn_gan_task.h"

#include <torch/torch.h>

#include <algorithm>
#include <exception>
#include <numeric>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "sim_backend/training/checkpoint_module.h"
#include "sim_backend/training/frechet.h"
#include "sim_backend/training/random_features_module.h"
#include "sim_backend/training/sn_gan_card.h"
#include "sim_backend/training/sn_gan_export_module.h"
#include "sim_backend/training/sn_gan_module.h"

namespace evoke {
namespace {

constexpr double kAverageShare = 1e-3;  // of a new generator in the average
constexpr double kFirstShare = 0.1;     // at the start, when the average would be of noise
constexpr int kTestBatch = 100;
constexpr int kTestSamples = 5000;
constexpr uint64_t kTestSeed = 5;

class SnGanTask : public TrainingTask {
 public:
  SnGanTask(const SnGanConfig& config, const TrainingData& data, const SnGanTraining& training)
      : config_(config), data_(data), training_(training) {
    Reset(0);
  }

  int train_size() const override { return data_.train.size(); }
  std::string test_measure() const override { return "Frechet distance, random features"; }

  void Start(Rng& rng) override { Reset(rng.Next()); }

  absl::StatusOr<double> Step(absl::Span<const int> indices, double rate_factor, Rng& rng) override
      try {
    SetLearningRate(*generator_optimizer_, training_.rate * rate_factor);
    SetLearningRate(*discriminator_optimizer_,
                    training_.rate * training_.discriminator_rate * rate_factor);
    const int64_t step = learning_->steps.item<int64_t>() + 1;
    const bool both = step % training_.discriminator_steps == 0;
    torch::Tensor made;
    {
      torch::AutoGradMode with_gradients(both);
      made = learning_->generator->Forward(Latents(static_cast<int>(indices.size()), rng));
    }
    const double loss = StepDiscriminator(RealImages(data_.train, indices), made.detach());
    // The generator learns from the images that the discriminator has just seen: they need not be
    // made again.
    if (both) StepGenerator(made, step / training_.discriminator_steps);
    learning_->steps.fill_(step);
    return loss;
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("SN-GAN training step: ", error.what()));
  }

  absl::StatusOr<double> TestError() override try {
    torch::NoGradGuard no_grad;
    if (!test_statistics_) {
      std::vector<float> features;
      for (int begin = 0; begin < data_.test.size(); begin += kTestBatch) {
        std::vector<int> indices(std::min(kTestBatch, data_.test.size() - begin));
        std::iota(indices.begin(), indices.end(), begin);
        Append(RealImages(data_.test, indices), features);
      }
      EVOKE_ASSIGN_OR_RETURN(test_statistics_,
                             SummarizeFeatures(features, RandomFeatures::kDimensions));
    }
    std::vector<float> features;
    Rng rng(kTestSeed);
    const int samples = std::max(2, std::min(kTestSamples, data_.test.size()));
    for (int begin = 0; begin < samples; begin += kTestBatch) {
      const int count = std::min(kTestBatch, samples - begin);
      Append(learning_->average->Forward(Latents(count, rng)), features);
    }
    EVOKE_ASSIGN_OR_RETURN(const FeatureStatistics statistics,
                           SummarizeFeatures(features, RandomFeatures::kDimensions));
    return FrechetDistance(statistics, *test_statistics_);
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("SN-GAN test: ", error.what()));
  }

  absl::Status Save(const std::string& path, const TrainingState& state) override {
    return SaveCheckpoint(path, Config(), state, *learning_,
                          {generator_optimizer_.get(), discriminator_optimizer_.get()});
  }
  absl::StatusOr<TrainingState> Load(const std::string& path) override {
    return LoadCheckpoint(path, Config(), *learning_,
                          {generator_optimizer_.get(), discriminator_optimizer_.get()});
  }

  absl::Status ExportWeights(const std::string& folder, const std::string& name) override {
    return ExportSnGan(config_, *learning_, absl::StrCat(folder, "/", name, ".safetensors"));
  }
  absl::StatusOr<std::string> Export(const std::string& folder, const std::string& name) override {
    EVOKE_RETURN_IF_ERROR(ExportWeights(folder, name));
    return DescribeSnGan(folder, name, config_, data_);
  }

 private:
  void Reset(uint64_t seed) {
    torch::manual_seed(seed);
    learning_ = std::make_shared<SnGanModule>(config_);
    const auto adam = [](torch::nn::Module& module, double rate) {
      return std::make_unique<torch::optim::Adam>(module.parameters(),
                                                  torch::optim::AdamOptions(rate).betas({0, 0.9}));
    };
    generator_optimizer_ = adam(*learning_->generator, training_.rate);
    discriminator_optimizer_ =
        adam(*learning_->discriminator, training_.rate * training_.discriminator_rate);
  }

  // Another pace of the two networks is another training.
  std::string Config() const {
    return absl::StrCat(config_.ToJson(), " d_steps ", training_.discriminator_steps, " d_rate ",
                        training_.discriminator_rate);
  }

  torch::Tensor Latents(int count, Rng& rng) const {
    const LatentSpace space = config_.latent_space();
    torch::Tensor latents = torch::empty({count, config_.latent});
    float* to = latents.data_ptr<float>();
    for (int i = 0; i < count; ++i) {
      for (double value : space.Sample(rng)) *to++ = static_cast<float>(value);
    }
    return latents;
  }

  torch::Tensor RealImages(const ImageSet& images, absl::Span<const int> indices) const {
    const torch::Tensor scaled = ImageBatch(images, indices) * 2 - 1;
    return config_.colors == 3 ? scaled : scaled.slice(1, 0, 1);
  }

  void Append(const torch::Tensor& images, std::vector<float>& features) const {
    const torch::Tensor rows = features_.Of(images.expand({-1, 3, -1, -1})).contiguous();
    features.insert(features.end(), rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel());
  }

  double StepDiscriminator(const torch::Tensor& real, const torch::Tensor& made) {
    const torch::Tensor scores = DiscriminatorForward(
        config_, learning_->discriminator->LearningWeights(), torch::cat({real, made}));
    const torch::Tensor loss = torch::relu(1 - scores.slice(0, 0, real.size(0))).mean() +
                               torch::relu(1 + scores.slice(0, real.size(0))).mean();
    discriminator_optimizer_->zero_grad();
    loss.backward();
    discriminator_optimizer_->step();
    return loss.item<double>();
  }

  void StepGenerator(const torch::Tensor& made, int64_t update) {
    const torch::Tensor loss =
        -DiscriminatorForward(config_, learning_->discriminator->FixedWeights(), made).mean();
    generator_optimizer_->zero_grad();
    loss.backward();
    generator_optimizer_->step();
    const double early = kFirstShare / (1 + static_cast<double>(update) * kFirstShare);
    learning_->average->MoveTowards(*learning_->generator, std::max(kAverageShare, early));
  }

  const SnGanConfig config_;
  const TrainingData& data_;
  const SnGanTraining training_;
  const RandomFeatures features_;
  std::optional<FeatureStatistics> test_statistics_;
  std::shared_ptr<SnGanModule> learning_;
  std::unique_ptr<torch::optim::Adam> generator_optimizer_;
  std::unique_ptr<torch::optim::Adam> discriminator_optimizer_;
};

}  // namespace

std::unique_ptr<TrainingTask> MakeSnGanTask(const SnGanConfig& config, const TrainingData& data,
                                            const SnGanTraining& training) {
  return std::make_unique<SnGanTask>(config, data, training);
}

}  // namespace evoke
