#include "sim_backend/analysis/unit_list.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<NetworkLayer> kLayers = {
    {"conv3", 128, 8, 8}, {"layer1.0", 4, 16, 16}, {"class", 10, 1, 1}};

std::vector<std::string> Names(const std::string& list) {
  const auto units = ParseUnitList(kLayers, list);
  EXPECT_TRUE(units.ok()) << list << ": " << units.status();
  std::vector<std::string> names;
  if (!units.ok()) return names;
  for (const NamedUnit& unit : *units) {
    EXPECT_EQ(*ParseUnit(kLayers, unit.name), unit.unit) << "the name is the unit's";
    names.push_back(unit.name);
  }
  return names;
}

TEST(UnitListTest, ReadsUnitsRangesAndPositions) {
  EXPECT_THAT(Names("conv3/37"), ElementsAre("conv3/37"));
  EXPECT_THAT(Names("conv3/0-2,class/3"), ElementsAre("conv3/0", "conv3/1", "conv3/2", "class/3"));
  EXPECT_THAT(Names("conv3/37@4,5,class/3"), ElementsAre("conv3/37@4,5", "class/3"));
  EXPECT_THAT(Names("layer1.0/1-2@0,15"), ElementsAre("layer1.0/1@0,15", "layer1.0/2@0,15"));
  EXPECT_EQ(Names("conv3/0-127,class/3").size(), 129);
}

TEST(UnitListTest, ChannelsAloneStayInTheLayer) {
  EXPECT_THAT(Names("conv3/0-1,8,class/3,5"),
              ElementsAre("conv3/0", "conv3/1", "conv3/8", "class/3", "class/5"));
  // The two numbers behind @ are the position, the next is a channel.
  EXPECT_THAT(Names("conv3/1@2,3,4"), ElementsAre("conv3/1@2,3", "conv3/4"));
}

TEST(UnitListTest, ALayerAloneIsAllOfIt) {
  EXPECT_EQ(Names("class").size(), 10);
  EXPECT_EQ(Names("layer1.0,class").back(), "class/9");
}

TEST(UnitListTest, SaysWhatTheNetworkHas) {
  const auto layer = ParseUnitList(kLayers, "conv4/3");
  EXPECT_TRUE(absl::IsNotFound(layer.status()));
  EXPECT_THAT(layer.status().message(),
              AllOf(HasSubstr("conv4"), HasSubstr("conv3, layer1.0, class")));
  const auto channel = ParseUnitList(kLayers, "conv3/120-130");
  EXPECT_TRUE(absl::IsNotFound(channel.status()));
  EXPECT_THAT(channel.status().message(),
              AllOf(HasSubstr("conv3/128"), HasSubstr("conv3/0 to conv3/127")));
  EXPECT_THAT(ParseUnitList(kLayers, "conv3/1@8,0").status().message(),
              AllOf(HasSubstr("conv3/1@8,0"), HasSubstr("@7,7")));
}

TEST(UnitListTest, RefusesWhatIsNoList) {
  for (const char* list : {"", ",", "conv3/1,", "conv3/", "conv3/3-1", "conv3/x", "3", "conv3/1;2",
                           "conv3/1@2", "conv3 /1", "conv3/-1", "conv3/99999999999"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseUnitList(kLayers, list).status()))
        << list << ": " << ParseUnitList(kLayers, list).status();
  }
  EXPECT_THAT(ParseUnitList(kLayers, "class/3,conv3/x").status().message(), HasSubstr("'conv3/x'"));
}

TEST(UnitListTest, RefusesAUnitThatIsGivenTwice) {
  EXPECT_THAT(ParseUnitList(kLayers, "class/0-3,class/2").status().message(), HasSubstr("class/2"));
}

}  // namespace
}  // namespace evoke
