#include "clients/recorder/replay/frames_file.h"

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

template <typename T>
void Append(T value, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

std::string TwoMessages() {
  std::string bytes;
  for (const double time : {10.5, 11.0}) {
    Append(time, &bytes);
    Append<uint32_t>(2, &bytes);
    for (const std::string part : {"", "abc"}) {
      Append(static_cast<uint32_t>(part.size()), &bytes);
      bytes += part;
    }
  }
  return bytes;
}

absl::StatusOr<std::vector<CapturedMessage>> Read(const std::string& bytes) {
  const std::string path =
      testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name();
  std::ofstream(path, std::ios::binary) << bytes;
  return ReadFramesFile(path);
}

TEST(FramesFileTest, MessagesComeBackWithTheirTimesAndParts) {
  const auto messages = Read(TwoMessages());
  ASSERT_TRUE(messages.ok()) << messages.status();
  ASSERT_EQ(messages->size(), 2u);
  EXPECT_EQ((*messages)[1].unix_seconds, 11);
  EXPECT_THAT((*messages)[1].parts, testing::ElementsAre("", "abc"));
}

TEST(FramesFileTest, AFileThatEndsWithinAMessageIsDamaged) {
  const std::string bytes = TwoMessages();
  for (size_t size = bytes.size() / 2 + 1; size < bytes.size(); ++size) {
    EXPECT_EQ(Read(bytes.substr(0, size)).status().code(), absl::StatusCode::kDataLoss) << size;
  }
}

TEST(FramesFileTest, DamageIsToldWithItsPlace) {
  std::string bytes = TwoMessages();
  bytes[bytes.size() / 2 + 8 + 3] = '\x7f';  // number of parts
  const auto messages = Read(bytes);
  EXPECT_EQ(messages.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(messages.status().message()), testing::HasSubstr("byte 35"));
}

TEST(FramesFileTest, AGzippedFileThatIsCutOffIsDamaged) {
  std::ifstream file("tests/data/rig/oe_cap1_json_event_broadcaster.frames.gz", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(Read(bytes.substr(0, 20'000)).status().code(), absl::StatusCode::kDataLoss);
}

TEST(FramesFileTest, AMissingFileIsNamed) {
  const auto messages = ReadFramesFile("no/such.frames");
  EXPECT_EQ(messages.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(messages.status().message()), testing::HasSubstr("no/such.frames"));
}

}  // namespace
}  // namespace evoke
