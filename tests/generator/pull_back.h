// Holds a generator's gradients against its images.
#ifndef EVOKE_TESTS_GENERATOR_PULL_BACK_H_
#define EVOKE_TESTS_GENERATOR_PULL_BACK_H_

#include <cmath>
#include <vector>

#include "common/random.h"
#include "server/generator/generator.h"

namespace evoke {

inline PixelWeights RandomWeights(const Generator& generator, uint64_t seed) {
  Rng rng(seed);
  PixelWeights weights(size_t{3} * generator.image_width() * generator.image_height());
  for (float& weight : weights) weight = static_cast<float>(rng.Normal());
  return weights;
}

// The change from one point's image to another's: along it, images change by much more than the
// rounding of their values.
inline PixelWeights Change(const Generator& generator, const LatentPoint& from,
                           const LatentPoint& to) {
  const std::vector<Image> images = generator.Decode({from, to}).value();
  PixelWeights weights(images[0].rgb.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<float>((images[1].rgb[i] - images[0].rgb[i]) / 255.0);
  }
  return weights;
}

// Moves the point along its gradient by `distance` to either side: the change of the weighted sum,
// as a multiple of what the gradient promises. Images are rounded to bytes: near 1, not 1.
inline double ChangeAlongGradient(const Generator& generator, const LatentPoint& point,
                                  const PixelWeights& weights, double distance) {
  const LatentPoint gradient = generator.PullBack({point}, {weights}).value()[0];
  double length = 0;
  for (double g : gradient) length += g * g;
  length = std::sqrt(length);
  LatentPoint below = point;
  LatentPoint above = point;
  for (size_t i = 0; i < point.size(); ++i) {
    below[i] -= distance * gradient[i] / length;
    above[i] += distance * gradient[i] / length;
  }
  const std::vector<Image> images = generator.Decode({below, above}).value();
  double change = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    change += weights[i] * (images[1].rgb[i] - images[0].rgb[i]) / 255.0;
  }
  return change / (2 * distance * length);
}

}  // namespace evoke

#endif  // EVOKE_TESTS_GENERATOR_PULL_BACK_H_
