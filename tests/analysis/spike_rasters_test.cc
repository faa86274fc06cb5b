#include "sim_backend/analysis/spike_rasters.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_network.h"

namespace evoke {
namespace {

TEST(SpikeRastersTest, AllRepeatsOfTheFirstImageComeFirst) {
  const FakeNetwork network;
  SimulatedNeurons neurons(&network, {.noise = NeuronOptions::Noise::kNone});
  const auto units = ParseUnitList(network.layers(), "class/0,a/0");
  const auto panels =
      ShowRepeatedly(neurons, {UniformImage(4, 6, 255), UniformImage(4, 6, 0)}, *units, 3, 1);
  ASSERT_TRUE(panels.ok()) << panels.status();
  ASSERT_EQ(panels->size(), 2);
  EXPECT_EQ((*panels)[1].title, "a/0");
  ASSERT_EQ((*panels)[0].trains.size(), 6);
  for (int i = 0; i < 3; ++i) {
    const std::vector<double>& train = (*panels)[0].trains[i];
    ASSERT_EQ(train.size(), 16);
    EXPECT_DOUBLE_EQ(train.front(), 50) << "milliseconds from the onset, after the latency";
    EXPECT_TRUE((*panels)[0].trains[3 + i].empty());
  }
}

TEST(SpikeRastersTest, RepeatsDifferByTheirNoiseAndTheSeedFixesIt) {
  const FakeNetwork network;
  SimulatedNeurons neurons(&network, {});
  const auto units = ParseUnitList(network.layers(), "class/0");
  const std::vector<Image> images = {UniformImage(4, 6, 255)};
  const auto one = ShowRepeatedly(neurons, images, *units, 2, 1);
  const auto again = ShowRepeatedly(neurons, images, *units, 2, 1);
  const auto other = ShowRepeatedly(neurons, images, *units, 2, 2);
  EXPECT_NE((*one)[0].trains[0], (*one)[0].trains[1]);
  EXPECT_EQ((*one)[0].trains, (*again)[0].trains);
  EXPECT_NE((*one)[0].trains, (*other)[0].trains);
}

TEST(SpikeRastersTest, TheNetworksErrorIsReturned) {
  const FakeNetwork network;
  SimulatedNeurons neurons(&network, {});
  const auto units = ParseUnitList(network.layers(), "class/0");
  EXPECT_FALSE(ShowRepeatedly(neurons, {UniformImage(5, 5, 0)}, *units, 1, 1).ok());
}

}  // namespace
}  // namespace evoke
