// Features of images that need no training. Include only from .cc files that use torch.
#ifndef EVOKE_SIM_BACKEND_TRAINING_RANDOM_FEATURES_MODULE_H_
#define EVOKE_SIM_BACKEND_TRAINING_RANDOM_FEATURES_MODULE_H_

#include <torch/torch.h>

namespace evoke {

// Two rectified convolutions with fixed random weights, the same everywhere, averaged over each
// quarter of the image: texture and rough layout. Good enough to see a generator improve while it
// trains; distances in it are not those of features that were learnt.
class RandomFeatures {
 public:
  static constexpr int kDimensions = 128;

  RandomFeatures();
  // [image][3][row][col] in [-1, 1], at least 8 x 8, to [image][kDimensions].
  torch::Tensor Of(const torch::Tensor& images) const;

 private:
  torch::Tensor first_;
  torch::Tensor second_;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_RANDOM_FEATURES_MODULE_H_
