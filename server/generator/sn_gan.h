// An SN-GAN as a generator: normally distributed numbers become an image.
#ifndef EVOKE_SERVER_GENERATOR_SN_GAN_H_
#define EVOKE_SERVER_GENERATOR_SN_GAN_H_

#include <memory>
#include <string>
#include <vector>

#include "common/weights_file.h"
#include "server/generator/generator.h"

namespace evoke {

// The latent space has continuous dimensions with prior N(0, 1) on [-4, 4]. There is no encoder;
// the discriminator scores images, and gradients are exact. Decode(), Score() and PullBack() handle
// images one at a time, because sums over a batch of another size may be rounded otherwise. See
// Generator for the contract, sn_gan_config.h for the method.
class SnGan : public Generator {
 public:
  // DATA_LOSS if the weights do not fit the architecture that the file states, INVALID_ARGUMENT if
  // it holds another kind of model.
  static absl::StatusOr<std::unique_ptr<SnGan>> Create(const WeightsFile& file);
  ~SnGan() override;

  const LatentSpace& latent_space() const override { return space_; }
  int image_width() const override { return image_size_; }
  int image_height() const override { return image_size_; }
  const std::string& weights_sha256() const override { return sha256_; }

  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override;
  absl::StatusOr<std::vector<Image>> Sketch(absl::Span<const LatentPoint> points) const override;
  absl::StatusOr<std::vector<double>> Score(absl::Span<const Image> images) const override;
  absl::StatusOr<std::vector<LatentPoint>> PullBack(
      absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const override;
  absl::StatusOr<std::vector<LatentPoint>> PullBackOf(absl::Span<const LatentPoint> points,
                                                      Weigh weigh) const override;

 private:
  struct Impl;
  SnGan(std::unique_ptr<Impl> impl, LatentSpace space, int image_size, std::string sha256);

  const std::unique_ptr<Impl> impl_;
  const LatentSpace space_;
  const int image_size_;
  const std::string sha256_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_SN_GAN_H_
