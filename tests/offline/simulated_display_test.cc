#include "sim_backend/offline/simulated_display.h"

#include "gtest/gtest.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

TEST(SimulatedDisplayTest, KeepsTheTimeOfAPerfectDisplay) {
  const auto spec = ParseText<v1::PresentationSpec>(R"pb(
    on_duration { nanos: 66666667 }
    off_duration { nanos: 33333333 }
  )pb");
  SimulatedDisplay display("s");
  const v1::Presentation first = display.Show(spec);
  EXPECT_EQ(first.frames(), 4);
  EXPECT_EQ(first.onset().session_nanos(), 0);
  EXPECT_EQ(first.offset().session_nanos(), 66'666'667);
  EXPECT_EQ(display.Show(spec).onset().session_nanos(), 100'000'000);
  // An hour later it is as exact.
  for (int i = 2; i < 36000; ++i) display.Show(spec);
  EXPECT_EQ(display.Show(spec).onset().session_nanos(), 3'600'000'000'000);
}

TEST(SimulatedDisplayTest, ShowsAtLeastOneFrameAndKeepsTheLongerPause) {
  const auto spec = ParseText<v1::PresentationSpec>(R"pb(
    on_duration { nanos: 1000000 }
    off_duration { nanos: 50000000 }
    min_inter_trial { nanos: 100000000 }
  )pb");
  SimulatedDisplay display("s");
  EXPECT_EQ(display.Show(spec).frames(), 1);
  EXPECT_EQ(display.Show(spec).onset().session_nanos(), 116'666'667);
}

TEST(SimulatedDisplayTest, CodesCountFromOneAndStartAgain) {
  SimulatedDisplay display("s");
  EXPECT_EQ(display.NextSyncCode(), 1);
  for (int i = 2; i <= 65535; ++i) display.NextSyncCode();
  EXPECT_EQ(display.NextSyncCode(), 1);
}

}  // namespace
}  // namespace evoke
