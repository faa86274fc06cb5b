#include "common/weights_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "common/half_float.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A folder of this test alone.
std::string Folder() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / (std::string("weights_") + info->name());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder.string();
}

WeightsFile Example() {
  WeightsFile file;
  file.tensors["a"] = {{2, 2}, {1, -2, 0.5, 3}, WeightType::kFloat32};
  file.tensors["b"] = {{3}, {0.1f, 65504, -1e-7f}, WeightType::kFloat16};
  file.metadata = {{"evoke.kind", "example"}, {"evoke.config", "{\"width\": 3}"}};
  return file;
}

std::string Read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// A file with this header, written by hand.
std::string Raw(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

TEST(HalfFloatTest, EveryHalfSurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = HalfToFloat(static_cast<uint16_t>(bits));
    if (std::isnan(value)) continue;
    ASSERT_EQ(FloatToHalf(value), bits);
  }
}

TEST(HalfFloatTest, RoundsToNearestWithTiesToEven) {
  EXPECT_EQ(FloatToHalf(1.0f + 0x1p-11f), FloatToHalf(1.0f));
  EXPECT_EQ(FloatToHalf(1.0f + 3 * 0x1p-11f), FloatToHalf(1.0f + 2 * 0x1p-10f));
  EXPECT_EQ(FloatToHalf(1.0f + 0x1.1p-11f), FloatToHalf(1.0f + 0x1p-10f));
  EXPECT_EQ(FloatToHalf(0x1p-25f), 0);
  EXPECT_EQ(FloatToHalf(0x1.8p-25f), 1);
  EXPECT_EQ(FloatToHalf(65519.0f), FloatToHalf(65504.0f));
  EXPECT_EQ(FloatToHalf(65520.0f), 0x7c00);
}

TEST(WeightsFileTest, RoundTripKeepsNamesShapesValuesAndMetadata) {
  const std::string path = Folder() + "/m.safetensors";
  ASSERT_TRUE(WriteWeights(path, Example()).ok());
  const absl::StatusOr<WeightsFile> file = ReadWeights(path);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->tensors.size(), 2u);
  EXPECT_THAT(file->tensors.at("a").shape, ElementsAre(2, 2));
  EXPECT_THAT(file->tensors.at("a").values, ElementsAre(1, -2, 0.5, 3));
  EXPECT_EQ(file->tensors.at("b").type, WeightType::kFloat16);
  EXPECT_NEAR(file->tensors.at("b").values[0], 0.1, 1e-4);
  EXPECT_EQ(file->tensors.at("b").values[1], 65504);
  EXPECT_EQ(file->metadata.at("evoke.config"), "{\"width\": 3}");
  EXPECT_EQ(file->metadata.at("evoke.data_sha256").size(), 64u);
  EXPECT_EQ(file->sha256, *Sha256OfFile(path));
}

