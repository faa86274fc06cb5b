#include "server/optimizer/optimizer_spec.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/optimizer/replicating_optimizer.h"

namespace evoke {
namespace {

using Spec = v1::OptimizerSpec;

// Zero in a spec means the default.
template <typename T>
void Set(T value, T& option) {
  if (value != T{}) option = value;
}

TtCrossOptions OptionsOf(const Spec::TtCross& spec) {
  TtCrossOptions options;
  Set(spec.rank(), options.rank);
  Set(spec.grid_size(), options.grid_size);
  Set(spec.max_batch(), options.max_batch);
  Set(spec.incumbent_measurements(), options.incumbent_measurements);
  options.quantized = spec.mode() != Spec::TtCross::MODE_PLAIN;
  options.rect_maxvol = spec.rectangular_maxvol();
  switch (spec.sweep_order()) {
    case Spec::TtCross::SWEEP_ORDER_NATURAL:
      options.sweep_order = TtCrossOptions::SweepOrder::kNatural;
      break;
    case Spec::TtCross::SWEEP_ORDER_RANDOM:
      options.sweep_order = TtCrossOptions::SweepOrder::kRandom;
      break;
    default:
      options.sweep_order = TtCrossOptions::SweepOrder::kCoarseToFine;
  }
  return options;
}

RandomSearchOptions OptionsOf(const Spec::RandomSearch& spec) {
  RandomSearchOptions options;
  Set(spec.batch_size(), options.batch_size);
  return options;
}

ModelSearchOptions OptionsOf(const Spec::ModelSearch& spec) {
  ModelSearchOptions options;
  Set(spec.batch_size(), options.batch_size);
  switch (spec.proposer()) {
    case Spec::ModelSearch::PROPOSER_TT_CROSS:
      options.proposer = ModelSearchOptions::Proposer::kTtCross;
      break;
    case Spec::ModelSearch::PROPOSER_TT_CROSS_ALONE:
      options.proposer = ModelSearchOptions::Proposer::kTtCrossAlone;
      break;
    case Spec::ModelSearch::PROPOSER_GRADIENT:
      options.proposer = ModelSearchOptions::Proposer::kGradient;
      break;
    case Spec::ModelSearch::PROPOSER_EVOLUTION:
      options.proposer = ModelSearchOptions::Proposer::kEvolution;
      break;
    default:
      options.proposer = ModelSearchOptions::Proposer::kBest;
  }
  return options;
}

QuasiRandomOptions OptionsOf(const Spec::QuasiRandomSearch& spec) {
  QuasiRandomOptions options;
  Set(spec.batch_size(), options.batch_size);
  return options;
}

TtSamplingOptions PresetOf(Spec::TtSampling::Preset preset) {
  using Preset = TtSamplingOptions::Preset;
  switch (preset) {
    case Spec::TtSampling::PRESET_TT:
      return TtSamplingOptions::Of(Preset::kTt);
    case Spec::TtSampling::PRESET_TT_S:
      return TtSamplingOptions::Of(Preset::kTtS);
    case Spec::TtSampling::PRESET_TT_B:
      return TtSamplingOptions::Of(Preset::kTtB);
    case Spec::TtSampling::PRESET_TT_EXP:
      return TtSamplingOptions::Of(Preset::kTtExp);
    default:
      return {};
  }
}

TtSamplingOptions OptionsOf(const Spec::TtSampling& spec) {
  TtSamplingOptions options = PresetOf(spec.preset());
  options.quantized = spec.mode() != Spec::TtSampling::MODE_PLAIN;
  Set(spec.rank(), options.rank);
  Set(spec.batch_size(), options.batch_size);
  Set(spec.elite(), options.elite);
  Set(spec.learning_rate(), options.learning_rate);
  Set(spec.steps(), options.steps);
  Set(spec.grid_size(), options.grid_size);
  return options;
}

FiniteDifferenceOptions OptionsOf(const Spec::FiniteDifference& spec) {
  FiniteDifferenceOptions options;
  Set(spec.samples(), options.samples);
  Set(spec.search_radius(), options.search_radius);
  Set(spec.learning_rate(), options.learning_rate);
  return options;
}

NaturalEvolutionOptions OptionsOf(const Spec::NaturalEvolution& spec) {
  NaturalEvolutionOptions options;
  Set(spec.samples(), options.samples);
  Set(spec.search_radius(), options.search_radius);
  Set(spec.learning_rate(), options.learning_rate);
  Set(spec.radius_rate(), options.radius_rate);
  return options;
}

GeneticOptions OptionsOf(const Spec::Genetic& spec) {
  GeneticOptions options;
  Set(spec.population_size(), options.population_size);
  if (spec.has_mutation_rate()) options.mutation_rate = spec.mutation_rate();
  Set(spec.mutation_size(), options.mutation_size);
  Set(spec.selectivity(), options.selectivity);
  if (spec.has_heritability()) options.heritability = spec.heritability();
  if (spec.has_conserve()) options.conserve = spec.conserve();
  Set(spec.clip_percentile(), options.clip_percentile);
  return options;
}

CmaEsOptions OptionsOf(const Spec::CmaEs& spec) {
  CmaEsOptions options;
  switch (spec.variant()) {
    case Spec::CmaEs::VARIANT_FULL:
      options.variant = CmaEsOptions::Variant::kFull;
      break;
    case Spec::CmaEs::VARIANT_CHOLESKY:
      options.variant = CmaEsOptions::Variant::kCholesky;
      break;
    case Spec::CmaEs::VARIANT_SPHERE:
      options.variant = CmaEsOptions::Variant::kSphere;
      break;
    default:
      options.variant = CmaEsOptions::Variant::kSeparable;
  }
  Set(spec.population_size(), options.population_size);
  Set(spec.sigma(), options.sigma);
  return options;
}

OnePlusLambdaOptions OptionsOf(const Spec::OnePlusLambda& spec) {
  OnePlusLambdaOptions options;
  Set(spec.lambda(), options.lambda);
  Set(spec.mutation_rate(), options.mutation_rate);
  return options;
}

CodeGeneticOptions OptionsOf(const Spec::CodeGenetic& spec) {
  CodeGeneticOptions options;
  Set(spec.initial_points(), options.initial_points);
  Set(spec.parents(), options.parents);
  Set(spec.children(), options.children);
  return options;
}

// The message of Validate() begins with the method's name.
template <typename Method>
absl::StatusOr<OptimizerOptions> Checked(const Method& spec) {
  auto options = OptionsOf(spec);
  if (const absl::Status status = options.Validate(); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("optimizer.", status.message()));
  }
  return options;
}

}  // namespace

