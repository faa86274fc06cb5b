// Spaces, and short ways to drive an optimizer, for the tests of this folder.
#ifndef EVOKE_TESTS_OPTIMIZER_EVOLUTION_DRIVE_H_
#define EVOKE_TESTS_OPTIMIZER_EVOLUTION_DRIVE_H_

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "server/optimizer/optimizer.h"

namespace evoke {

using Batch = std::vector<LatentPoint>;
using Score = std::function<double(const LatentPoint&)>;

inline LatentSpace NormalSpace(int dimensions) {
  LatentSpace space;
  space.dimensions.assign(
      dimensions, LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal));
  return space;
}

inline LatentSpace CodeMap(int rows, int cols, int levels) {
  LatentSpace space;
  space.dimensions.assign(rows * cols, LatentDimension::Categorical(levels));
  space.map_rows = rows;
  space.map_cols = cols;
  return space;
}

inline std::vector<Observation> Answers(const Batch& batch, const Score& score) {
  std::vector<Observation> answers;
  for (const LatentPoint& point : batch) answers.push_back({.score = score(point), .trials = 1});
  return answers;
}

// One round; the batch.
inline Batch Round(Optimizer& optimizer, const Score& score) {
  Batch batch = *optimizer.Ask();
  EXPECT_TRUE(optimizer.Tell(Answers(batch, score)).ok());
  return batch;
}

inline void AdoptAndTell(Optimizer& optimizer, const Batch& batch, const Score& score) {
  ASSERT_TRUE(optimizer.Adopt(batch).ok());
  ASSERT_TRUE(optimizer.Tell(Answers(batch, score)).ok());
}

inline void TellLost(Optimizer& optimizer, const Batch& batch) {
  ASSERT_TRUE(optimizer.Tell(std::vector<Observation>(batch.size())).ok());
}

}  // namespace evoke

#endif  // EVOKE_TESTS_OPTIMIZER_EVOLUTION_DRIVE_H_
