#include "server/optimizer/model/image_features.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace evoke {

ImageFeatures::ImageFeatures(absl::Span<const Image> images, bool texture)
    : width_(images[0].width), height_(images[0].height) {
  cell_ = std::max(1, (std::max(width_, height_) + kCells - 1) / kCells);
  cols_ = (width_ + cell_ - 1) / cell_;
  const int rows = (height_ + cell_ - 1) / cell_;
  Eigen::VectorXf pixels = Eigen::VectorXf::Zero(3 * rows * cols_);
  for (int r = 0; r < height_; ++r) {
    for (int c = 0; c < width_; ++c) pixels.segment<3>(CellOf(r, c)).array() += 1;
  }
  share_ = pixels.cwiseInverse();
  if (texture && std::min(width_, height_) >= TextureFeatures::kLeastSide) texture_.emplace();
  Eigen::MatrixXf raw(share_.size() + (texture_ ? texture_->size() : 0),
                      static_cast<Eigen::Index>(images.size()));
  for (size_t i = 0; i < images.size(); ++i) raw.col(static_cast<Eigen::Index>(i)) = Raw(images[i]);
  mean_ = raw.rowwise().mean();
  raw.colwise() -= mean_;
  const auto unit_of = [&raw](Eigen::Index begin, Eigen::Index size) {
    const float square = raw.middleRows(begin, size).squaredNorm() / static_cast<float>(raw.cols());
    // A generator of equal images has no unit of its own.
    return square > 0 ? std::sqrt(square) : 1.0f;
  };
  unit_ = Eigen::VectorXf::Constant(mean_.size(), unit_of(0, share_.size()));
  if (texture_) unit_.tail(texture_->size()).setConstant(unit_of(share_.size(), texture_->size()));
}

int ImageFeatures::CellOf(int row, int col) const {
  return 3 * (row / cell_ * cols_ + col / cell_);
}

Eigen::VectorXf ImageFeatures::Raw(const Image& image) const {
  Eigen::VectorXf sums = Eigen::VectorXf::Zero(share_.size());
  const uint8_t* value = image.rgb.data();
  for (int r = 0; r < height_; ++r) {
    for (int c = 0; c < width_; ++c) {
      float* const cell = sums.data() + CellOf(r, c);
      for (int i = 0; i < 3; ++i) cell[i] += *value++;
    }
  }
  const Eigen::VectorXf cells = sums.cwiseProduct(share_) / 255.0f;
  if (!texture_) return cells;
  Eigen::VectorXf all(cells.size() + texture_->size());
  all << cells, texture_->Of(image);
  return all;
}

Eigen::VectorXf ImageFeatures::Of(const Image& image) const {
  return (Raw(image) - mean_).cwiseQuotient(unit_);
}

Eigen::MatrixXf ImageFeatures::Of(absl::Span<const Image> images) const {
  Eigen::MatrixXf columns(size(), static_cast<Eigen::Index>(images.size()));
  for (size_t i = 0; i < images.size(); ++i) {
    columns.col(static_cast<Eigen::Index>(i)) = Of(images[i]);
  }
  return columns;
}

PixelWeights ImageFeatures::PullBack(const Eigen::VectorXf& gradient) const {
  const Eigen::VectorXf of_pixel = gradient.cwiseProduct(share_).cwiseQuotient(unit_);
  PixelWeights weights;
  weights.reserve(size_t{3} * width_ * height_);
  for (int r = 0; r < height_; ++r) {
    for (int c = 0; c < width_; ++c) {
      const float* const cell = of_pixel.data() + CellOf(r, c);
      weights.insert(weights.end(), cell, cell + 3);
    }
  }
  return weights;
}

}  // namespace evoke
