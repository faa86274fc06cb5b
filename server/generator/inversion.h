// Finds the latent points of images by optimisation, for generators without an encoder.
#ifndef EVOKE_SERVER_GENERATOR_INVERSION_H_
#define EVOKE_SERVER_GENERATOR_INVERSION_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/generator/generator.h"

namespace evoke {

struct InversionOptions {
  int starts = 4;       // the best of them counts; the first is the middle of the prior
  int steps = 200;      // of each start
  double rate = 0.012;  // first step, as a share of a dimension's range; falls to 0 along a cosine
  uint64_t seed = 1;

  // OK, or INVALID_ARGUMENT that names the field.
  absl::Status Validate() const;
};

struct Inversion {
  LatentPoint point;
  double error = 0;  // mean squared difference of display values / 255
  int start = 0;     // which start it came from
};

// One for each image, in order: Adam (Kingma & Ba 2015) on the squared difference of the pixels,
// clipped to the bounds after every step (Zhu et al., ECCV 2016, without their learnt start). The
// best point of all steps is kept. Deterministic for its seed; an image's result does not depend on
// the others. Takes starts * steps decodes and gradients an image.
// INVALID_ARGUMENT: options, a wrong image size, or a latent space with categorical dimensions
// (use Generator::Encode). UNIMPLEMENTED: the generator has no gradients. Thread-safe.
absl::StatusOr<std::vector<Inversion>> InvertImages(const Generator& generator,
                                                    absl::Span<const Image> images,
                                                    const InversionOptions& options);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_INVERSION_H_
