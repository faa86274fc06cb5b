// What an image is made of, wherever it is: for models of units that pool over positions.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_TEXTURE_FEATURES_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_TEXTURE_FEATURES_H_

#include <Eigen/Core>

#include "common/image.h"

namespace evoke {

// Two layers of random filters with half-wave rectification, the same in every process, averaged
// over the image and over its quadrants: what a kernel of random convolutions sees (Mairal et al.,
// NeurIPS 2014, whose filters are learnt). Immutable; safe to share between threads.
class TextureFeatures {
 public:
  static constexpr int kSide = 32;       // a larger image is pooled to about this first
  static constexpr int kLeastSide = 16;  // of an image

  TextureFeatures();

  int size() const;
  // [feature]; not centred, not scaled. The image must be valid and have the least side.
  Eigen::VectorXf Of(const Image& image) const;

 private:
  Eigen::MatrixXf first_;   // [filter][row of a patch, column, colour]
  Eigen::MatrixXf second_;  // [filter][row of a patch, column, channel]
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_TEXTURE_FEATURES_H_
