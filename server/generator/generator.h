// A generator turns latent points into images.
#ifndef EVOKE_SERVER_GENERATOR_GENERATOR_H_
#define EVOKE_SERVER_GENERATOR_GENERATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/image.h"
#include "server/latent/latent_space.h"

namespace evoke {

// One number for each value of an image, in the order of Image::rgb.
using PixelWeights = std::vector<float>;

// Thread-safe. The same point gives the same image in every call and every batch, on one machine.
// What a kind of generator lacks is UNIMPLEMENTED.
class Generator {
 public:
  virtual ~Generator() = default;

  virtual const LatentSpace& latent_space() const = 0;
  virtual int image_width() const = 0;
  virtual int image_height() const = 0;
  // SHA-256 of the file that defines the images (weights or manifest), in hex: which model made
  // an image.
  virtual const std::string& weights_sha256() const = 0;

  // One image per point, in order. INVALID_ARGUMENT if a point lies outside the latent space.
  virtual absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const = 0;

  // As Decode(), several points in one pass where that is faster. Single values may then be rounded
  // to a neighbour of what Decode() gives; the same list gives the same images. For models that
  // look at many images; what is shown or recorded comes from Decode().
  virtual absl::StatusOr<std::vector<Image>> Sketch(absl::Span<const LatentPoint> points) const;

  // The points whose images come nearest to the given ones. INVALID_ARGUMENT on a wrong image
  // size, UNIMPLEMENTED for a generator without an encoder: see InvertImages() (inversion.h).
  virtual absl::StatusOr<std::vector<LatentPoint>> Encode(absl::Span<const Image> images) const;

  // How natural each image looks to the discriminator that the generator was trained against: the
  // higher, the more; only differences between images of one model mean something.
  // INVALID_ARGUMENT on a wrong image size, UNIMPLEMENTED without a discriminator.
  virtual absl::StatusOr<std::vector<double>> Score(absl::Span<const Image> images) const;

  // Vector-Jacobian products: for each point, the gradient of the sum of weight * value over its
  // image (values are display values / 255 before they are rounded) with respect to the point's
  // coordinates. Categorical ones get 0. A point on a bound gets the gradient from inside and
  // beyond: clip what you do with it. INVALID_ARGUMENT if a point lies outside the latent space or
  // there are not as many weights as an image has values; UNIMPLEMENTED without gradients.
  virtual absl::StatusOr<std::vector<LatentPoint>> PullBack(
      absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const;

  // PullBack() with weights that follow from the images, which are decoded only once. `weigh` gets
  // images as Sketch() gives them, those of the points from `first` on, and returns the weights of
  // each; it is called until all points had their turn. Errors as PullBack().
  using Weigh =
      absl::FunctionRef<std::vector<PixelWeights>(size_t first, absl::Span<const Image> images)>;
  virtual absl::StatusOr<std::vector<LatentPoint>> PullBackOf(absl::Span<const LatentPoint> points,
                                                              Weigh weigh) const;

 protected:
  // INVALID_ARGUMENT naming the image and both sizes.
  absl::Status CheckImages(absl::Span<const Image> images) const;
  // INVALID_ARGUMENT, as PullBack() says.
  absl::Status CheckPullBack(absl::Span<const LatentPoint> points,
                             absl::Span<const PixelWeights> weights) const;
};

// Loads `model_dir`/`model`.safetensors, whose metadata says which generator it is, or else
// `model_dir`/`model`.textproto, a manifest (evoke.v1.GeneratorManifest).
// NOT_FOUND if there is no such model (the message lists those there are), DATA_LOSS if the file
// is damaged, INVALID_ARGUMENT if it holds no generator or `model` is not a plain name.
absl::StatusOr<std::unique_ptr<Generator>> LoadGenerator(const std::string& model_dir,
                                                         const std::string& model);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_GENERATOR_H_
