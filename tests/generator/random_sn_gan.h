// A small SN-GAN with random weights: every property but looks.
#ifndef EVOKE_TESTS_GENERATOR_RANDOM_SN_GAN_H_
#define EVOKE_TESTS_GENERATOR_RANDOM_SN_GAN_H_

#include <cmath>
#include <string>

#include "absl/strings/match.h"
#include "common/random.h"
#include "common/weights_file.h"
#include "server/generator/sn_gan_config.h"

namespace evoke {

inline SnGanConfig SmallSnGan(int colors) {
  SnGanConfig config = SnGanConfig::OfWidth(4, colors);
  config.latent = 6;
  return config;
}

inline WeightsFile RandomSnGan(const SnGanConfig& config) {
  WeightsFile file;
  file.path = "random.safetensors";
  file.sha256 = "sum";
  file.metadata = {{"evoke.kind", kSnGanKind}, {"evoke.config", config.ToJson()}};
  Rng rng(9);
  for (const auto& shapes : {GeneratorShapes(config), DiscriminatorShapes(config)}) {
    for (const NamedShape& item : shapes) {
      int64_t count = 1;
      for (int64_t length : item.shape) count *= length;
      const double inputs = static_cast<double>(count) / static_cast<double>(item.shape[0]);
      const bool around_one = item.shape.size() == 1 && (absl::EndsWith(item.name, ".weight") ||
                                                         absl::EndsWith(item.name, ".variance"));
      WeightTensor& tensor = file.tensors[item.name];
      tensor.shape = item.shape;
      for (int64_t i = 0; i < count; ++i) {
        const double value = item.shape.size() > 1 ? rng.Normal() / std::sqrt(inputs)
                             : around_one          ? rng.Uniform(0.5, 1.5)
                                                   : 0.1 * rng.Normal();
        tensor.values.push_back(static_cast<float>(value));
      }
    }
  }
  return file;
}

}  // namespace evoke

#endif  // EVOKE_TESTS_GENERATOR_RANDOM_SN_GAN_H_
