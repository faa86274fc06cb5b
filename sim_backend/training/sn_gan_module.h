// The networks of an SN-GAN while they learn. Include only from .cc files that use torch.
#ifndef EVOKE_SIM_BACKEND_TRAINING_SN_GAN_MODULE_H_
#define EVOKE_SIM_BACKEND_TRAINING_SN_GAN_MODULE_H_

#include <torch/torch.h>

#include <string>

#include "absl/status/status.h"
#include "server/generator/sn_gan_config.h"
#include "server/generator/sn_gan_layers_module.h"

namespace evoke {

// Normalises by the batch in train() mode, by the kept statistics in eval() mode.
class SnGeneratorModule : public torch::nn::Module {
 public:
  explicit SnGeneratorModule(const SnGanConfig& config);

  // [image][latent] to [image][color][row][col] in (-1, 1).
  torch::Tensor Forward(const torch::Tensor& latents);
  // Moves every weight and statistic by `share` of the way to those of `other`.
  void MoveTowards(const SnGeneratorModule& other, double share);

  const NamedTensors& weights() const { return weights_; }

 private:
  const SnGanConfig config_;
  NamedTensors weights_;
};

// Spectral normalisation: each weight, as a matrix [out][rest], is divided by its largest singular
// value, which one step of power iteration per update follows (Miyato et al. 2018, algorithm 1).
class SnDiscriminatorModule : public torch::nn::Module {
 public:
  explicit SnDiscriminatorModule(const SnGanConfig& config);

  // The weights as normalised after one more step of power iteration; gradients pass to the
  // parameters.
  NamedTensors LearningWeights();
  // The weights as normalised by what the iteration has found; without gradients, nothing changes.
  NamedTensors FixedWeights() const;

 private:
  NamedTensors weights_;
  NamedTensors vectors_;  // left singular vectors, by the weight's name
};

struct SnGanModule : torch::nn::Module {
  explicit SnGanModule(const SnGanConfig& config);

  std::shared_ptr<SnGeneratorModule> generator;
  std::shared_ptr<SnGeneratorModule> average;  // over the generators of past updates
  std::shared_ptr<SnDiscriminatorModule> discriminator;
  torch::Tensor steps;  // int64: updates of the discriminator so far
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_SN_GAN_MODULE_H_
