#include <gtest/gtest.h>
#include <torch/torch.h>

#include "sim_backend/training/batch_norm_module.h"

namespace evoke {
namespace {

torch::Tensor RandomMap() {
  return (torch::randn({5, 7, 4, 3}) * 2 + 30).contiguous(torch::MemoryFormat::ChannelsLast);
}

TEST(BatchNormTest, IsThatOfTorchForwardBackwardAndInItsStatistics) {
  torch::manual_seed(3);
  const torch::Tensor map = RandomMap();
  const torch::Tensor along = torch::randn({5, 7, 4, 3});
  const torch::Tensor weight = torch::rand({7}) + 0.5;
  const torch::Tensor bias = torch::randn({7});
  struct Result {
    torch::Tensor out, mean, variance;
    std::vector<torch::Tensor> gradients;
  };
  const auto run = [&](bool ours) {
    std::vector<torch::Tensor> leaves = {map.clone(), weight.clone(), bias.clone()};
    for (torch::Tensor& leaf : leaves) leaf.set_requires_grad(true);
    Result r;
    r.mean = torch::full({7}, 0.3);
    r.variance = torch::full({7}, 1.2);
    r.out = ours ? BatchNormTraining(leaves[0], leaves[1], leaves[2], r.mean, r.variance)
                 : torch::batch_norm(leaves[0], leaves[1], leaves[2], r.mean, r.variance, true, 0.1,
                                     1e-5, false);
    (r.out * along).sum().backward();
    for (const torch::Tensor& leaf : leaves) r.gradients.push_back(leaf.grad());
    return r;
  };
  const Result ours = run(true);
  const Result torchs = run(false);
  EXPECT_TRUE(torch::allclose(ours.out, torchs.out, 1e-4, 1e-4));
  EXPECT_TRUE(torch::allclose(ours.mean, torchs.mean));
  EXPECT_TRUE(torch::allclose(ours.variance, torchs.variance));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(torch::allclose(ours.gradients[i], torchs.gradients[i], 1e-3, 1e-4)) << i;
  }
}

TEST(BatchNormTest, KeptStatisticsAreThoseOfTorchInEvalMode) {
  torch::manual_seed(4);
  const torch::Tensor map = RandomMap();
  const torch::Tensor weight = torch::rand({7});
  const torch::Tensor bias = torch::randn({7});
  const torch::Tensor mean = torch::randn({7}) + 30;
  const torch::Tensor variance = torch::rand({7}) + 0.1;
  EXPECT_TRUE(torch::allclose(
      BatchNormKept(map, weight, bias, mean, variance),
      torch::batch_norm(map, weight, bias, mean, variance, false, 0.1, 1e-5, false), 1e-4, 1e-4));
}

}  // namespace
}  // namespace evoke
