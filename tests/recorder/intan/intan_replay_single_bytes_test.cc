// Apart from the others since 2.7 million sends take a while.
#include "clients/recorder/replay/intan_replay.h"
#include "gtest/gtest.h"
#include "tests/recorder/intan/capture.h"

namespace evoke {
namespace {

TEST(IntanReplaySingleBytesTest, CountsOfTheCaptureComeOutOfTheSockets) {
  IntanReplay replay(CaptureOptions(Chunks::kSingleBytes));
  ASSERT_TRUE(replay.Start().ok());
  Recorded all;
  ReadAll(replay, &all);
  ExpectCounts(all);
}

}  // namespace
}  // namespace evoke
