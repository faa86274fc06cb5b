#include "sim_backend/training/image_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim_backend/training/cifar10.h"
#include "sim_backend/training/fashion_mnist.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kCifar[] = "tests/data/cifar10_test_20.bin";

std::string Folder() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / (std::string("image_set_") + info->name());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder.string();
}

void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void WriteGzip(const std::string& path, const std::string& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(gzwrite(file, bytes.data(), bytes.size()), static_cast<int>(bytes.size()));
  gzclose(file);
}

std::string Number(int value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

// IDX images of 28 x 28; pixel i of image n is n + i modulo 256.
std::string IdxImages(int count) {
  std::string bytes = std::string("\0\0\x08\x03", 4) + Number(count) + Number(28) + Number(28);
  for (int n = 0; n < count; ++n) {
    for (int i = 0; i < 28 * 28; ++i) bytes += static_cast<char>(n + i);
  }
  return bytes;
}

std::string IdxLabels(int count) {
  std::string bytes = std::string("\0\0\x08\x01", 4) + Number(count);
  for (int n = 0; n < count; ++n) bytes += static_cast<char>(n % 10);
  return bytes;
}

void WriteFashionMnist(const std::string& folder) {
  for (const char* part : {"train", "t10k"}) {
    WriteGzip(folder + "/" + part + "-images-idx3-ubyte.gz", IdxImages(3));
    WriteGzip(folder + "/" + part + "-labels-idx1-ubyte.gz", IdxLabels(3));
  }
}

TEST(Cifar10Test, PlanesBecomeInterleavedPixels) {
  const std::string path = Folder() + "/one.bin";
  std::string record(3073, '\0');
  record[0] = 7;
  record[1 + 33] = 10;         // red of row 1, column 1
  record[1 + 1024 + 33] = 20;  // green
  record[1 + 2048 + 33] = 30;  // blue
  Write(path, record);
  ImageSet images;
  ASSERT_TRUE(AppendCifar10File(path, images).ok());
  EXPECT_THAT(images.labels, ElementsAre(7));
  const Image image = images.image(0);
  ASSERT_TRUE(image.valid());
  EXPECT_EQ(image.rgb[33 * 3], 10);
  EXPECT_EQ(image.rgb[33 * 3 + 1], 20);
  EXPECT_EQ(image.rgb[33 * 3 + 2], 30);
}

TEST(Cifar10Test, ReadsRealRecords) {
  ImageSet images;
  ASSERT_TRUE(AppendCifar10File(kCifar, images).ok());
  EXPECT_EQ(images.size(), 20);
  const ChannelStatistics statistics = Statistics(images);
  EXPECT_GT(statistics.mean[0], 0.3);
  EXPECT_LT(statistics.mean[0], 0.7);
  EXPECT_GT(statistics.variance, 0.03);
  images.Truncate(5);
  EXPECT_EQ(images.size(), 5);
  EXPECT_EQ(images.rgb.size(), 5 * images.image_bytes());
}

TEST(Cifar10Test, DamagedFilesAreDataLoss) {
  const std::string path = Folder() + "/bad.bin";
  ImageSet images;
  for (const std::string& bytes : {std::string(), std::string(3072, '\0'), std::string(6145, '\0'),
                                   std::string("\x0a") + std::string(3072, '\0')}) {
    Write(path, bytes);
    const absl::Status status = AppendCifar10File(path, images);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  }
}

TEST(Cifar10Test, MissingFolderSaysWhereToGetTheData) {
  const absl::Status status = LoadTrainingData("cifar10:" + Folder()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("data_batch_1.bin"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("CIFAR-10 binary version"));
}

TEST(FashionMnistTest, ImagesArePaddedAndGray) {
  const std::string folder = Folder();
  WriteFashionMnist(folder);
  const absl::StatusOr<TrainingData> data = LoadTrainingData("fashion-mnist:" + folder);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.labels, ElementsAre(0, 1, 2));
  EXPECT_EQ(data->class_names.size(), 10u);
  const Image image = data->test.image(1);
  ASSERT_TRUE(image.valid());
  for (int row = 0; row < 32; ++row) {
    for (int col = 0; col < 32; ++col) {
      const bool inside = row >= 2 && row < 30 && col >= 2 && col < 30;
      const int expected = inside ? (1 + (row - 2) * 28 + col - 2) % 256 : 0;
      for (int c = 0; c < 3; ++c) ASSERT_EQ(image.rgb[(row * 32 + col) * 3 + c], expected);
    }
  }
}

TEST(FashionMnistTest, MissingFilesSayWhatToInstall) {
  const absl::Status status = LoadTrainingData("fashion-mnist:" + Folder()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("dataset-fashion-mnist"));
}

TEST(FashionMnistTest, LabelsThatDoNotMatchAreDataLoss) {
  const std::string folder = Folder();
  WriteFashionMnist(folder);
  WriteGzip(folder + "/t10k-labels-idx1-ubyte.gz", IdxLabels(2));
  EXPECT_EQ(LoadTrainingData("fashion-mnist:" + folder).status().code(),
            absl::StatusCode::kDataLoss);
  WriteGzip(folder + "/t10k-labels-idx1-ubyte.gz",
            std::string("\0\0\x08\x01", 4) + Number(3) + "\x01\x02\x0b");
  EXPECT_EQ(LoadTrainingData("fashion-mnist:" + folder).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(ReadIdxTest, DamagedFilesAreDataLoss) {
  const std::string path = Folder() + "/bad.gz";
  const std::string good = IdxLabels(12);
  ASSERT_NO_FATAL_FAILURE(WriteGzip(path, good));
  EXPECT_THAT(ReadIdx(path)->shape, ElementsAre(12));
  const std::vector<std::string> bad = {
      "",
      good.substr(0, 3),
      good.substr(0, 6),
      good.substr(0, 15),
      good + "x",
      std::string("\x01").append(good, 1),              // no IDX
      std::string("\0\0\x0d\x01", 4) + good.substr(4),  // floats
      std::string("\0\0\x08\x01", 4) + Number(0),       // nothing
      std::string("\0\0\x08\x02", 4) + Number(1 << 30) + Number(1 << 30),
  };
  for (const std::string& bytes : bad) {
    ASSERT_NO_FATAL_FAILURE(WriteGzip(path, bytes));
    EXPECT_EQ(ReadIdx(path).status().code(), absl::StatusCode::kDataLoss) << bytes.size();
  }
}

TEST(ReadIdxTest, DamagedCompressionIsDataLoss) {
  const std::string path = Folder() + "/images.gz";
  ASSERT_NO_FATAL_FAILURE(WriteGzip(path, IdxImages(4)));
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  Write(path, bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(ReadIdx(path).status().code(), absl::StatusCode::kDataLoss);
  std::string changed = bytes;
  changed[bytes.size() - 6] = static_cast<char>(changed[bytes.size() - 6] ^ 1);  // the stored sum
  Write(path, changed);
  EXPECT_EQ(ReadIdx(path).status().code(), absl::StatusCode::kDataLoss);
}

TEST(LoadTrainingDataTest, UnknownDataSetsAreRefused) {
  for (const char* spec : {"", "imagenet", "cifar10", "cifar10:", "cifar100:x"}) {
    EXPECT_EQ(LoadTrainingData(spec).status().code(), absl::StatusCode::kInvalidArgument) << spec;
  }
}

}  // namespace
}  // namespace evoke
