#include "clients/control/mapping.h"

#include <cmath>

#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A neuron with a Gaussian receptive field that fires 60 to 140 ms after the onset, on top of a
// spontaneous rate. Nine positions, 2 degrees apart, 12 flashes each.
std::vector<Flash> Neuron(uint64_t seed, double peak_hz, double x0, double y0) {
  Rng rng(seed);
  std::vector<Flash> flashes;
  for (int i = 0; i < 108; ++i) {
    Flash flash{2.0 * (i % 3 - 1), 2.0 * (i / 3 % 3 - 1), {}};
    for (int ms = -100; ms < 300; ++ms) {
      double rate = 8;
      if (ms >= 60 && ms < 140) {
        const double r2 = (flash.x - x0) * (flash.x - x0) + (flash.y - y0) * (flash.y - y0);
        rate += peak_hz * std::exp(-r2 / (2 * 1.2 * 1.2));
      }
      if (rng.Uniform() < rate * 1e-3) flash.spikes_ms.push_back(ms + rng.Uniform());
    }
    flashes.push_back(flash);
  }
  return flashes;
}

TEST(MappingTest, FindsWhereAndWhenANeuronAnswers) {
  int seen = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const UnitMap map = MapUnit("u", Neuron(seed, 60, 1.2, -0.8));
    seen += map.responds;
    EXPECT_NEAR(map.x, 1.2, 1) << seed;
    EXPECT_NEAR(map.y, -0.8, 1) << seed;
    EXPECT_NEAR(map.window_start_ms, 60, 20) << seed;
    EXPECT_NEAR(map.window_end_ms, 140, 20) << seed;
  }
  EXPECT_EQ(seen, 10);
}

TEST(MappingTest, AUnitThatAnswersAtOnePositionOnlyIsFound) {
  int seen = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    seen += MapUnit("u", Neuron(seed, 150, 3.5, 2)).responds;  // beyond the grid's edge
  }
  EXPECT_GE(seen, 8);
}

TEST(MappingTest, ANeuronThatLikesFewImagesIsFoundWhereItSeesThem) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<Flash> flashes = Neuron(seed, 0, 0, 0);
    Rng rng(seed + 100);
    // Four of the twelve images at the bottom right call forth bursts.
    int liked = 0;
    for (Flash& flash : flashes) {
      if (flash.x != 2 || flash.y != -2 || ++liked > 4) continue;
      for (int i = 0; i < 15 * liked; ++i) flash.spikes_ms.push_back(rng.Uniform(60, 140));
    }
    const UnitMap map = MapUnit("u", flashes);
    EXPECT_TRUE(map.responds) << seed << " p = " << map.p_value;
    EXPECT_NEAR(map.x, 2, 0.1);
    EXPECT_NEAR(map.y, -2, 0.1);
  }
}

TEST(MappingTest, ANeuronThatDoesNotAnswerIsSeldomTakenForOneThatDoes) {
  int seen = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) seen += MapUnit("u", Neuron(seed, 0, 0, 0)).responds;
  EXPECT_LE(seen, 2);
  EXPECT_FALSE(MapUnit("silent", std::vector<Flash>(108)).responds);
}

TEST(MappingTest, TheProposalTakesTheUnitsThatRespond) {
  const std::vector<UnitMap> maps = {MapUnit("a", Neuron(1, 80, 2, 0)),
                                     MapUnit("b", Neuron(2, 0, 0, 0)),
                                     MapUnit("c", Neuron(3, 80, 1, 1))};
  const MappingProposal proposal = Propose(maps);
  EXPECT_THAT(proposal.units, ElementsAre("a", "c"));
  EXPECT_NEAR(proposal.x, 1.5, 0.8);
  EXPECT_NEAR(proposal.y, 0.5, 0.8);
  const std::string text = MappingText(maps, proposal, {});
  EXPECT_THAT(text, HasSubstr("b: no response"));
  EXPECT_THAT(text, HasSubstr("center_x: "));
  EXPECT_THAT(text, HasSubstr("units { unit: \"c\" }"));
  EXPECT_THAT(MappingText({}, {}, {}), HasSubstr("No unit responds"));
}

TEST(MappingTest, OneSpecificationPerPositionFromTheTopLeft) {
  MappingOptions options;
  options.units = {"SE 1/mua"};
  ASSERT_TRUE(options.Validate().ok());
  const std::vector<v1::Experiment> specs = MappingSpecs(options);
  ASSERT_EQ(specs.size(), 9u);
  EXPECT_EQ(specs[0].presentation().center_x(), -2);
  EXPECT_EQ(specs[0].presentation().center_y(), 2);
  EXPECT_EQ(specs[5].presentation().center_x(), 2);
  EXPECT_EQ(specs[5].presentation().center_y(), 0);
  EXPECT_EQ(specs[0].presentation().size_deg(), 2);
  EXPECT_NE(specs[0].presentation().off_duration().nanos(),
            specs[1].presentation().off_duration().nanos());
  EXPECT_NE(specs[0].optimizer().seed(), specs[1].optimizer().seed());
  options.flashes = 1;
  EXPECT_THAT(options.Validate().message(), HasSubstr("flashes"));
}

}  // namespace
}  // namespace evoke
