#include "server/optimizer/evolution/genetic.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/evolution/batch_builder.h"
#include "server/optimizer/evolution/option_checks.h"
#include "server/optimizer/evolution/prior_scale.h"

namespace evoke {
namespace {

// A value of the share `share` of `descending` numbers, interpolated between neighbours.
double Quantile(const std::vector<double>& descending, double share) {
  const double place = (1 - share) * static_cast<double>(descending.size() - 1);
  const size_t above = static_cast<size_t>(place);
  const size_t below = std::min(above + 1, descending.size() - 1);
  return std::lerp(descending[above], descending[below], place - std::floor(place));
}

double StandardDeviation(const std::vector<double>& values) {
  const double count = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (double v : values) mean += v / count;
  for (double v : values) squares += (v - mean) * (v - mean) / count;
  return std::sqrt(squares);
}

}  // namespace

absl::Status GeneticOptions::Validate() const {
  constexpr double kTiny = 1e-9, kHuge = 1e9;
  EVOKE_RETURN_IF_ERROR(CheckOption("genetic.population_size", population_size, 2, 4096));
  EVOKE_RETURN_IF_ERROR(CheckOption("genetic.mutation_rate", mutation_rate, 0, 1));
  EVOKE_RETURN_IF_ERROR(CheckOption("genetic.mutation_size", mutation_size, kTiny, kHuge));
  EVOKE_RETURN_IF_ERROR(CheckOption("genetic.selectivity", selectivity, kTiny, kHuge));
  EVOKE_RETURN_IF_ERROR(CheckOption("genetic.heritability", heritability, 0, 1));
  EVOKE_RETURN_IF_ERROR(CheckOption("genetic.conserve", conserve, 0, population_size - 1));
  return CheckOption("genetic.clip_percentile", clip_percentile, kTiny, 100);
}

absl::Status GeneticOptions::CheckSpace(const LatentSpace& space) const {
  return RequireContinuous("genetic", space);
}

Genetic::Genetic(const GeneticOptions& options, LatentSpace space, uint64_t seed)
    : BatchOptimizer(std::move(space)),
      options_(options),
      rng_(MixSeed({seed, HashText("genetic")})) {}

absl::StatusOr<std::vector<LatentPoint>> Genetic::Propose() {
  BatchBuilder batch(space(), archive());
  carried_.clear();
  const size_t conserved = std::min(population_.size(), static_cast<size_t>(options_.conserve));
  for (size_t i = 0; i < conserved; ++i) {
    const ObservationArchive::Entry& entry = archive().entry(population_[i]);
    if (entry.variance > 0) {
      batch.AddAgain(entry.point);
    } else {
      carried_.push_back(population_[i]);
    }
  }
  const int room = options_.population_size - static_cast<int>(carried_.size());
  for (int id : lost_) {
    if (batch.size() < room) batch.Add(archive().entry(id).point);
  }
  if (population_.empty()) {
    batch.FillFromPrior(room, rng_);
  } else {
    const std::vector<double> fitness = CumulativeFitness();
    batch.Fill(room, rng_, [&] { return Child(fitness); });
  }
  EVOKE_ASSIGN_OR_RETURN(proposal_, std::move(batch).Finish("genetic"));
  return proposal_;
}

void Genetic::Learn(absl::Span<const int> ids, bool adopted) {
  const bool generation =
      !adopted ||
      (!proposal_.empty() && 2 * ProposedIds(archive(), proposal_, ids).size() >= proposal_.size());
  std::vector<int> members;
  if (generation) lost_.clear();
  for (int id : ids) {
    if (archive().measured(id)) {
      members.push_back(id);
    } else if (generation) {
      lost_.push_back(id);
    }
  }
  // Of a generation that was lost altogether nothing is known; the one before still stands.
  if (members.empty()) return;
  const std::vector<int>& elders = generation ? carried_ : population_;
  members.insert(members.end(), elders.begin(), elders.end());
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  std::stable_sort(members.begin(), members.end(),
                   [this](int a, int b) { return archive().IsBetter(a, b); });
  const size_t size = static_cast<size_t>(options_.population_size);
  if (members.size() > size) members.resize(size);
  population_ = std::move(members);
}

std::vector<double> Genetic::CumulativeFitness() const {
  std::vector<double> scores;
  for (int id : population_) scores.push_back(archive().EstimateOf(id).score);
  const double temperature = std::max(StandardDeviation(scores) / options_.selectivity, 1e-8);
  const double top = Quantile(scores, options_.clip_percentile / 100);
  std::vector<double> sums;
  double sum = 0;
  for (double score : scores) {
    sum += std::exp((std::min(score, top) - top) / temperature);
    sums.push_back(sum);
  }
  return sums;
}

LatentPoint Genetic::Child(const std::vector<double>& cumulative_fitness) {
  const auto draw_parent = [&]() -> const LatentPoint& {
    const double place = rng_.Uniform(0, cumulative_fitness.back());
    const auto it =
        std::upper_bound(cumulative_fitness.begin(), cumulative_fitness.end() - 1, place);
    return archive().entry(population_[it - cumulative_fitness.begin()]).point;
  };
  LatentPoint child = draw_parent();
  const LatentPoint& second = draw_parent();
  for (int i = 0; i < space().size(); ++i) {
    const LatentDimension& d = space().dimensions[i];
    if (rng_.Uniform() >= options_.heritability) child[i] = second[i];
    if (rng_.Uniform() >= options_.mutation_rate) continue;
    const double step = options_.mutation_size * PriorDeviation(d) * rng_.Normal();
    child[i] = std::clamp(child[i] + step, d.lower, d.upper);
  }
  return child;
}

}  // namespace evoke