TEST(WeightsFileTest, Sha256IsThatOfTheStandard) {
  const std::string path = Folder() + "/abc";
  Write(path, "abc");  // the example of FIPS 180-4
  EXPECT_EQ(*Sha256OfFile(path),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(WeightsFileTest, WritingReplacesAndLeavesNoTemporaryFile) {
  const std::string folder = Folder();
  const std::string path = folder + "/m.safetensors";
  ASSERT_TRUE(WriteWeights(path, Example()).ok());
  WeightsFile other = Example();
  other.tensors["a"].values[0] = 7;
  ASSERT_TRUE(WriteWeights(path, other).ok());
  EXPECT_EQ(ReadWeights(path)->tensors.at("a").values[0], 7);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(WeightsFileTest, UnwritableFolderIsUnavailable) {
  const std::string path = Folder() + "/missing/m.safetensors";
  const absl::Status status = WriteWeights(path, Example());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST(WeightsFileTest, BadValuesAreNotWritten) {
  const std::string path = Folder() + "/m.safetensors";
  WeightsFile file = Example();
  file.tensors["a"].values[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(WriteWeights(path, file).code(), absl::StatusCode::kInvalidArgument);
  file = Example();
  file.tensors["b"].values[0] = 70000;
  EXPECT_EQ(WriteWeights(path, file).code(), absl::StatusCode::kInvalidArgument);
  file = Example();
  file.tensors["b"].shape = {4};
  EXPECT_EQ(WriteWeights(path, file).code(), absl::StatusCode::kInvalidArgument);
  file = Example();
  file.metadata["note"] = "\xff";
  EXPECT_EQ(WriteWeights(path, file).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(WeightsFileTest, EveryTruncationIsDataLoss) {
  const std::string path = Folder() + "/m.safetensors";
  ASSERT_TRUE(WriteWeights(path, Example()).ok());
  const std::string bytes = Read(path);
  for (size_t size = 0; size < bytes.size(); ++size) {
    Write(path, bytes.substr(0, size));
    const absl::Status status = ReadWeights(path).status();
    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << size << " bytes: " << status;
    ASSERT_THAT(std::string(status.message()), HasSubstr(path));
  }
}

TEST(WeightsFileTest, EveryChangedByteIsDataLoss) {
  const std::string path = Folder() + "/m.safetensors";
  ASSERT_TRUE(WriteWeights(path, Example()).ok());
  const std::string bytes = Read(path);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x04);
    Write(path, changed);
    const absl::Status status = ReadWeights(path).status();
    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << "byte " << i << ": " << status;
  }
}

TEST(WeightsFileTest, AppendedBytesAreDataLoss) {
  const std::string path = Folder() + "/m.safetensors";
  ASSERT_TRUE(WriteWeights(path, Example()).ok());
  Write(path, Read(path) + "x");
  EXPECT_EQ(ReadWeights(path).status().code(), absl::StatusCode::kDataLoss);
}

TEST(WeightsFileTest, LongHeaderIsRefusedBeforeItIsRead) {
  const std::string path = Folder() + "/m.safetensors";
  Write(path, std::string(8, '\xff') + "{}");
  const absl::Status status = ReadWeights(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("header is too long"));
}

TEST(WeightsFileTest, FilesWithoutSumsAreRefused) {
  const std::string path = Folder() + "/m.safetensors";
  Write(path, Raw(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "\0\0\0\0"));
  const absl::Status status = ReadWeights(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("evoke.header_sha256"));
}

TEST(WeightsFileTest, HeaderThatIsNoObjectIsDataLoss) {
  const std::string path = Folder() + "/m.safetensors";
  for (const char* header : {"[1,2]", "null", "{\"a\":1", "\"text\"", "{\"__metadata__\":[]}"}) {
    Write(path, Raw(header, ""));
    EXPECT_EQ(ReadWeights(path).status().code(), absl::StatusCode::kDataLoss) << header;
  }
}

TEST(WeightsFileTest, TensorOfAnotherShapeIsDataLoss) {
  WeightsFile file = Example();
  file.path = "m.safetensors";
  EXPECT_TRUE(file.Tensor("a", {2, 2}).ok());
  const absl::Status status = file.Tensor("a", {4}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("[2, 2]"));
  EXPECT_EQ(file.Tensor("c", {4}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(file.Metadata("nothing").status().code(), absl::StatusCode::kDataLoss);
}

TEST(ReadModelTest, MissingModelIsNotFoundAndListsTheOthers) {
  const std::string folder = Folder();
  EXPECT_THAT(std::string(ReadModel(folder, "x").status().message()), HasSubstr("has none"));
  ASSERT_TRUE(WriteWeights(folder + "/one.safetensors", Example()).ok());
  ASSERT_TRUE(WriteWeights(folder + "/two.safetensors", Example()).ok());
  const absl::Status status = ReadModel(folder, "three").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("it has one, two"));
  EXPECT_TRUE(ReadModel(folder, "one").ok());
}

TEST(ReadModelTest, PathsAreNoModelNames) {
  for (const char* name : {"", "../m", "a/b", ".hidden"}) {
    EXPECT_EQ(ReadModel(Folder(), name).status().code(), absl::StatusCode::kInvalidArgument)
        << name;
  }
}

}  // namespace
}  // namespace evoke
