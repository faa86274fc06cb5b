#include "server/optimizer/model/texture_features.h"

#include <algorithm>
#include <cmath>

#include "common/random.h"

namespace evoke {
namespace {

constexpr int kFirstSize = 5;
constexpr int kFirstStride = 2;
constexpr int kFirstFilters = 24;
constexpr int kSecondSize = 3;
constexpr int kSecondStride = 2;
constexpr int kSecondFilters = 48;
constexpr int kFirstChannels = 2 * kFirstFilters;  // each filter and its negative
constexpr int kQuadrants = 4;

// [channel][row * cols + col]
struct Map {
  int rows = 0, cols = 0;
  Eigen::MatrixXf values;
};

Map Pooled(const Image& image, int side) {
  const int cell = std::max(1, (std::max(image.width, image.height) + side - 1) / side);
  Map map{image.height / cell, image.width / cell, {}};
  map.values = Eigen::MatrixXf::Zero(3, map.rows * map.cols);
  for (int r = 0; r < map.rows * cell; ++r) {
    for (int c = 0; c < map.cols * cell; ++c) {
      const uint8_t* pixel = &image.rgb[(static_cast<size_t>(r) * image.width + c) * 3];
      for (int i = 0; i < 3; ++i) map.values(i, r / cell * map.cols + c / cell) += pixel[i];
    }
  }
  map.values /= 255.0f * static_cast<float>(cell * cell);
  return map;
}

Map Filter(const Map& map, const Eigen::MatrixXf& filters, int size, int stride) {
  Map out{(map.rows - size) / stride + 1, (map.cols - size) / stride + 1, {}};
  const Eigen::Index channels = map.values.rows();
  Eigen::MatrixXf patches(channels * size * size, out.rows * out.cols);
  for (int r = 0; r < out.rows; ++r) {
    for (int c = 0; c < out.cols; ++c) {
      float* patch = patches.col(r * out.cols + c).data();
      for (int i = 0; i < size; ++i) {
        // Neighbours in a row lie one behind the other.
        const float* from = map.values.col((r * stride + i) * map.cols + c * stride).data();
        patch = std::copy_n(from, channels * size, patch);
      }
    }
  }
  out.values = filters * patches;
  return out;
}

// Random filters of norm 1; without `mean`, they do not see the mean of a patch.
Eigen::MatrixXf Filters(int count, int taps, int channels, bool mean, Rng& rng) {
  Eigen::MatrixXf filters(count, taps * channels);
  for (int f = 0; f < count; ++f) {
    for (int i = 0; i < taps * channels; ++i) filters(f, i) = static_cast<float>(rng.Normal());
    if (!mean) {
      for (int c = 0; c < channels; ++c) {
        float sum = 0;
        for (int t = 0; t < taps; ++t) sum += filters(f, t * channels + c);
        for (int t = 0; t < taps; ++t)
          filters(f, t * channels + c) -= sum / static_cast<float>(taps);
      }
    }
    filters.row(f).normalize();
  }
  return filters;
}

}  // namespace

TextureFeatures::TextureFeatures() {
  Rng rng(HashText("texture features"));
  first_ = Filters(kFirstFilters, kFirstSize * kFirstSize, 3, false, rng);
  second_ = Filters(kSecondFilters, kSecondSize * kSecondSize, kFirstChannels, false, rng);
}

int TextureFeatures::size() const { return kFirstChannels + kSecondFilters * (1 + kQuadrants); }

Eigen::VectorXf TextureFeatures::Of(const Image& image) const {
  const Map filtered = Filter(Pooled(image, kSide), first_, kFirstSize, kFirstStride);
  Map first{filtered.rows, filtered.cols, {}};
  first.values.resize(kFirstChannels, filtered.values.cols());
  first.values << filtered.values.cwiseMax(0), (-filtered.values).cwiseMax(0);
  Map second = Filter(first, second_, kSecondSize, kSecondStride);
  second.values = second.values.cwiseMax(0);
  Eigen::VectorXf features = Eigen::VectorXf::Zero(size());
  features.head(kFirstChannels) = first.values.rowwise().mean();
  features.segment(kFirstChannels, kSecondFilters) = second.values.rowwise().mean();
  const float share = kQuadrants / static_cast<float>(second.rows * second.cols);
  for (int r = 0; r < second.rows; ++r) {
    for (int c = 0; c < second.cols; ++c) {
      const int quadrant = 2 * (2 * r >= second.rows) + (2 * c >= second.cols);
      features.segment(kFirstChannels + kSecondFilters * (1 + quadrant), kSecondFilters) +=
          share * second.values.col(r * second.cols + c);
    }
  }
  return features;
}

}  // namespace evoke
