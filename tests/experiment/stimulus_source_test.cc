#include "server/experiment/stimulus_source.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/latent/latent_proto.h"
#include "tests/support/fake_generator.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

constexpr uint8_t kBackground = 200;

ImageConstraints Constraints() {
  ImageConstraints constraints;
  constraints.mean_luminance = 0.4;
  constraints.rms_contrast = 0.1;
  constraints.mask = ImageConstraints::Mask{1, 0, kBackground / 255.0};
  return constraints;
}

Image Picture() {
  Image picture = UniformImage(4, 6, 10);
  for (size_t i = 0; i < picture.rgb.size(); i += 2) picture.rgb[i] = 90;
  return picture;
}

const LatentPoint& Point() {
  static const LatentPoint point = {7, 0, 3, 5, 1, 6};
  return point;
}

// A block with a latent point, a reference and a blank.
v1::Generation Block() {
  v1::Generation block;
  *block.add_stimuli()->mutable_latent() = ToProto(Point());
  block.add_stimuli()->set_reference("a.png");
  block.add_stimuli()->set_blank(true);
  return block;
}

StimulusSource Source(std::shared_ptr<const Generator> generator,
                      const ImageConstraints& constraints) {
  return StimulusSource(std::move(generator), {{"a.png", Picture()}}, kBackground, constraints);
}

TEST(StimulusSourceTest, ConstraintsHoldForLatentPointsAndReferencesAndLeaveTheBlank) {
  const auto generator = std::make_shared<FakeGenerator>();
  const v1::Generation block = Block();
  const std::vector<v1::Stimulus> stimuli(block.stimuli().begin(), block.stimuli().end());
  const std::vector<Image> plain = *Source(generator, {}).Render(stimuli);
  const std::vector<Image> shown = *Source(generator, Constraints()).Render(stimuli);
  ASSERT_EQ(shown.size(), 3);
  EXPECT_EQ(plain[0], (*generator->Decode({Point()}))[0]);
  EXPECT_EQ(plain[1], Picture());
  for (const int i : {0, 1}) {
    EXPECT_NE(shown[i], plain[i]);
    const LuminanceStatistics got = MeasureLuminance(shown[i], Constraints().mask);
    EXPECT_NEAR(got.mean, 0.4, 0.002) << i;
    EXPECT_NEAR(got.rms_contrast, 0.1, 0.002) << i;
    EXPECT_EQ(shown[i].rgb[0], kBackground) << "a corner, outside the mask";
  }
  EXPECT_EQ(shown[2], UniformImage(4, 6, kBackground));
  EXPECT_EQ(shown[2], plain[2]);
}

TEST(StimulusSourceTest, TheChecksumIsOfTheImageThatIsShown) {
  v1::Generation block = Block();
  const std::vector<Image> shown =
      *Source(std::make_shared<FakeGenerator>(), Constraints()).RenderNew(block);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(block.stimuli(i).image_crc32(), Crc32(shown[i]));
  EXPECT_NE(block.stimuli(0).image_crc32(), Crc32((*FakeGenerator().Decode({Point()}))[0]));
}

TEST(StimulusSourceTest, TheDiscriminatorScoresTheGeneratorsOwnImageOfLatentPointsAlone) {
  const auto generator = std::make_shared<EncodingFakeGenerator>();
  v1::Generation block = Block();
  ASSERT_TRUE(Source(generator, Constraints()).RenderNew(block).ok());
  const double score = (*generator->Score(*generator->Decode({Point()})))[0];
  EXPECT_EQ(block.stimuli(0).discriminator_score(), score);
  EXPECT_FALSE(block.stimuli(1).has_discriminator_score());
  EXPECT_FALSE(block.stimuli(2).has_discriminator_score());
}

TEST(StimulusSourceTest, WithoutADiscriminatorThereIsNoScore) {
  v1::Generation block = Block();
  ASSERT_TRUE(Source(std::make_shared<FakeGenerator>(), {}).RenderNew(block).ok());
  EXPECT_FALSE(block.stimuli(0).has_discriminator_score());
}

class BrokenDiscriminator : public FakeGenerator {
 public:
  absl::StatusOr<std::vector<double>> Score(absl::Span<const Image>) const override {
    return absl::InternalError("broken");
  }
};

TEST(StimulusSourceTest, ADiscriminatorThatFailsIsAnError) {
  v1::Generation block = Block();
  EXPECT_TRUE(absl::IsInternal(
      Source(std::make_shared<BrokenDiscriminator>(), {}).RenderNew(block).status()));
}

TEST(StimulusSourceTest, APictureThatIsGoneIsNamed) {
  v1::Stimulus stimulus;
  stimulus.set_name("experiments/e/stimuli/ref-b.png");
  stimulus.set_reference("b.png");
  const absl::Status status =
      Source(std::make_shared<FakeGenerator>(), {}).Render({stimulus}).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("b.png"));
}

}  // namespace
}  // namespace evoke
