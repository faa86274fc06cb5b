#include "server/optimizer/random_search.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/optimizer/fresh_points.h"

namespace evoke {

absl::Status RandomSearchOptions::Validate() const {
  if (batch_size < 1 || batch_size > 4096) {
    return absl::InvalidArgumentError(
        absl::StrCat("random_search.batch_size is ", batch_size, "; needs 1 to 4096"));
  }
  return absl::OkStatus();
}

RandomSearch::RandomSearch(const RandomSearchOptions& options, LatentSpace space, uint64_t seed)
    : BatchOptimizer(std::move(space)),
      options_(options),
      rng_(MixSeed({seed, HashText("random_search")})) {}

absl::StatusOr<std::vector<LatentPoint>> RandomSearch::Propose() {
  std::vector<LatentPoint> points = DrawFreshPoints(space(), archive(), options_.batch_size, rng_);
  if (points.empty()) {
    return absl::ResourceExhaustedError(
        "random search: every point of the space has been shown; end the experiment");
  }
  return points;
}

}  // namespace evoke
