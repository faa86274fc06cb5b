// The timing log as a file, and its writer.
#include "common/timing/timing_log.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stimulus_display/presenter/timing_log_writer.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string TempPath(const std::string& name) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name, "_", getpid());
  std::filesystem::remove_all(path);
  return path;
}

void WriteTo(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// What a log holds.
struct Contents {
  TimingFile file;
  std::vector<int64_t> refreshes;  // their indices
  std::vector<LoggedStimulus> stimuli;
  std::vector<LoggedMarker> markers;
  std::vector<std::string> texts;
};

absl::StatusOr<Contents> ReadAll(const std::string& path) {
  Contents all;
  TimingVisitor visitor;
  visitor.refresh = [&](const LoggedRefresh& r) { all.refreshes.push_back(r.index); };
  visitor.stimulus = [&](const LoggedStimulus& s) { all.stimuli.push_back(s); };
  visitor.marker = [&](const LoggedMarker& m) { all.markers.push_back(m); };
  visitor.text = [&](const std::string& text) { all.texts.push_back(text); };
  absl::StatusOr<TimingFile> file = ReadTimingLog(path, visitor);
  if (!file.ok()) return file.status();
  all.file = *std::move(file);
  return all;
}

std::string Refresh(int64_t index) {
  LoggedRefresh refresh;
  refresh.index = index;
  return EncodeTimingBlock(refresh);
}

TEST(TimingLogTest, GivesBackSettingsRecordsAndTexts) {
  LoggedStimulus stimulus;
  stimulus.id = 3;
  stimulus.onset_nanos = int64_t{1} << 60;
  LoggedMarker marker;
  marker.sync_code = 65535;
  marker.failed = 1;
  const std::string text(1000, 'x');
  const std::string path = TempPath("whole");
  WriteTo(path, EncodeTimingHeader({{"machine", "rig: 2"}, {"settings", "a\nb"}}) + Refresh(7) +
                    EncodeTimingText(text) + EncodeTimingBlock(stimulus) + EncodeTimingText("") +
                    EncodeTimingBlock(marker));
  const absl::StatusOr<Contents> all = ReadAll(path);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->file.Setting("machine"), "rig: 2");
  EXPECT_EQ(all->file.Setting("settings"), "a b");
  EXPECT_THAT(all->refreshes, ElementsAre(7));
  EXPECT_THAT(all->texts, ElementsAre(text, ""));
  ASSERT_EQ(all->stimuli.size(), 1);
  EXPECT_EQ(all->stimuli[0].onset_nanos, int64_t{1} << 60);
  EXPECT_EQ(all->markers.at(0).sync_code, 65535);
  EXPECT_EQ(all->file.damaged_blocks + all->file.torn_bytes, 0);
}

TEST(TimingLogTest, TheHeaderSaysWhereEachFieldLies) {
  LoggedRefresh refresh;
  refresh.dropped = 258;
  const std::string block = EncodeTimingBlock(refresh);
  const std::string header = EncodeTimingHeader({});
  EXPECT_EQ(header.size() % 512, 0);
  EXPECT_THAT(header, HasSubstr(absl::StrCat("header-bytes: 000000", header.size())));
  const size_t line = header.find("refresh: 1");
  const size_t field = header.find("; dropped i4 @", line);
  ASSERT_LT(field, header.find("stimulus: 2"));
  const int offset = std::stoi(header.substr(field + 14));
  EXPECT_EQ(block.substr(static_cast<size_t>(offset), 4), std::string("\x02\x01\x00\x00", 4));
}

TEST(TimingLogTest, ATornEndAndADamagedRecordCostOnlyThemselves) {
  std::string damaged = Refresh(2);
  damaged[20] ^= 1;
  const std::string path = TempPath("torn");
  WriteTo(path, EncodeTimingHeader({}) + Refresh(1) + damaged + Refresh(3) +
                    std::string(128, '\0') + Refresh(4).substr(0, 50));
  const absl::StatusOr<Contents> all = ReadAll(path);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(all->refreshes, ElementsAre(1, 3));
  EXPECT_EQ(all->file.damaged_blocks, 2);
  EXPECT_EQ(all->file.torn_bytes, 50);
}

