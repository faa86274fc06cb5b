#include "clients/recorder/open_ephys/open_ephys_lines.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

OpenEphysTtl Ttl(int64_t sample, int line, bool state,
                 std::optional<uint64_t> word = std::nullopt) {
  OpenEphysTtl ttl;
  ttl.sample = sample;
  ttl.line = line;
  ttl.state = state;
  ttl.word = word;
  return ttl;
}

TEST(OpenEphysLinesTest, WithoutCodeLinesEdgesPassAtOnceAndOtherLinesDoNot) {
  OpenEphysLines lines(2, -1);
  RigData data;
  lines.Take(Ttl(100, 0, true), &data);
  lines.Take(Ttl(100, 2, true), &data);
  EXPECT_THAT(data.edges, ElementsAre(LineEdge{100, true, 0}));
  EXPECT_EQ(lines.Release(5000, 30000, &data), 5000);
}

TEST(OpenEphysLinesTest, TheCodeIsThatOfAllLinesThatChangeWithTheEdge) {
  OpenEphysLines lines(0, 8);
  RigData data;
  // As the GUI sends them: line by line, each with the lines as they are by then.
  lines.Take(Ttl(1000, 0, true, 0x001), &data);
  lines.Take(Ttl(1000, 8, true, 0x101), &data);
  lines.Take(Ttl(1001, 15, true, 0x8101), &data);  // a skew of one sample
  EXPECT_THAT(data.edges, IsEmpty());
  // Nothing before the edge is kept back, the edge is.
  EXPECT_EQ(lines.Release(1020, 30000, &data), 1000);
  EXPECT_THAT(data.edges, IsEmpty());
  EXPECT_EQ(lines.Release(1500, 30000, &data), 1500);
  EXPECT_THAT(data.edges, ElementsAre(LineEdge{1000, true, 0x81}));
}

TEST(OpenEphysLinesTest, WithoutAWordTheLinesAreFollowedOneByOneInTheOrderOfTheirSamples) {
  OpenEphysLines lines(0, 8);
  RigData data;
  lines.Take(Ttl(9000, 0, false), &data);
  lines.Take(Ttl(9000, 9, false), &data);
  lines.Take(Ttl(1000, 9, true), &data);  // late
  lines.Take(Ttl(1000, 0, true), &data);
  lines.Release(20000, 30000, &data);
  EXPECT_THAT(data.edges, ElementsAre(LineEdge{1000, true, 0x02}, LineEdge{9000, false, 0}));
  // The line fell again: the next stimulus has a code of its own.
  lines.Take(Ttl(30000, 0, true), &data);
  lines.Take(Ttl(30000, 10, true), &data);
  lines.Release(40000, 30000, &data);
  EXPECT_EQ(data.edges.back(), (LineEdge{30000, true, 0x04}));
}

TEST(OpenEphysLinesTest, ARestartHandsOutWhatIsLeft) {
  OpenEphysLines lines(0, 8);
  RigData data;
  lines.Take(Ttl(1000, 0, true, 0x301), &data);
  lines.ReleaseAll(&data);
  EXPECT_THAT(data.edges, ElementsAre(LineEdge{1000, true, 0x03}));
  EXPECT_EQ(lines.Release(10, 30000, &data), 10);
}

}  // namespace
}  // namespace evoke
