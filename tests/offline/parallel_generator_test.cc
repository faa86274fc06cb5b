#include "sim_backend/offline/parallel_generator.h"

#include "common/random.h"
#include "gtest/gtest.h"
#include "tests/support/fake_generator.h"

namespace evoke {
namespace {

TEST(ParallelGeneratorTest, TheImagesAreTheSameAndInOrder) {
  const FakeGenerator fake;
  Rng rng(1);
  std::vector<LatentPoint> points;
  for (int i = 0; i < 23; ++i) points.push_back(fake.latent_space().Sample(rng));
  for (const int threads : {1, 2, 7, 64}) {
    const ParallelGenerator generator(std::make_unique<FakeGenerator>(), threads);
    for (const size_t count : {size_t{0}, size_t{1}, size_t{2}, points.size()}) {
      const absl::Span<const LatentPoint> some(points.data(), count);
      const auto images = generator.Decode(some);
      ASSERT_TRUE(images.ok()) << images.status();
      EXPECT_EQ(*images, *fake.Decode(some)) << threads << " threads, " << count << " points";
    }
  }
}

TEST(ParallelGeneratorTest, TheScoresAreTheSameAndInOrder) {
  const EncodingFakeGenerator fake;
  Rng rng(1);
  std::vector<LatentPoint> points;
  for (int i = 0; i < 23; ++i) points.push_back(fake.latent_space().Sample(rng));
  const std::vector<Image> images = *fake.Decode(points);
  for (const int threads : {1, 2, 7, 64}) {
    const ParallelGenerator generator(std::make_unique<EncodingFakeGenerator>(), threads);
    EXPECT_EQ(*generator.Score(images), *fake.Score(images)) << threads << " threads";
  }
}

TEST(ParallelGeneratorTest, APointOutsideTheSpaceIsAnError) {
  const ParallelGenerator generator(std::make_unique<FakeGenerator>(), 3);
  std::vector<LatentPoint> points(9, LatentPoint(6, 0));
  points[7][2] = 99;
  EXPECT_TRUE(absl::IsInvalidArgument(generator.Decode(points).status()));
}

TEST(ParallelGeneratorTest, EverythingElseIsTheInnerGenerators) {
  const FakeGenerator fake;
  const ParallelGenerator generator(std::make_unique<FakeGenerator>(), 3);
  EXPECT_EQ(generator.weights_sha256(), fake.weights_sha256());
  EXPECT_EQ(generator.image_height(), fake.image_height());
  EXPECT_TRUE(absl::IsUnimplemented(generator.Encode({UniformImage(4, 6, 0)}).status()));
}

}  // namespace
}  // namespace evoke