TEST(TimingLogTest, WhatIsNoTimingLogIsRefused) {
  const std::string path = TempPath("other");
  EXPECT_TRUE(absl::IsNotFound(ReadAll(path).status()));
  WriteTo(path, "trial,score\n1,2\n");
  EXPECT_TRUE(absl::IsInvalidArgument(ReadAll(path).status()));
  const std::string header = EncodeTimingHeader({});
  WriteTo(path, header.substr(0, header.size() / 2));
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(path).status()));
}

RefreshRecord RefreshAt(int64_t index) {
  RefreshRecord record;
  record.flip.frame_index = index;
  return record;
}

TEST(TimingLogWriterTest, WritesWhatTheRefreshThreadTellsAndWhatOthersAdd) {
  const std::string path = TempPath("written");
  TimingQueues queues;
  {
    auto writer = TimingLogWriter::Open(path, "display", DescribeDisplay(ScreenInfo()), &queues);
    ASSERT_TRUE(writer.ok()) << writer.status();
    (*writer)->AddText("trial 5 experiments/e/trials/9 attempt 1");
    queues.refreshes.Put(RefreshAt(100));
    PresentationResult result;
    result.id = 5;
    result.onset_nanos = 77;
    result.aborted = true;
    result.reason = "fixation broken";
    queues.stimuli.Put(result);
    LoggedMarker marker;
    marker.sent_nanos = 99;
    (*writer)->AddMarker(marker);
  }
  const absl::StatusOr<Contents> all = ReadAll(path);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(all->refreshes, ElementsAre(100));
  EXPECT_EQ(all->stimuli.at(0).onset_nanos, 77);
  EXPECT_EQ(all->stimuli.at(0).aborted, 1);
  EXPECT_EQ(all->markers.at(0).sent_nanos, 99);
  EXPECT_THAT(all->texts,
              ElementsAre("trial 5 experiments/e/trials/9 attempt 1", "aborted 5 fixation broken"));
  EXPECT_THAT(all->file.Setting("sources"), HasSubstr("3 timer estimate"));
  EXPECT_FALSE(all->file.Setting("machine").empty());
}

TEST(TimingLogWriterTest, AFileThatIsThereIsNeverTouchedAndAFolderGetsANewOne) {
  TimingQueues queues;
  const std::string path = TempPath("mine");
  WriteTo(path, "precious");
  EXPECT_TRUE(absl::IsAlreadyExists(TimingLogWriter::Open(path, "d", {}, &queues).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(
      TimingLogWriter::Open("/nowhere/at/all", "d", {}, &queues).status()));
  const std::string folder = TempPath("folder");
  std::filesystem::create_directory(folder);
  const auto writer = TimingLogWriter::Open(folder, "display-1", {}, &queues);
  ASSERT_TRUE(writer.ok()) << writer.status();
  EXPECT_THAT((*writer)->path(), HasSubstr(folder + "/display-1-"));
  EXPECT_TRUE(std::filesystem::exists((*writer)->path()));
}

TEST(TimingLogWriterTest, ADiskThatStandsStillDelaysNobodyAndEveryRecordIsWrittenOrCounted) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  TimingQueues queues;
  int64_t put = 0, lost = 0;
  const std::string path = TempPath("slow");
  {
    auto writer = std::make_unique<TimingLogWriter>(ends[1], path, TimingSettings(), &queues);
    // Nobody reads: the pipe is full soon, and the writer stands. This thread does not.
    while (queues.refreshes.lost() == 0) queues.refreshes.Put(RefreshAt(put++));
    lost = queues.refreshes.lost();
    std::thread disk([&] {
      std::ofstream file(path, std::ios::binary);
      char bytes[4096];
      for (ssize_t n; (n = read(ends[0], bytes, sizeof(bytes))) > 0;) file.write(bytes, n);
    });
    EXPECT_EQ(writer->lost(), lost);
    writer.reset();  // writes what it holds, and closes the pipe
    disk.join();
  }
  close(ends[0]);
  const absl::StatusOr<Contents> all = ReadAll(path);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(static_cast<int64_t>(all->refreshes.size()) + lost, put);
  EXPECT_THAT(all->texts.back(), HasSubstr(absl::StrCat("refreshes=", lost)));
}

}  // namespace
}  // namespace evoke
