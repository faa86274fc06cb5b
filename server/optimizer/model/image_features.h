// What a model of responses sees of an image.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_IMAGE_FEATURES_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_IMAGE_FEATURES_H_

#include <Eigen/Core>
#include <optional>

#include "absl/types/span.h"
#include "common/image.h"
#include "server/generator/generator.h"
#include "server/optimizer/model/texture_features.h"

namespace evoke {

// The three colours of cells of pixels (2 x 2 of an image of 32 x 32, at most kCells cells a side),
// and on demand its texture; less those of a mean image, each in units in which the distance from
// the mean image is about 1. Immutable; safe to share between threads.
class ImageFeatures {
 public:
  static constexpr int kCells = 16;

  // Mean and units are those of `images`: at least 2, all valid and of one size. With `texture`
  // there is no PullBack().
  ImageFeatures(absl::Span<const Image> images, bool texture);

  int size() const { return static_cast<int>(mean_.size()); }
  // The image must have the size of the first ones.
  Eigen::VectorXf Of(const Image& image) const;
  Eigen::MatrixXf Of(absl::Span<const Image> images) const;  // [feature][image]
  // The weights of an image's values / 255 that stand for `gradient`, one with respect to the
  // features.
  PixelWeights PullBack(const Eigen::VectorXf& gradient) const;

 private:
  Eigen::VectorXf Raw(const Image& image) const;
  int CellOf(int row, int col) const;

  int width_ = 0;
  int height_ = 0;
  int cell_ = 1;                            // pixels a side
  int cols_ = 0;                            // cells
  Eigen::VectorXf share_;                   // of one pixel in its cell, for each of its features
  std::optional<TextureFeatures> texture_;  // behind those of the cells
  Eigen::VectorXf mean_;
  Eigen::VectorXf unit_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_IMAGE_FEATURES_H_
