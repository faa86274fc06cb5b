#include "clients/api/clock_offset.h"

#include "gtest/gtest.h"

namespace evoke {
namespace {

TEST(ClockOffsetTest, BeforeTheFirstExchangeOnlyTheRawStampIsKnown) {
  const v1::Instant instant = ClockOffset().ToInstant(123, 10);
  EXPECT_EQ(instant.local_nanos(), 123);
  EXPECT_EQ(instant.session_nanos(), 0);
}

TEST(ClockOffsetTest, ASymmetricExchangeGivesTheOffsetExactly) {
  ClockOffset offset;
  // The session clock is 1000 ahead; 30 each way; the server takes 5.
  offset.Add(0, 1030, 1035, 65);
  const v1::Instant instant = offset.ToInstant(500, 10);
  EXPECT_EQ(instant.session_nanos(), 1500);
  EXPECT_EQ(instant.uncertainty_nanos(), 10 + 30);
}

TEST(ClockOffsetTest, TheExchangeWithTheLeastRoundTripCounts) {
  ClockOffset offset;
  offset.Add(0, 1000 + 10, 1000 + 10, 400);  // slow on the way back
  offset.Add(1000, 2000 + 5, 2000 + 5, 1010);
  offset.Add(2000, 3000 + 300, 3000 + 300, 2310);
  EXPECT_EQ(offset.ToInstant(0, 0).session_nanos(), 1000);
}

TEST(ClockOffsetTest, TheTruthLiesWithinTheUncertaintyHoweverAsymmetricTheWay) {
  for (const int64_t there : {0, 40, 100}) {
    ClockOffset offset;
    offset.Add(0, 1000 + there, 1000 + there, 100);  // the rest of the 100 is the way back
    const v1::Instant instant = offset.ToInstant(0, 0);
    EXPECT_LE(std::abs(instant.session_nanos() - 1000), instant.uncertainty_nanos()) << there;
  }
}

TEST(ClockOffsetTest, AnotherRunOfTheServerStartsAnew) {
  ClockOffset offset;
  offset.Add(0, 1000, 1000, 0);
  offset.Reset();
  EXPECT_FALSE(offset.known());
  offset.Add(0, 50, 50, 10);
  EXPECT_EQ(offset.ToInstant(0, 0).session_nanos(), 45);
}

}  // namespace
}  // namespace evoke
