#include "tests/bench/optimizers/methods.h"

namespace evoke {
namespace {

OptimizerOptions CmaEsOf(CmaEsOptions::Variant variant) { return CmaEsOptions{.variant = variant}; }

OptimizerOptions ModelSearchBy(ModelSearchOptions::Proposer proposer) {
  return ModelSearchOptions{.proposer = proposer};
}

}  // namespace

std::vector<BenchmarkMethod> BenchmarkMethods() {
  using Cma = CmaEsOptions::Variant;
  using Preset = TtSamplingOptions::Preset;
  using Proposer = ModelSearchOptions::Proposer;
  return {
      {"random", RandomSearchOptions{}},
      {"quasi_random", QuasiRandomOptions{}},
      {"tt_cross", TtCrossOptions{}},
      {"tt_cross_plain", TtCrossOptions{.quantized = false}},
      {"protes_tt", TtSamplingOptions::Of(Preset::kTt)},
      {"protes_tt_s", TtSamplingOptions::Of(Preset::kTtS)},
      {"protes_tt_b", TtSamplingOptions::Of(Preset::kTtB)},
      {"protes_tt_exp", TtSamplingOptions::Of(Preset::kTtExp)},
      {"genetic", GeneticOptions{}},
      {"fdgd", FiniteDifferenceOptions{}},
      {"nes", NaturalEvolutionOptions{}},
      {"cma_es", CmaEsOf(Cma::kFull)},
      {"sep_cma_es", CmaEsOf(Cma::kSeparable)},
      {"cholesky_cma_es", CmaEsOf(Cma::kCholesky)},
      {"sphere_cma", CmaEsOf(Cma::kSphere)},
      {"one_plus_lambda", OnePlusLambdaOptions{}},
      {"code_genetic", CodeGeneticOptions{}},
      {"auto", ModelSearchOptions{}, true},
      {"auto_tt_cross", ModelSearchBy(Proposer::kTtCross), true},
      {"auto_tt_cross_alone", ModelSearchBy(Proposer::kTtCrossAlone), true},
      {"auto_gradient", ModelSearchBy(Proposer::kGradient), true},
      {"auto_evolution", ModelSearchBy(Proposer::kEvolution), true},
  };
}

}  // namespace evoke
