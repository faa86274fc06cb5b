#include "sim_backend/training/random_features_module.h"

#include <cmath>

#include "common/random.h"

namespace evoke {
namespace {

constexpr uint64_t kSeed = 1802;
constexpr int kQuarters = 4;

// He et al. 2015: keeps the scale of what passes through a ReLU.
torch::Tensor Kernel(int outputs, int inputs, int size, Rng& rng) {
  torch::Tensor kernel = torch::empty({outputs, inputs, size, size});
  const double deviation = std::sqrt(2.0 / (inputs * size * size));
  float* values = kernel.data_ptr<float>();
  for (int64_t i = 0; i < kernel.numel(); ++i) {
    values[i] = static_cast<float>(deviation * rng.Normal());
  }
  return kernel;
}

}  // namespace

RandomFeatures::RandomFeatures() {
  Rng rng(kSeed);
  first_ = Kernel(32, 3, 5, rng);
  second_ = Kernel(kDimensions / kQuarters, 32, 3, rng);
}

torch::Tensor RandomFeatures::Of(const torch::Tensor& images) const {
  const torch::Tensor x = torch::relu(torch::conv2d(images, first_, {}, 2, 2));
  const torch::Tensor y = torch::relu(torch::conv2d(x, second_, {}, 2, 1));
  return torch::adaptive_avg_pool2d(y, {2, 2}).flatten(1);
}

}  // namespace evoke
