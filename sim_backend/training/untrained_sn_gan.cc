#include "sim_backend/training/untrained_sn_gan.h"

#include <torch/torch.h>

#include <exception>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/generator/sn_gan.h"
#include "sim_backend/training/sn_gan_export_module.h"
#include "sim_backend/training/sn_gan_module.h"

namespace evoke {
namespace {

constexpr int kWidth = 16;
constexpr int kBatch = 16;
constexpr int kPasses = 30;  // the statistics move by a tenth in each
constexpr uint64_t kSeed = 1;

}  // namespace

absl::StatusOr<std::unique_ptr<Generator>> UntrainedSnGan() try {
  torch::NoGradGuard no_grad;
  torch::manual_seed(kSeed);
  const SnGanConfig config = SnGanConfig::OfWidth(kWidth, 3);
  SnGanModule module(config);
  for (int i = 0; i < kPasses; ++i) {
    module.generator->Forward(torch::randn({kBatch, config.latent}));
  }
  module.average->MoveTowards(*module.generator, 1);
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Generator> generator,
                         SnGan::Create(SnGanWeights(config, module)));
  return generator;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("untrained SN-GAN: ", error.what()));
}

}  // namespace evoke
