// A generator turns latent points into images.
#ifndef EVOKE_SERVER_GENERATOR_GENERATOR_H_
#define EVOKE_SERVER_GENERATOR_GENERATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/image.h"
#include "server/latent/latent_space.h"

namespace evoke {

// Thread-safe. The same point gives the same image in every call and every batch, on one machine.
class Generator {
 public:
  virtual ~Generator() = default;

  virtual const LatentSpace& latent_space() const = 0;
  virtual int image_width() const = 0;
  virtual int image_height() const = 0;
  // SHA-256 of the weights file, in hex: which model made an image.
  virtual const std::string& weights_sha256() const = 0;

  // One image per point, in order. INVALID_ARGUMENT if a point lies outside the latent space.
  virtual absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const = 0;

  // The points whose images come nearest to the given ones. INVALID_ARGUMENT on a wrong image
  // size, UNIMPLEMENTED for a generator without an encoder.
  virtual absl::StatusOr<std::vector<LatentPoint>> Encode(absl::Span<const Image> images) const = 0;
};

// Loads `model_dir`/`model`.safetensors, whose metadata says which generator it is.
// NOT_FOUND if there is no such model (the message lists those there are), DATA_LOSS if the file
// is damaged, INVALID_ARGUMENT if it holds no generator or `model` is not a plain name.
absl::StatusOr<std::unique_ptr<Generator>> LoadGenerator(const std::string& model_dir,
                                                         const std::string& model);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_GENERATOR_H_
