#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim_backend/training/checkpoint_module.h"

namespace evoke {
namespace {

TEST(CutOutTest, PaintsASquareThatMayReachOverTheBorder) {
  Rng rng(3);
  torch::Tensor images = torch::ones({40, 3, 16, 16});
  CutOut(6, rng, images);
  const torch::Tensor gray = (images == 0.5);
  EXPECT_TRUE(torch::equal(gray | (images == 1), torch::ones_like(gray)));
  EXPECT_TRUE(torch::equal(gray.select(1, 0), gray.select(1, 2)));
  const torch::Tensor sizes = gray.select(1, 0).sum({1, 2});
  EXPECT_EQ(sizes.max().item<int64_t>(), 36);  // whole
  EXPECT_GE(sizes.min().item<int64_t>(), 9);   // at a corner
  EXPECT_LT(sizes.min().item<int64_t>(), 36);
}

TEST(AugmentedBatchTest, ShiftsAndMirrorsButKeepsColoursTogether) {
  ImageSet images;
  images.image_size = 8;
  for (int i = 0; i < 64; ++i) {
    for (const int value : {i, i + 64, i + 128}) images.rgb.push_back(static_cast<uint8_t>(value));
  }
  images.labels = {0};
  Rng rng(1);
  const std::vector<int> indices(30, 0);
  const torch::Tensor batch = AugmentedBatch(images, indices, 2, rng).mul(255).round();
  EXPECT_TRUE(torch::equal(batch.select(1, 0) + 64, batch.select(1, 1)));
  int mirrored = 0;
  for (int i = 0; i < 30; ++i) {
    const torch::Tensor row = batch[i][0][4];
    mirrored += row[3].item<float>() > row[4].item<float>();
    EXPECT_EQ((row[3] - row[4]).abs().item<float>(), 1);
  }
  EXPECT_GT(mirrored, 5);
  EXPECT_LT(mirrored, 25);
}

}  // namespace
}  // namespace evoke
