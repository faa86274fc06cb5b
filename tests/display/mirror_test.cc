#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "stimulus_display/screen/mirror_board.h"
#include "stimulus_display/screen/mirror_picture.h"

namespace evoke {
namespace {

using Rgb = std::array<uint8_t, 3>;

Look OurLook() {
  Look look;
  look.background = 100;
  look.patch = {true, Corner::kTopRight, 40};
  look.fixation.placement.width = 20;
  look.fixation.rgb = {250, 10, 20};
  return look;
}

std::shared_ptr<MirrorBoard> Board() {
  auto board = MirrorBoard::Create();
  EXPECT_TRUE(board.ok()) << board.status();
  (*board)->SetLook(OurLook(), {760, 0, 40, 40}, {390, 290, 20, 20}, 800, 600);
  return *board;
}

Rgb At(const Image& image, int x, int y) {
  const auto at = static_cast<size_t>(y * image.width + x) * 3;
  return {image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]};
}

TEST(MirrorBoardTest, OtherProcessSeesWhatIsOn) {
  const auto board = Board();
  const auto other = MirrorBoard::Attach(dup(board->descriptor()));
  ASSERT_TRUE(other.ok()) << other.status();
  board->SetImage(2, UniformImage(300, 200, 7));
  board->SetFrame({.slot = 2, .where = {10, 20, 600, 400}, .sync_patch = true, .code = 41});
  const auto view = (*other)->Read();
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->where, (PixelRect{10, 20, 600, 400}));
  EXPECT_TRUE(view->patch_white);
  EXPECT_EQ(view->code, 41);
  EXPECT_EQ(view->stimuli, 1);
  EXPECT_LE(view->image.width, kMirrorSide);
  EXPECT_NEAR(view->image.width / static_cast<double>(view->image.height), 1.5, 0.05);
  EXPECT_EQ(At(view->image, 3, 3), (Rgb{7, 7, 7}));
  EXPECT_EQ(view->fixation.width, 0);  // between the stimuli only
}

TEST(MirrorBoardTest, StimuliAreCountedAtTheirOnsets) {
  const auto board = Board();
  EXPECT_EQ(board->Read()->stimuli, 0);
  for (int i = 0; i < 3; ++i) {
    board->SetFrame({.slot = 0, .where = {0, 0, 9, 9}, .code = 5});
    board->SetFrame({.slot = 0, .where = {0, 0, 9, 9}, .code = 5});
    board->SetFrame(Frame());
  }
  const auto view = board->Read();
  EXPECT_EQ(view->stimuli, 3);
  EXPECT_EQ(view->where.width, 0);
  EXPECT_EQ(view->fixation, (PixelRect{390, 290, 20, 20}));
}

TEST(MirrorBoardTest, ReaderSeesNoStateInBetween) {
  const auto board = Board();
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 1; !stop; i = i % 60000 + 1) {
      board->SetImage(0, UniformImage(8, 8, static_cast<uint8_t>(i)));
      board->SetFrame({.slot = 0, .where = {i, i, i, i}, .code = static_cast<uint16_t>(i)});
    }
  });
  int seen = 0;
  while (seen < 2000) {
    const auto view = board->Read();
    if (!view.has_value() || view->where.width == 0) continue;
    ++seen;
    ASSERT_EQ(view->where.x, view->code);
    ASSERT_EQ(view->where.height, view->code);
    const uint8_t gray = view->image.rgb[0];
    ASSERT_EQ(std::count(view->image.rgb.begin(), view->image.rgb.end(), gray), 8 * 8 * 3);
  }
  stop = true;
  writer.join();
}

TEST(MirrorBoardTest, OtherDescriptorsAreRefused) {
  EXPECT_EQ(MirrorBoard::Attach(-1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MirrorBoard::Attach(dup(0)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(MirrorPictureTest, EverythingIsInItsPlaceAtAQuarter) {
  const auto board = Board();
  const auto idle = DrawMirror(*board->Read(), 200);
  ASSERT_TRUE(idle.ok()) << idle.status();
  EXPECT_EQ(idle->width, 200);
  EXPECT_EQ(idle->height, 150 + kMirrorCaption);
  EXPECT_EQ(At(*idle, 5, 5), (Rgb{100, 100, 100}));
  EXPECT_EQ(At(*idle, 195, 5), (Rgb{0, 0, 0}));
  EXPECT_EQ(At(*idle, 99, 74), (Rgb{250, 10, 20}));

  Image halves = UniformImage(2, 1, 0);
  halves.rgb = {255, 0, 0, 0, 0, 255};
  board->SetImage(1, halves);
  board->SetFrame({.slot = 1, .where = {200, 200, 400, 200}, .sync_patch = true, .code = 9});
  const auto on = DrawMirror(*board->Read(), 200);
  ASSERT_TRUE(on.ok()) << on.status();
  EXPECT_EQ(At(*on, 50, 50), (Rgb{255, 0, 0}));
  EXPECT_EQ(At(*on, 149, 99), (Rgb{0, 0, 255}));
  EXPECT_EQ(At(*on, 49, 50), (Rgb{100, 100, 100}));
  EXPECT_EQ(At(*on, 195, 5), (Rgb{255, 255, 255}));
  // The line of text is another one.
  EXPECT_NE(std::vector(on->rgb.begin() + 150 * 600, on->rgb.end()),
            std::vector(idle->rgb.begin() + 150 * 600, idle->rgb.end()));
}

TEST(MirrorPictureTest, ScreenThatIsNotOpenYetHasNone) {
  const auto board = MirrorBoard::Create();
  ASSERT_TRUE(board.ok());
  EXPECT_FALSE(DrawMirror(*(*board)->Read(), 200).ok());
}

}  // namespace
}  // namespace evoke
