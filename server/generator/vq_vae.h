// A VQ-VAE as a generator: one code per 4 x 4 pixels.
#ifndef EVOKE_SERVER_GENERATOR_VQ_VAE_H_
#define EVOKE_SERVER_GENERATOR_VQ_VAE_H_

#include <memory>
#include <string>
#include <vector>

#include "common/weights_file.h"
#include "server/generator/generator.h"

namespace evoke {

// The latent space has a categorical dimension per position of the map of codes; neighbouring codes
// look alike. Decode() takes images one at a time, because sums over a batch of another size may be
// rounded otherwise. See Generator for the contract.
class VqVae : public Generator {
 public:
  // DATA_LOSS if the weights do not fit the architecture that the file states, INVALID_ARGUMENT if
  // it holds another kind of model.
  static absl::StatusOr<std::unique_ptr<VqVae>> Create(const WeightsFile& file);
  ~VqVae() override;

  const LatentSpace& latent_space() const override { return space_; }
  int image_width() const override { return image_size_; }
  int image_height() const override { return image_size_; }
  const std::string& weights_sha256() const override { return sha256_; }

  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override;
  absl::StatusOr<std::vector<Image>> Sketch(absl::Span<const LatentPoint> points) const override;
  absl::StatusOr<std::vector<LatentPoint>> Encode(absl::Span<const Image> images) const override;

 private:
  struct Impl;
  VqVae(std::unique_ptr<Impl> impl, LatentSpace space, int image_size, std::string sha256);

  const std::unique_ptr<Impl> impl_;
  const LatentSpace space_;
  const int image_size_;
  const std::string sha256_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_VQ_VAE_H_
