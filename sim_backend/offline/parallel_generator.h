// A generator whose calls use several cores.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_PARALLEL_GENERATOR_H_
#define EVOKE_SIM_BACKEND_OFFLINE_PARALLEL_GENERATOR_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/generator/generator.h"

namespace evoke {

// Shares the points of a Decode() and the images of a Score() among threads; the results are the
// same, since a point's image and an image's score depend on nothing else. Generators decode image
// by image, and an image is too small for several cores: threads inside of it wait for each other
// longer than they work. So each of ours, also the caller's, is held to one (see
// SetTorchThreads()). See Generator for the contract; everything else is the inner generator's.
class ParallelGenerator final : public Generator {
 public:
  // `threads` at least 1.
  ParallelGenerator(std::unique_ptr<Generator> inner, int threads)
      : inner_(std::move(inner)), threads_(threads) {}

  const LatentSpace& latent_space() const override { return inner_->latent_space(); }
  int image_width() const override { return inner_->image_width(); }
  int image_height() const override { return inner_->image_height(); }
  const std::string& weights_sha256() const override { return inner_->weights_sha256(); }

  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override;
  absl::StatusOr<std::vector<LatentPoint>> Encode(absl::Span<const Image> images) const override {
    return inner_->Encode(images);
  }
  absl::StatusOr<std::vector<double>> Score(absl::Span<const Image> images) const override;
  absl::StatusOr<std::vector<LatentPoint>> PullBack(
      absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const override {
    return inner_->PullBack(points, weights);
  }
  absl::StatusOr<std::vector<Image>> Sketch(absl::Span<const LatentPoint> points) const override {
    return inner_->Sketch(points);
  }
  absl::StatusOr<std::vector<LatentPoint>> PullBackOf(absl::Span<const LatentPoint> points,
                                                      Weigh weigh) const override {
    return inner_->PullBackOf(points, weigh);
  }

 private:
  const std::unique_ptr<Generator> inner_;
  const int threads_;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_PARALLEL_GENERATOR_H_
