#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim_backend/networks/network.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

const std::vector<NetworkLayer> kLayers = {
    {"conv1", 32, 32, 32}, {"conv2", 64, 16, 16}, {"class", 10, 1, 1}};

TEST(ParseUnitTest, ReadsPooledSingleAndClassUnits) {
  EXPECT_EQ(*ParseUnit(kLayers, "conv2/17"), (NetworkUnit{1, 17, -1, -1}));
  EXPECT_EQ(*ParseUnit(kLayers, "conv2/63@15,0"), (NetworkUnit{1, 63, 15, 0}));
  EXPECT_EQ(*ParseUnit(kLayers, "class/3"), (NetworkUnit{2, 3, -1, -1}));
}

TEST(ParseUnitTest, UnknownUnitsAreNotFoundAndTheMessageSaysWhatThereIs) {
  for (const char* name : {"", "conv2", "conv2/", "conv3/1", "conv2/64", "conv2/-1", "conv2/1@16,0",
                           "conv2/1@1", "conv2/1@", "conv2/1@1,2,3", "conv2/1@-1,0", "conv2/ 1",
                           "conv2/1x", "conv2/99999999999", "class/10", "conv2/+1"}) {
    const absl::Status status = ParseUnit(kLayers, name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << name;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("conv2/0 to conv2/63 (with @row,col up to @15,15), class/0 to class/9"));
  }
}

}  // namespace
}  // namespace evoke
