#include "server/optimizer/model/model_search.h"

#include <algorithm>
#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/evolution/batch_builder.h"
#include "server/optimizer/evolution/option_checks.h"
#include "server/optimizer/model/evolution_proposer.h"
#include "server/optimizer/model/trust_region.h"

namespace evoke {
namespace {

constexpr double kRise = 1e-3;  // of the deviation of all scores: a best answer that rose

bool AllOf(const LatentSpace& space, LatentDimension::Kind kind) {
  return std::all_of(space.dimensions.begin(), space.dimensions.end(),
                     [kind](const LatentDimension& d) { return d.kind == kind; });
}
bool IsContinuous(const LatentSpace& space) {
  return AllOf(space, LatentDimension::Kind::kContinuous);
}
bool IsCode(const LatentSpace& space) { return AllOf(space, LatentDimension::Kind::kCategorical); }

}  // namespace

absl::Status ModelSearchOptions::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckOption("model_search.batch_size", batch_size, 1, 256));
  return CheckOption("model_search.initial_points", initial_points, 2, 4096);
}

ModelSearch::ModelSearch(const ModelSearchOptions& options,
                         std::shared_ptr<const Generator> generator, uint64_t seed)
    : BatchOptimizer(generator->latent_space()),
      options_(options),
      seed_(seed),
      model_(generator, !IsContinuous(generator->latent_space())) {
  if (IsContinuous(space()) && options.proposer != ModelSearchOptions::Proposer::kEvolution) {
    proposer_ = std::make_unique<TrustRegion>(generator, options.proposer);
  } else {
    proposer_ = std::make_unique<EvolutionProposer>(space());
  }
  if (IsCode(space())) opening_.emplace(space());
}

// Of the batch at hand alone: a replay may adopt recorded batches without asking for them.
Rng ModelSearch::RngOf(absl::string_view use) const {
  return Rng(MixSeed({seed_, HashText("model_search"),
                      HashText(std::string_view(use.data(), use.size())), batches_}));
}

absl::StatusOr<std::vector<LatentPoint>> ModelSearch::Propose() {
  EVOKE_RETURN_IF_ERROR(failed_);
  Rng rng = RngOf("propose");
  const int missing = options_.initial_points - measured_;
  if (fitted_) return proposer_->Propose(model_, archive(), options_.batch_size, rng);
  const int count = missing > 0 ? missing : options_.batch_size;
  BatchBuilder batch(space(), archive());
  if (opening_) {
    // Simple fields of codes: most of what a VQ-VAE can make is no image.
    if (measured_ == 0) {
      for (LatentPoint& point : opening_->Opening(count, rng)) batch.Add(std::move(point));
    }
    batch.Fill(count, rng, [&] { return opening_->Field(rng); });
  } else {
    batch.FillFromPrior(count, rng);
  }
  return std::move(batch).Finish("model_search");
}

void ModelSearch::Learn(absl::Span<const int> ids, bool adopted) {
  ++batches_;
  measured_ = 0;
  for (int id = 0; id < archive().size(); ++id) measured_ += archive().measured(id) ? 1 : 0;
  // A silent neuron: nothing to model yet.
  if (measured_ < options_.initial_points || archive().AllEqual()) return;
  Rng rng = RngOf("fit");
  const bool first = !fitted_;
  failed_ = model_.Fit(archive(), options_.batch_size, rng);
  fitted_ = failed_.ok();
  if (!fitted_) return;
  const double score = model_.scale().FromModel(model_.best_mean());
  const double rise = kRise * model_.scale().SlopeAt(model_.best_mean());
  if (!first) proposer_->Learn(model_, score > best_score_ + rise);
  best_score_ = score;
}

absl::StatusOr<Recommendation> ModelSearch::Best() const {
  // Where answers come without their noise, what was seen is what is believed.
  if (!fitted_ || !model_.scale().noise_known()) return BatchOptimizer::Best();
  const ObservationArchive::Estimate estimate = model_.EstimateOfBest();
  return Recommendation{archive().entry(model_.best()).point, estimate.score,
                        estimate.standard_error};
}

}  // namespace evoke
