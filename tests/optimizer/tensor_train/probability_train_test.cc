#include "server/optimizer/tensor_train/probability_train.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace evoke {
namespace {

// All entries of a small tensor.
std::vector<ModeIndex> AllEntries(const std::vector<int>& sizes) {
  std::vector<ModeIndex> entries = {{}};
  for (int size : sizes) {
    std::vector<ModeIndex> longer;
    for (const ModeIndex& entry : entries) {
      for (int value = 0; value < size; ++value) {
        longer.push_back(entry);
        longer.back().push_back(value);
      }
    }
    entries = std::move(longer);
  }
  return entries;
}

double MeanLogLikelihood(const ProbabilityTrain& train, const std::vector<ModeIndex>& entries) {
  double sum = 0;
  for (const ModeIndex& entry : entries) sum += train.LogLikelihood(entry);
  return sum / static_cast<double>(entries.size());
}

TEST(ProbabilityTrainTest, ProbabilitiesSumToOne) {
  Rng rng(3);
  for (const std::vector<int>& sizes : {std::vector<int>{4}, {2, 3, 4}, {2, 2, 2, 2, 2}}) {
    ProbabilityTrain train(sizes, 3, rng);
    for (const bool negative : {false, true}) {
      if (negative) {
        train.set_parameters((train.parameters().array() - 0.6).matrix());
      }
      double sum = 0;
      for (const ModeIndex& entry : AllEntries(sizes)) sum += std::exp(train.LogLikelihood(entry));
      EXPECT_NEAR(sum, 1, 1e-4);
    }
  }
}

TEST(ProbabilityTrainTest, DrawsWithTheProbabilitiesOfTheTrain) {
  Rng rng(5);
  const std::vector<int> sizes = {2, 3, 2};
  ProbabilityTrain train(sizes, 2, rng);
  train.set_parameters((train.parameters().array() - 0.3).matrix());
  std::map<ModeIndex, int> drawn;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) ++drawn[train.Draw(rng)];
  for (const ModeIndex& entry : AllEntries(sizes)) {
    const double expected = std::exp(train.LogLikelihood(entry));
    EXPECT_NEAR(drawn[entry] / double{kDraws}, expected, 4 * std::sqrt(expected / kDraws) + 1e-4);
  }
}

TEST(ProbabilityTrainTest, WithPositiveCoresItIsTheNormalisedTensorTrain) {
  // P(i, j, k) by hand, for a train of rank 2.
  Rng rng(11);
  ProbabilityTrain train({2, 2, 2}, 2, rng);
  const Eigen::VectorXd& p = train.parameters();
  const auto entry = [&p](int i, int j, int k) {
    const Eigen::Map<const Eigen::Matrix<double, 2, 2>> first(p.data());
    const Eigen::Map<const Eigen::Matrix<double, 4, 2>> second(p.data() + 4);
    const Eigen::Map<const Eigen::Matrix<double, 4, 1>> third(p.data() + 12);
    return (first.row(i) * second.middleRows(2 * j, 2) * third.segment(2 * k, 2)).value();
  };
  double total = 0;
  for (const ModeIndex& e : AllEntries({2, 2, 2})) total += entry(e[0], e[1], e[2]);
  for (const ModeIndex& e : AllEntries({2, 2, 2})) {
    EXPECT_NEAR(std::exp(train.LogLikelihood(e)), entry(e[0], e[1], e[2]) / total, 1e-12);
  }
}

TEST(ProbabilityTrainTest, TheGradientIsThatOfFiniteDifferences) {
  Rng rng(7);
  for (const double shift : {0.0, 0.4}) {  // also with negative parameters
    for (const std::vector<int>& sizes : {std::vector<int>{5}, {3, 2, 4, 2}, {2, 2, 2, 2, 2, 2}}) {
      ProbabilityTrain train(sizes, 3, rng);
      train.set_parameters((train.parameters().array() - shift).matrix());
      std::vector<ModeIndex> entries;
      for (int i = 0; i < 3; ++i) entries.push_back(train.Draw(rng));
      const Eigen::VectorXd gradient = train.Gradient(entries);
      const Eigen::VectorXd at = train.parameters();
      constexpr double kStep = 1e-6;
      for (int i = 0; i < at.size(); ++i) {
        Eigen::VectorXd moved = at;
        moved(i) = at(i) + kStep;
        train.set_parameters(moved);
        const double above = MeanLogLikelihood(train, entries);
        moved(i) = at(i) - kStep;
        train.set_parameters(moved);
        const double below = MeanLogLikelihood(train, entries);
        EXPECT_NEAR(gradient(i), (above - below) / (2 * kStep), 1e-4 * (1 + std::abs(gradient(i))))
            << "parameter " << i;
      }
    }
  }
}

TEST(ProbabilityTrainTest, ClimbingMakesTheEntriesLikely) {
  Rng rng(13);
  const std::vector<int> sizes(12, 2);
  ProbabilityTrain train(sizes, 5, rng);
  // Nothing that a product of independent modes can tell from the uniform distribution.
  const std::vector<ModeIndex> two = {ModeIndex(12, 0), ModeIndex(12, 1)};
  EXPECT_LT(MeanLogLikelihood(train, two), 10 * std::log(0.5));
  for (int step = 0; step < 200; ++step) train.Climb(two, 0.05);
  EXPECT_GT(MeanLogLikelihood(train, two), std::log(0.4));
}

TEST(ProbabilityTrainTest, ThousandsOfModesStayFinite) {
  Rng rng(17);
  ProbabilityTrain train(std::vector<int>(3000, 2), 5, rng);
  for (int step = 0; step < 20; ++step) {
    const std::vector<ModeIndex> entries = {train.Draw(rng), train.Draw(rng)};
    const double before = MeanLogLikelihood(train, entries);
    ASSERT_TRUE(std::isfinite(before));
    train.Climb(entries, 0.05);
    ASSERT_TRUE(train.parameters().allFinite());
    EXPECT_GT(MeanLogLikelihood(train, entries), before);
  }
}

TEST(ProbabilityTrainTest, AnEntryHeldImpossibleIsLearnt) {
  Rng rng(19);
  ProbabilityTrain train({2, 2}, 1, rng);
  // Value 1 of the first mode has weight 0.
  Eigen::VectorXd parameters = Eigen::VectorXd::Ones(4);
  parameters(1) = 0;
  train.set_parameters(parameters);
  const std::vector<ModeIndex> impossible = {{1, 0}};
  for (int step = 0; step < 100; ++step) train.Climb(impossible, 0.05);
  EXPECT_GT(train.LogLikelihood(impossible[0]), std::log(0.5));
  // And a train of zeros draws, and learns, without a division by zero.
  train.set_parameters(Eigen::VectorXd::Zero(4));
  EXPECT_EQ(train.Draw(rng).size(), 2u);
  train.Climb(impossible, 0.05);
  EXPECT_TRUE(train.parameters().allFinite());
}

}  // namespace
}  // namespace evoke