absl::StatusOr<OptimizerOptions> OptimizerOptionsOf(const Spec& spec) {
  switch (spec.algorithm_case()) {
    case Spec::kTtCross:
      return Checked(spec.tt_cross());
    case Spec::kRandomSearch:
      return Checked(spec.random_search());
    case Spec::kQuasiRandom:
      return Checked(spec.quasi_random());
    case Spec::kTtSampling:
      return Checked(spec.tt_sampling());
    case Spec::kFiniteDifference:
      return Checked(spec.finite_difference());
    case Spec::kNaturalEvolution:
      return Checked(spec.natural_evolution());
    case Spec::kGenetic:
      return Checked(spec.genetic());
    case Spec::kCmaEs:
      return Checked(spec.cma_es());
    case Spec::kOnePlusLambda:
      return Checked(spec.one_plus_lambda());
    case Spec::kCodeGenetic:
      return Checked(spec.code_genetic());
    case Spec::kModelSearch:
    case Spec::ALGORITHM_NOT_SET:
      break;
  }
  return Checked(spec.model_search());  // the defaults, if it is not set
}

absl::StatusOr<std::unique_ptr<Optimizer>> CreateOptimizer(
    const Spec& spec, const LatentSpace& space, std::shared_ptr<const Generator> generator) {
  EVOKE_ASSIGN_OR_RETURN(const OptimizerOptions options, OptimizerOptionsOf(spec));
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Optimizer> optimizer,
                         CreateOptimizer(options, space, spec.seed(), std::move(generator)));
  const double share = spec.replicate_share();
  if (!(share >= 0 && share <= 0.5)) {
    return absl::InvalidArgumentError(
        absl::StrCat("optimizer.replicate_share: ", share, "; allowed are 0 to 0.5"));
  }
  if (share == 0) return optimizer;
  return std::make_unique<ReplicatingOptimizer>(std::move(optimizer), share, space);
}

}  // namespace evoke
