#include "stimulus_display/command_line.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stimulus_display/screen/gamma_table.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

struct CommandLine {
  CLI::App app;
  DisplaySettings settings;

  CommandLine() {
    settings.AddTo(app);
    app.set_config("--config");
  }
  absl::Status Parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(arguments);
    return settings.Resolve();
  }
};

std::string Message(std::vector<std::string> arguments) {
  CommandLine line;
  const absl::Status status = line.Parse(std::move(arguments));
  EXPECT_FALSE(status.ok());
  return std::string(status.message());
}

// The identity, but for one level.
std::string TableFile() {
  GammaTable table;
  for (auto& channel : table.rgb) {
    for (size_t i = 0; i < channel.size(); ++i) channel[i] = static_cast<uint8_t>(i);
    channel[7] = 8;
  }
  const std::string path = testing::TempDir() + "/command_line_test_gamma.csv";
  std::ofstream(path) << FormatGammaTable(table, "test");
  return path;
}

TEST(DisplaySettingsTest, OptionsReachTheParts) {
  CommandLine line;
  const absl::Status status = line.Parse({"--name=rig-2",
                                          "--screen=1",
                                          "--full-screen",
                                          "--mode=1280x1024@85",
                                          "--background=90",
                                          "--gamma-table=" + TableFile(),
                                          "--patch-corner=top-right",
                                          "--patch-mode=toggle",
                                          "--patch-size=40",
                                          "--frame-code",
                                          "--fixation=0.4deg",
                                          "--fixation-at=-2,1.5",
                                          "--fixation-color=0,200,10",
                                          "--fixation-when=always",
                                          "--screen-width-cm=52",
                                          "--distance-cm=57.3",
                                          "--expected-hz=85",
                                          "--refresh-tolerance-ppm=1000",
                                          "--refuse-wrong-refresh",
                                          "--miss-policy=abort",
                                          "--commit-lead-ms=3",
                                          "--no-feedback",
                                          "--priority=20",
                                          "--light-delay-ms=7.25"});
  ASSERT_TRUE(status.ok()) << status;
  const DisplaySettings& settings = line.settings;
  EXPECT_EQ(settings.loop.name, "clients/rig-2");
  EXPECT_EQ(settings.loop.light_delay, absl::Microseconds(7250));
  EXPECT_EQ(settings.loop.background, 90);
  EXPECT_EQ(settings.presenter.miss_policy, MissPolicy::kAbort);
  EXPECT_EQ(settings.presenter.patch_mode, PatchMode::kToggle);
  EXPECT_EQ(settings.presenter.viewing.screen_width_cm, 52);
  EXPECT_EQ(settings.real_time.priority, 20);
  const SdlScreenOptions& screen = settings.screen;
  EXPECT_EQ(screen.screen_index, 1);
  EXPECT_EQ(screen.mode, (ScreenMode{1280, 1024, 85}));
  EXPECT_EQ(screen.expected_hz, 85);
  EXPECT_DOUBLE_EQ(screen.refresh_tolerance, 1e-3);
  EXPECT_TRUE(screen.refuse_wrong_refresh);
  EXPECT_EQ(screen.commit_lead, absl::Milliseconds(3));
  EXPECT_FALSE(screen.use_feedback);
  const Look& look = screen.look;
  EXPECT_EQ(look.background, 90);
  EXPECT_EQ(look.gamma->rgb[2][7], 8);
  EXPECT_EQ(look.patch.corner, Corner::kTopRight);
  EXPECT_EQ(look.patch.size_pixels, 40);
  EXPECT_TRUE(look.frame_code);
  EXPECT_EQ(look.fixation.placement.unit, SizeUnit::kDegrees);
  EXPECT_EQ(look.fixation.placement.width, 0.4);
  EXPECT_EQ(look.fixation.placement.offset_right, -2);
  EXPECT_EQ(look.fixation.placement.offset_up, 1.5);
  EXPECT_EQ(look.fixation.rgb, (std::array<uint8_t, 3>{0, 200, 10}));
  EXPECT_TRUE(look.fixation.between && look.fixation.over);
  EXPECT_EQ(look.viewing.distance_cm, 57.3);
}

TEST(DisplaySettingsTest, DefaultsStand) {
  CommandLine line;
  ASSERT_TRUE(line.Parse({}).ok());
  EXPECT_FALSE(line.settings.screen.look.fixation.enabled());
  EXPECT_FALSE(line.settings.screen.look.gamma.has_value());
  EXPECT_FALSE(line.settings.screen.mode.has_value());
  EXPECT_TRUE(line.settings.screen.look.patch.enabled);
  EXPECT_EQ(line.settings.loop.light_delay, absl::ZeroDuration());
}

TEST(DisplaySettingsTest, WrittenSettingsReadBackAreTheSame) {
  CommandLine first;
  ASSERT_TRUE(first
                  .Parse({"--name=rig-2", "--fixation=12px", "--fixation-color=0,200,10",
                          "--full-screen", "--patch-corner=top-left", "--distance-cm=57.3"})
                  .ok());
  std::vector<std::string> list;
  first.app.add_option("--list", list);
  const std::string text = SettingsText(first.app, true);
  const std::string path = testing::TempDir() + "/command_line_test.toml";
  std::ofstream(path) << text;
  CommandLine second;
  second.app.add_option("--list", list);
  const absl::Status status = second.Parse({"--config=" + path, "--patch-size=20"});
  ASSERT_TRUE(status.ok()) << status << "\n" << text;
  EXPECT_EQ(second.settings.name, "rig-2");
  EXPECT_TRUE(second.settings.screen.full_screen);
  EXPECT_EQ(second.settings.screen.look.fixation.placement.width, 12);
  EXPECT_EQ(second.settings.screen.look.fixation.rgb, (std::array<uint8_t, 3>{0, 200, 10}));
  EXPECT_EQ(second.settings.screen.look.patch.corner, Corner::kTopLeft);
  EXPECT_EQ(second.settings.screen.look.patch.size_pixels, 20);
  EXPECT_EQ(second.settings.presenter.viewing.distance_cm, 57.3);
  EXPECT_EQ(second.settings.loop.experiment, "");
  EXPECT_TRUE(list.empty());  // and not one empty entry
}

TEST(DisplaySettingsTest, WhatCannotBeReadNamesTheOption) {
  EXPECT_THAT(Message({"--fixation=0.3"}), HasSubstr("--fixation 0.3"));
  EXPECT_THAT(Message({"--fixation=-1deg"}), HasSubstr("--fixation -1deg"));
  EXPECT_THAT(Message({"--fixation-color=1,2"}), HasSubstr("--fixation-color 1,2"));
  EXPECT_THAT(Message({"--fixation-color=1,2,256"}), HasSubstr("from 0 to 255"));
  EXPECT_THAT(Message({"--fixation-at=left"}), HasSubstr("--fixation-at left"));
  EXPECT_THAT(Message({"--mode=big"}), HasSubstr("--list-screens"));
  EXPECT_THAT(Message({"--gamma-table=/no/such.csv"}), HasSubstr("/no/such.csv"));
  EXPECT_THAT(Message({"--name=Rig 2"}), HasSubstr("--name"));
}

}  // namespace
}  // namespace evoke
