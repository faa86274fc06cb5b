// The space that an optimizer searches, typed per dimension.
#ifndef EVOKE_SERVER_LATENT_LATENT_SPACE_H_
#define EVOKE_SERVER_LATENT_LATENT_SPACE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/random.h"

namespace evoke {

// One value per dimension. Categorical dimensions hold a whole number in [0, levels).
using LatentPoint = std::vector<double>;

struct LatentDimension {
  enum class Kind { kContinuous, kCategorical };
  enum class Prior { kUniform, kStandardNormal };  // of continuous dimensions

  Kind kind = Kind::kContinuous;
  double lower = 0;  // continuous: the bounds, both allowed
  double upper = 1;
  Prior prior = Prior::kUniform;
  int levels = 0;  // categorical: the number of codes, at least 1

  static LatentDimension Continuous(double lower, double upper, Prior prior);
  static LatentDimension Categorical(int levels);
  friend bool operator==(const LatentDimension&, const LatentDimension&) = default;
};

// Immutable after construction; safe to share between threads.
//
// Categorical levels are *ordered so that neighbours look alike* (generators sort their code books
// by recursive principal-axis bisection), hence methods may treat a code as a coordinate.
struct LatentSpace {
  std::vector<LatentDimension> dimensions;
  // Where the dimensions form a map over the image (the codes of a VQ-VAE), its shape:
  // dimension i sits at row i / map_cols, column i % map_cols. Zero otherwise.
  int map_rows = 0;
  int map_cols = 0;

  int size() const { return static_cast<int>(dimensions.size()); }
  bool is_map() const { return map_rows > 0; }

  // OK, or INVALID_ARGUMENT naming the dimension and what is wrong with it.
  absl::Status Validate() const;
  // OK if `point` has the right size, finite values, inside the bounds, and whole codes.
  absl::Status Contains(absl::Span<const double> point) const;
  // A draw from the prior, clipped to the bounds; codes are uniform.
  LatentPoint Sample(Rng& rng) const;

  friend bool operator==(const LatentSpace&, const LatentSpace&) = default;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_LATENT_LATENT_SPACE_H_
