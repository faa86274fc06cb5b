#include "clients/rig/response_monitor.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/figure/image_file.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

AnsweredPresentation Answer(const std::string& unit, std::vector<int64_t> nanos) {
  AnsweredPresentation answer;
  answer.notice.mutable_objective()->mutable_latency_window()->mutable_end()->set_nanos(
      150'000'000);
  v1::SpikeTrain& train = *answer.response.add_spike_trains();
  train.set_unit(unit);
  for (const int64_t n : nanos) train.add_nanos_from_onset(n);
  return answer;
}

std::string PathOf(const char* name) {
  return absl::StrCat(testing::TempDir(), "/evoke_monitor_", getpid(), "_", name, ".png");
}

TEST(ResponseMonitorTest, DrawsAPictureOfWhatWasAnswered) {
  const std::string path = PathOf("draws");
  ResponseMonitor monitor(path, absl::InfiniteDuration());
  ASSERT_TRUE(monitor.Draw().ok());
  EXPECT_FALSE(std::filesystem::exists(path));  // nothing to draw yet
  for (int i = 0; i < 300; ++i) monitor.Add(Answer("SE 1/1", {60'000'000, 61'000'000 + i}));
  monitor.Add(Answer("SE 2/1", {}));
  ASSERT_TRUE(monitor.Draw().ok());
  EXPECT_TRUE(ReadImage(path).ok());
  std::filesystem::remove(path);
}

TEST(ResponseMonitorTest, TheLastStateIsDrawnAtTheEnd) {
  const std::string path = PathOf("end");
  {
    ResponseMonitor monitor(path, absl::InfiniteDuration());
    monitor.Add(Answer("SE 1/1", {60'000'000}));
  }
  EXPECT_TRUE(ReadImage(path).ok());
  std::filesystem::remove(path);
}

TEST(ResponseMonitorTest, AFolderThatIsNotThereIsAnError) {
  ResponseMonitor monitor("/no/such/folder/x.png", absl::InfiniteDuration());
  monitor.Add(Answer("SE 1/1", {60'000'000}));
  EXPECT_FALSE(monitor.Draw().ok());
}

}  // namespace
}  // namespace evoke
