// The methods that the benchmark compares, by name.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_METHODS_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_METHODS_H_

#include <string>
#include <vector>

#include "server/optimizer/factory.h"

namespace evoke {

struct BenchmarkMethod {
  std::string name;
  OptimizerOptions options;
  // Ours, over a model of the responses; the others are the classical methods that it is held
  // against.
  bool over_model = false;
};

// In the order of the tables. To compare another setting, add a row in the .cc.
std::vector<BenchmarkMethod> BenchmarkMethods();

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_METHODS_H_
