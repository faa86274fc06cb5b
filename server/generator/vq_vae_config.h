// The architecture of a VQ-VAE.
#ifndef EVOKE_SERVER_GENERATOR_VQ_VAE_CONFIG_H_
#define EVOKE_SERVER_GENERATOR_VQ_VAE_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/latent/latent_space.h"

namespace evoke {

struct VqVaeConfig {
  int image_size = 32;      // square; divisible by 4
  int codes = 512;          // in the code book
  int code_size = 64;       // numbers per code
  int width = 128;          // channels at the resolution of the codes
  int residual_width = 64;  // channels inside a residual block
  int residual_blocks = 2;  // in the encoder, and again in the decoder

  int map_size() const { return image_size / 4; }
  int positions() const { return map_size() * map_size(); }
  LatentSpace latent_space() const;

  // OK, or INVALID_ARGUMENT that names the field.
  absl::Status Validate() const;
  std::string ToJson() const;
  // INVALID_ARGUMENT if `text` is no JSON, lacks a field, or does not validate.
  static absl::StatusOr<VqVaeConfig> FromJson(const std::string& text);
};

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_VQ_VAE_CONFIG_H_
