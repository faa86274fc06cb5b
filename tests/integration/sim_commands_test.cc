// The modeller's commands of evoke-sim with the shipped network, as a person would call them.
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/str_split.h"
#include "common/figure/image_file.h"
#include "gmock/gmock.h"
#include "tests/integration/real_programs.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr char kImages[] = "tests/data/cifar10_test_20.bin";

class SimCommandsTest : public testing::Test {
 protected:
  SimCommandsTest()
      : folder_(absl::StrCat(testing::TempDir(), "/sim_commands_", getpid(), "_",
                             testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(folder_);
  }
  ~SimCommandsTest() override { std::filesystem::remove_all(folder_); }

  int Sim(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), EVOKE_BIN_DIR "/evoke-sim");
    Process process(arguments, folder_ + "/log");
    const int code = process.Wait();
    log_ = process.Log();
    return code;
  }
  std::string Content(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << name;
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::string folder_;
  std::string log_;
};

TEST_F(SimCommandsTest, DescribeNamesLayersAndMeasuresRates) {
  ASSERT_EQ(Sim({"describe"}), 0) << log_;
  EXPECT_THAT(log_, AllOf(HasSubstr("sees 32 x 32 pixels, answers in 50 steps"),
                          testing::ContainsRegex("conv3 +128 +8 x 8 +8192")));
  ASSERT_EQ(Sim({"describe", "--images", kImages}), 0) << log_;
  EXPECT_THAT(log_, AllOf(HasSubstr("measured on 20 images"), HasSubstr("% right")));
}

TEST_F(SimCommandsTest, RespondWritesTheSameCountsAsCsvAndArray) {
  ASSERT_EQ(Sim({"respond", kImages, "--units", "conv3/0-2,class", "-o", folder_ + "/a.csv"}), 0)
      << log_;
  const std::vector<std::string> lines = absl::StrSplit(Content("a.csv"), "\r\n");
  ASSERT_EQ(lines.size(), 1 + 20 + 1);
  EXPECT_THAT(lines[0], HasSubstr("image,class,conv3/0,conv3/1,conv3/2,class/0,"));
  ASSERT_EQ(Sim({"respond", kImages, "--units", "conv3/0-2,class", "-o", folder_ + "/a.npy"}), 0)
      << log_;
  const std::string array = Content("a.npy");
  EXPECT_THAT(array, HasSubstr("(20, 13)"));
  float first[13];
  std::memcpy(first, array.data() + array.size() - sizeof(first) * 20, sizeof(first));
  const std::vector<std::string> fields = absl::StrSplit(lines[1], ',');
  for (int u = 0; u < 13; ++u) EXPECT_EQ(std::stof(fields[2 + u]), first[u]) << u;
  ASSERT_EQ(Sim({"respond", kImages, "--limit", "3", "--layer", "conv3", "--layer", "class", "-o",
                 folder_ + "/b.npy"}),
            0)
      << log_;
  EXPECT_THAT(Content("b.conv3.npy"), HasSubstr("(3, 128, 8, 8)"));
  EXPECT_THAT(Content("b.class.npy"), HasSubstr("(3, 10, 1, 1)"));
  ASSERT_EQ(Sim({"respond", kImages, "--limit", "3", "--in-steps", "--units", "class", "-o",
                 folder_ + "/c.npy"}),
            0)
      << log_;
  EXPECT_THAT(Content("c.npy"), HasSubstr("(3, 10, 50)"));
}

TEST_F(SimCommandsTest, TopSelectivityAndRasterWriteTheirFiles) {
  ASSERT_EQ(Sim({"top", kImages, "--units", "conv3/37@4,4,class/3", "--count", "4", "-o",
                 folder_ + "/top"}),
            0)
      << log_;
  EXPECT_TRUE(ReadImage(folder_ + "/top/conv3-37-4-4.png").ok());
  EXPECT_TRUE(ReadImage(folder_ + "/top/class-3.png").ok());
  ASSERT_EQ(Sim({"selectivity", kImages, "--units", "conv3/0-9", "-o", folder_ + "/s.csv"}), 0)
      << log_;
  EXPECT_THAT(log_, HasSubstr("sparseness"));
  EXPECT_EQ(std::vector<std::string>(absl::StrSplit(Content("s.csv"), "\r\n")).size(), 12);
  ASSERT_EQ(Sim({"raster", kImages, "--limit", "2", "--units", "conv3/37,class/0-2", "-o",
                 folder_ + "/r.png"}),
            0)
      << log_;
  EXPECT_TRUE(ReadImage(folder_ + "/r.png").ok());
}

TEST_F(SimCommandsTest, OptionsOfTheNetworkCountBeforeAndBehindTheSubcommand) {
  EXPECT_EQ(Sim({"--steps", "7", "describe"}), 0);
  EXPECT_THAT(log_, HasSubstr("answers in 7 steps"));
  EXPECT_EQ(Sim({"describe", "--steps", "9"}), 0);
  EXPECT_THAT(log_, HasSubstr("answers in 9 steps"));
}

TEST_F(SimCommandsTest, BadInputIsNamedWithBothSides) {
  const std::string small = folder_ + "/small.png";
  ASSERT_TRUE(WritePng(small, UniformImage(16, 20, 9)).ok());
  const std::string out = folder_ + "/x.npy";
  EXPECT_EQ(Sim({"respond", small, "--units", "class", "-o", out}), 1);
  EXPECT_THAT(log_, AllOf(HasSubstr("16 x 20"), HasSubstr("32 x 32")));
  EXPECT_EQ(Sim({"respond", kImages, "--layer", "conv9", "-o", out}), 1);
  EXPECT_THAT(log_, AllOf(HasSubstr("conv9"), HasSubstr("conv1, conv2, conv3, class")));
  EXPECT_EQ(Sim({"top", kImages, "--units", "conv3/200", "-o", folder_ + "/top"}), 1);
  EXPECT_THAT(log_, AllOf(HasSubstr("conv3/200"), HasSubstr("conv3/0 to conv3/127")));
  EXPECT_EQ(Sim({"respond", kImages, "--units", "class", "-o", folder_ + "/x.txt"}), 1);
  EXPECT_THAT(log_, HasSubstr("*.csv or *.npy"));
  EXPECT_EQ(Sim({"describe", "--model", "vqvae-cifar10"}), 1);
  EXPECT_THAT(log_, HasSubstr("vqvae-cifar10"));
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace evoke
