#include "sim_backend/analysis/network_summary.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_network.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

TEST(NetworkSummaryTest, MeasuresEachLayersRateOverNeuronsAndImages) {
  const FakeNetwork network;
  // Every neuron of channel 0 fires 16 and 0 spikes, of channel 1 half as many, of 2 a quarter.
  const std::vector<Image> images = {UniformImage(4, 6, 255), UniformImage(4, 6, 0)};
  const auto activity = MeasureLayers(network, images);
  ASSERT_TRUE(activity.ok()) << activity.status();
  ASSERT_EQ(activity->size(), 2);
  EXPECT_DOUBLE_EQ((*activity)[0].spikes_per_neuron, (16 + 8 + 4) / 3.0 / 2);
  EXPECT_DOUBLE_EQ((*activity)[1].spikes_per_neuron, 8);
  EXPECT_DOUBLE_EQ((*activity)[1].rate_hz, 8 / 0.032);
  EXPECT_DOUBLE_EQ((*activity)[1].highest, 16);
  EXPECT_DOUBLE_EQ((*activity)[1].silent_share, 0);
}

TEST(NetworkSummaryTest, ANeuronIsSilentIfNoImageMakesItFire) {
  const FakeNetwork network;
  Image image = UniformImage(4, 6, 0);
  image.rgb[0] = 255;  // seen by a/c@0,0
  const auto activity = MeasureLayers(network, {image, UniformImage(4, 6, 0)});
  EXPECT_DOUBLE_EQ((*activity)[0].silent_share, 0.75);
  EXPECT_DOUBLE_EQ((*activity)[1].silent_share, 1);
}

TEST(NetworkSummaryTest, AccuracyIsSharedAmongEqualCounts) {
  const FakeNetwork network;
  LabelledImages set;
  set.class_names = {"left", "right"};
  for (const int bright : {0, 1, 1, -1}) {  // -1: both neurons are silent
    Image image = UniformImage(4, 6, 0);
    if (bright >= 0) image.rgb[(4 * 4 + 2 * bright) * 3] = 255;
    set.images.push_back(image);
    set.names.push_back("x");
  }
  set.labels = {0, 1, 0, 1};
  const auto accuracy = Accuracy(network, set);
  ASSERT_TRUE(accuracy.ok()) << accuracy.status();
  EXPECT_DOUBLE_EQ(**accuracy, (1 + 1 + 0 + 0.5) / 4);
  set.labels.clear();
  EXPECT_FALSE(Accuracy(network, set)->has_value());
}

TEST(NetworkSummaryTest, TheTextNamesLayersAndUnits) {
  const FakeNetwork network;
  EXPECT_THAT(NetworkText(network, {}),
              AllOf(HasSubstr("sees 4 x 6 pixels, answers in 16 steps of 2ms (32ms)"),
                    HasSubstr("fake-network"),
                    ContainsRegex("a +3 +2 x 2 +12 +a/0 \\.\\. a/2, @0,0 \\.\\. @1,1"),
                    ContainsRegex("class +2 +1 +2 +class/0 \\.\\. class/1")));
  const auto activity = MeasureLayers(network, {UniformImage(4, 6, 255)});
  EXPECT_THAT(NetworkText(network, *activity),
              ContainsRegex("class .* 16\\.00 +500\\.0 +16 +0\\.0 %"));
}

}  // namespace
}  // namespace evoke
