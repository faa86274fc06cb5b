#include "server/optimizer/model/kernel_choice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "common/random.h"

namespace evoke {
namespace {

constexpr int kPoints = 60;

Eigen::MatrixXf Points() {
  Rng rng(1);
  Eigen::MatrixXf points(3, kPoints);
  for (float& x : points.reshaped()) x = static_cast<float>(rng.Normal());
  return points;
}

// Changes slowly; mean 0 and deviation 1.
Eigen::VectorXd Smooth() {
  const Eigen::MatrixXf points = Points();
  Eigen::VectorXd values(kPoints);
  for (Eigen::Index i = 0; i < kPoints; ++i) values[i] = std::sin(points(0, i)) - points(2, i);
  values.array() -= values.mean();
  return values / std::sqrt(values.squaredNorm() / kPoints);
}

Eigen::VectorXd Normals(uint64_t seed) {
  Rng rng(seed);
  Eigen::VectorXd values(kPoints);
  for (double& v : values) v = rng.Normal();
  return values;
}

TEST(KernelChoiceTest, ASmoothFunctionHasALongLengthAndNoNoise) {
  const KernelChoice smooth = ChooseKernel(Points(), Smooth(), std::nullopt);
  EXPECT_GT(smooth.kernel.length, 2);
  EXPECT_EQ(smooth.noise, 0.001);
}

TEST(KernelChoiceTest, NoiseThatIsNotKnownIsSeen) {
  const KernelChoice noisy = ChooseKernel(Points(), Smooth() + Normals(3), std::nullopt);
  EXPECT_GE(noisy.noise, 0.3);
}

TEST(KernelChoiceTest, NoiseThatIsKnownIsNotExplainedAsDetail) {
  const Eigen::VectorXd values = (Smooth() + Normals(3)) / std::sqrt(2.0);
  const KernelChoice choice =
      ChooseKernel(Points(), values, Eigen::VectorXd::Constant(kPoints, 0.5));
  EXPECT_GT(choice.kernel.length, 1);
  EXPECT_NEAR(choice.kernel.variance, 0.5, 1e-9);  // what the noise leaves
}

TEST(KernelChoiceTest, ValuesThatAreUnrelatedHaveAShortLengthOrAreNoise) {
  const KernelChoice choice = ChooseKernel(Points(), Normals(9), std::nullopt);
  EXPECT_TRUE(choice.kernel.length < 1 || choice.noise >= 0.3)
      << choice.kernel.length << ", " << choice.noise;
}

TEST(KernelChoiceTest, PointsThatSayNothingAreTaken) {
  for (const Eigen::Index count : {1, 5}) {
    const Eigen::MatrixXf equal = Points().col(0).replicate(1, count);
    const KernelChoice choice = ChooseKernel(equal, Eigen::VectorXd::Zero(count), std::nullopt);
    EXPECT_GT(choice.kernel.length, 0);
    EXPECT_GT(choice.kernel.variance, 0);
  }
}

}  // namespace
}  // namespace evoke
