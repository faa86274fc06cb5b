// The architecture of an SN-GAN: shapes of its weights and its latent space.
#ifndef EVOKE_SERVER_GENERATOR_SN_GAN_CONFIG_H_
#define EVOKE_SERVER_GENERATOR_SN_GAN_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/latent/latent_space.h"

namespace evoke {

inline constexpr char kSnGanKind[] = "sn_gan";

// Miyato et al., "Spectral normalization for generative adversarial networks", ICLR 2018, the
// residual networks of its appendix B.4 for 32 x 32 images. There all layers of one network are
// equally wide; here they are wider where maps are smaller, so that no layer takes most of the
// work.
struct SnGanConfig {
  int latent = 128;  // dimensions
  int colors = 3;    // 1: gray, copied into three channels when an image is made
  // At 4 x 4, then of each block that doubles the side.
  std::vector<int> generator_channels = {256, 128, 64, 32};
  // Of each block; the first two halve the side.
  std::vector<int> discriminator_channels = {32, 64, 128, 128};

  // `width` is that of the layers at the image's full size.
  static SnGanConfig OfWidth(int width, int colors);

  int blocks() const { return static_cast<int>(generator_channels.size()) - 1; }
  int image_size() const { return 4 << blocks(); }
  // Continuous, N(0, 1) on [-4, 4].
  LatentSpace latent_space() const;

  // OK, or INVALID_ARGUMENT that names the field.
  absl::Status Validate() const;
  std::string ToJson() const;
  // INVALID_ARGUMENT if `text` is no JSON, lacks a field, or does not validate.
  static absl::StatusOr<SnGanConfig> FromJson(const std::string& text);
};

struct NamedShape {
  std::string name;  // "generator.block1.conv1.weight"
  std::vector<int64_t> shape;
};

// The weights that the networks have, in a fixed order. Convolutions are [out][in][row][col].
// A batch norm X of the generator has X.weight, X.bias and the statistics X.mean and X.variance.
std::vector<NamedShape> GeneratorShapes(const SnGanConfig& config);
std::vector<NamedShape> DiscriminatorShapes(const SnGanConfig& config);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_SN_GAN_CONFIG_H_
