#include "sim_backend/networks/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace evoke {
namespace {

using ::testing::HasSubstr;

TEST(ArchitectureTest, KnownOnesAreValidAndSurviveJson) {
  Architecture snntorch = SmallSpikingNetwork(8);
  snntorch.lif = {5, 0.75f, false, LifReset::kSubtractDelayed};
  for (const Architecture& a : {SmallSpikingNetwork(32), SpikingResNet18(16, true),
                                SpikingResNet18(64, false), ConvNet(32), ResNet(16), snntorch}) {
    EXPECT_TRUE(a.Validate().ok()) << a.Validate();
    const absl::StatusOr<Architecture> read = Architecture::FromJson(a.ToJson());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(*read == a) << a.ToJson();
  }
}

TEST(ArchitectureTest, ResNet18HasTheLayersOfTheOneThatMangoUsed) {
  const std::vector<NetworkLayer> wide = SpikingResNet18(64, true).Layers();
  ASSERT_EQ(wide.size(), 18u);
  EXPECT_EQ(wide[0], (NetworkLayer{"conv1", 64, 16, 16}));
  EXPECT_EQ(wide[1], (NetworkLayer{"layer1.0.1", 64, 8, 8}));
  EXPECT_EQ(wide[6], (NetworkLayer{"layer2.0.2", 128, 4, 4}));
  EXPECT_EQ(wide[16], (NetworkLayer{"layer4.1.2", 512, 1, 1}));
  EXPECT_EQ(wide[17], (NetworkLayer{"class", 10, 1, 1}));
  const Architecture narrow = SpikingResNet18(64, false);
  EXPECT_EQ(narrow.Layers()[1], (NetworkLayer{"layer1.0.1", 64, 32, 32}));
  EXPECT_EQ(narrow.Layers()[16], (NetworkLayer{"layer4.1.2", 512, 4, 4}));
  EXPECT_EQ(narrow.prefix(6, 1), "layer2.0.2.shortcut");
  EXPECT_EQ(narrow.layers[2].branches[1].map, Branch::Map::kIdentity);
  EXPECT_EQ(narrow.layers[6].branches[1].map, Branch::Map::kConvolution);
}

TEST(ArchitectureTest, SidesFollowPoolingAndStride) {
  const std::vector<NetworkLayer> layers = ConvNet(32).Layers();
  ASSERT_EQ(layers.size(), 8u);
  EXPECT_EQ(layers[1], (NetworkLayer{"conv2", 64, 16, 16}));
  EXPECT_EQ(layers[6], (NetworkLayer{"conv7", 256, 4, 4}));
  const Architecture small = SmallSpikingNetwork(32);
  EXPECT_EQ(small.inputs(small.layers[3].branches[0]), 128 * 4 * 4);
  EXPECT_EQ(small.inputs(small.layers[1].branches[0]), 32);
}

struct Defect {
  std::function<void(Architecture&)> make;
  const char* message;
};

TEST(ArchitectureTest, DefectsAreNamedWithLayerAndField) {
  const std::vector<Defect> defects = {
      {[](auto& a) { a.layers.clear(); }, "number of layers is 0"},
      {[](auto& a) { a.layers[1].name = "conv1"; }, "layer conv1: the name comes twice"},
      {[](auto& a) { a.layers[1].name = "a/b"; }, "layer a/b: a name has letters"},
      {[](auto& a) { a.layers[1].name = "a@b"; }, "layer a@b: a name has letters"},
      {[](auto& a) { a.layers[1].name = ""; }, "a layer has no name"},
      {[](auto& a) { a.layers[1].channels = 0; }, "layer layer1.0.1: the number of channels is 0"},
      {[](auto& a) { a.layers[1].branches.clear(); }, "layer1.0.1: has 0 branches"},
      {[](auto& a) { a.layers[1].branches[0].source = 1; },
       "layer1.0.1: branch 0 reads layer 1, which does not come before it"},
      {[](auto& a) { a.layers[1].branches[0].source = -2; }, "branch 0 reads layer -2"},
      {[](auto& a) { a.layers[2].branches[1].source = Branch::kImage; }, "reads the image"},
      {[](auto& a) { a.layers[2].branches[0].stride = 2; },
       "layer1.0.2: branch 1 has side 8, branch 0 has 4"},
      {[](auto& a) { a.layers[2].branches[1].norm = true; }, "an identity, has norm or bias"},
      {[](auto& a) { a.layers[2].channels = 5; }, "adds the 4 channels of conv1 to 5"},
      {[](auto& a) { a.layers[3].branches[0].kernel = 40; }, "the kernel is 40, must be 1 to 31"},
      {[](auto& a) { a.layers[3].branches[0].padding = 3; }, "the padding is 3, must be 0 to 2"},
      {[](auto& a) { a.layers[16].branches[0].pool = Branch::Pool::kAverage2; },
       "layer4.1.2: branch 0 halves the side 1 of layer4.1.1, which is odd"},
      {[](auto& a) { a.layers.resize(3); }, "layer1.0.2: the last layer holds the classes"},
      {[](auto& a) { a.lif.tau = 0.5; }, "lif.tau is 0.5, must be 1 to"},
      {[](auto& a) { a.lif.threshold = 0; }, "lif.threshold is 0"},
      {[](auto& a) { a.steps = 0; }, "steps is 0"},
      {[](auto& a) { a.deviation[1] = 0; }, "deviation is 0"},
  };
  for (const Defect& defect : defects) {
    Architecture a = SpikingResNet18(4, true);
    defect.make(a);
    const absl::Status status = a.Validate();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << defect.message;
    EXPECT_THAT(std::string(status.message()), HasSubstr(defect.message));
  }
}

TEST(ArchitectureTest, BadJsonIsRefusedWithTheReason) {
  const std::string good = SmallSpikingNetwork(4).ToJson();
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return std::string(Architecture::FromJson(text).status().message());
  };
  EXPECT_THAT(with("{", ""), HasSubstr("network description"));
  EXPECT_THAT(with("\"average2\"", "\"max2\""),
              HasSubstr("layer conv2: pool is \"max2\"; known are none, average2, max3"));
  EXPECT_THAT(with("\"source\":\"conv1\"", "\"source\":\"conv7\""),
              HasSubstr("reads \"conv7\", which is neither \"image\" nor a layer before it"));
  EXPECT_THAT(with("\"steps\"", "\"stops\""), HasSubstr("steps"));
  EXPECT_THAT(with("\"reset\":\"zero\"", "\"reset\":\"hard\""), HasSubstr("zero, subtract"));
  EXPECT_THAT(with("\"tau\":2.0", "\"tau\":0.0"), HasSubstr("lif.tau is 0"));
}

}  // namespace
}  // namespace evoke
