#include "server/optimizer/evolution/code_genetic.h"

#include <algorithm>
#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/evolution/batch_builder.h"
#include "server/optimizer/evolution/option_checks.h"

namespace evoke {

absl::Status CodeGeneticOptions::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckOption("code_genetic.initial_points", initial_points, 1, 4096));
  EVOKE_RETURN_IF_ERROR(CheckOption("code_genetic.parents", parents, 1, 4096));
  return CheckOption("code_genetic.children", children, 1, 4096);
}

absl::Status CodeGeneticOptions::CheckSpace(const LatentSpace& space) const {
  return RequireCategorical("code_genetic", space);
}

CodeGenetic::CodeGenetic(const CodeGeneticOptions& options, LatentSpace space, uint64_t seed)
    : BatchOptimizer(std::move(space)),
      options_(options),
      rng_(MixSeed({seed, HashText("code_genetic")})),
      moves_(this->space()) {}

absl::StatusOr<std::vector<LatentPoint>> CodeGenetic::Propose() {
  BatchBuilder batch(space(), archive());
  const std::vector<int> parents = Parents();
  const auto field = [this] { return moves_.Field(rng_); };
  const int missing = options_.initial_points - archive().size();
  if (!std::exchange(opened_, true) && missing > 0) {
    for (LatentPoint& point : moves_.Opening(missing, rng_)) batch.Add(std::move(point));
    batch.Fill(missing, rng_, field);
  } else if (parents.empty() || archive().AllEqual()) {
    batch.Fill(options_.children, rng_, field);
  } else {
    batch.Fill(options_.children, rng_, [&] { return Child(parents); });
  }
  return std::move(batch).Finish("code_genetic");
}

std::vector<int> CodeGenetic::Parents() const {
  std::vector<int> ids;
  for (int id = 0; id < archive().size(); ++id) {
    if (archive().measured(id)) ids.push_back(id);
  }
  const auto count = std::min(ids.size(), static_cast<size_t>(options_.parents));
  const auto better = [this](int a, int b) {
    if (archive().IsBetter(a, b)) return true;
    return !archive().IsBetter(b, a) && a < b;
  };
  std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count), ids.end(),
                    better);
  ids.resize(count);
  return ids;
}

LatentPoint CodeGenetic::Child(const std::vector<int>& parents) {
  const auto [first, second] = DrawParents(parents.size(), rng_);
  return moves_.Child(archive().entry(parents[first]).point, archive().entry(parents[second]).point,
                      rng_);
}

}  // namespace evoke
