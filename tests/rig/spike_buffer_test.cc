#include "clients/rig/spike_buffer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SpikeBufferTest, SpikesInAnyOrderComeOutAscendingWithinTheWindow) {
  SpikeBuffer buffer;
  for (int64_t sample : {50, 10, 30, 20, 40}) buffer.Add({sample, 2, 0, false});
  EXPECT_THAT(buffer.Between(2, 0, 20, 50), ElementsAre(20, 30, 40));
  EXPECT_THAT(buffer.Between(1, 0, 0, 100), IsEmpty());
  EXPECT_THAT(buffer.Between(9, 0, 0, 100), IsEmpty());
}

TEST(SpikeBufferTest, SortedIdsAreUnitsOfTheirOwnAndArtifactsAreNone) {
  SpikeBuffer buffer;
  buffer.Add({1, 0, 0, false});
  buffer.Add({2, 0, 1, false});
  buffer.Add({3, 0, 2, false});
  buffer.Add({4, 0, 1, true});
  EXPECT_THAT(buffer.Between(0, 0, 0, 10), ElementsAre(1));
  EXPECT_THAT(buffer.Between(0, 1, 0, 10), ElementsAre(2));
  EXPECT_THAT(buffer.Between(0, SpikeBuffer::kAllIds, 0, 10), ElementsAre(1, 2, 3));
}

TEST(SpikeBufferTest, OldSpikesAreDropped) {
  SpikeBuffer buffer;
  for (int64_t sample : {1, 2, 3, 4}) buffer.Add({sample, 0, 0, false});
  buffer.DropBefore(3);
  EXPECT_THAT(buffer.Between(0, 0, 0, 10), ElementsAre(3, 4));
}

}  // namespace
}  // namespace evoke
