#include "sim_backend/training/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/weights_file.h"
#include "sim_backend/training/network_card.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(CountRangeTest, TakesPercentilesOfCounts) {
  std::vector<double> counts;
  for (int i = 100; i >= 0; --i) counts.push_back(i);
  const CountRange range = RangeOf("u", counts);
  EXPECT_EQ(range.min, 0);
  EXPECT_EQ(range.median, 50);
  EXPECT_EQ(range.percentile99, 99);
  EXPECT_EQ(range.max, 100);
  EXPECT_DOUBLE_EQ(range.separation(), 4.9);
}

// Three class neurons whose counts are the first pixel's colours.
class ColorNetwork : public Network {
 public:
  const std::vector<NetworkLayer>& layers() const override { return layers_; }
  int image_width() const override { return 1; }
  int image_height() const override { return 1; }
  int steps() const override { return 1; }
  absl::Duration step_duration() const override { return absl::Milliseconds(2); }
  const std::string& weights_sha256() const override { return sha256_; }
  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override {
    std::vector<std::vector<StepSpikes>> responses;
    for (const Image& image : images) {
      auto& response = responses.emplace_back();
      for (const NetworkUnit& unit : units) {
        response.push_back({static_cast<float>(image.rgb[unit.channel])});
      }
    }
    return responses;
  }

 private:
  std::vector<NetworkLayer> layers_ = {{"class", 3, 1, 1}};
  std::string sha256_;
};

TEST(ClassAccuracyTest, EqualCountsShareTheCredit) {
  ImageSet images;
  images.image_size = 1;
  images.rgb = {9, 1, 1, 9, 1, 1, 4, 4, 0, 0, 0, 0};
  images.labels = {0, 1, 1, 2};  // right, wrong, one of two, one of three
  EXPECT_NEAR(*ClassAccuracy(ColorNetwork(), images), (1 + 0.5 + 1 / 3.0) / 4, 1e-12);
}

TEST(ClassAccuracyTest, EveryImageOfEveryBatchCountsOnce) {
  ImageSet images;
  images.image_size = 1;
  for (int i = 0; i < 150; ++i) {
    images.rgb.insert(images.rgb.end(), {9, 1, 1});
    images.labels.push_back(i < 70 || i >= 140 ? 0 : 1);
  }
  EXPECT_NEAR(*ClassAccuracy(ColorNetwork(), images), 80 / 150.0, 1e-12);
}

TEST(ModelCardTest, StatesOriginCommandSumAndCurve) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "model_card_test";
  std::filesystem::create_directories(folder);
  WeightsFile file;
  file.tensors["a"] = {{2, 3}, std::vector<float>(6, 1.0f), WeightType::kFloat32};
  const std::string weights = (folder / "m.safetensors").string();
  ASSERT_TRUE(WriteWeights(weights, file).ok());
  ModelCard card;
  card.folder = folder.string();
  card.name = "m";
  card.data = "CIFAR-10";
  card.data_note = "a JPEG copy";
  card.command = "evoke-train spiking --seed 5";
  card.description = "A network.\n";
  card.test_measure = "test error";
  card.training = {5, 20, 64, 50000, {{1, 2.5, 0.4, 60}, {2, 1.5, 0.3, 61}}};
  ASSERT_TRUE(WriteModelCard(card).ok());
  std::ifstream stream(folder / "m.md");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(text,
              AllOf(HasSubstr("# m\n"), HasSubstr("CIFAR-10 (a JPEG copy), 50000 images"),
                    HasSubstr("2 of 20 planned"), HasSubstr("evoke-train spiking --seed 5"),
                    HasSubstr("| numbers in the file | 6 |"), HasSubstr(*Sha256OfFile(weights)),
                    HasSubstr("| 2 | 1.5000 | 0.3000 | 61 |")));
}

TEST(ModelCardTest, ListsTheModelsOfSingleEpochs) {
  const std::string folder = testing::TempDir();
  WeightsFile file;
  file.tensors["a"] = {{1}, {1}, WeightType::kFloat32};
  ASSERT_TRUE(WriteWeights(folder + "/several.safetensors", file).ok());
  const std::string epoch = folder + "/several.epoch02.safetensors";
  ASSERT_TRUE(WriteWeights(epoch, file).ok());
  ModelCard card{.folder = folder, .name = "several", .exported_epochs = {2}};
  card.training.curve = {{1, 2.5, 0.4, 60}, {2, 1.5, 0.3125, 61}};
  ASSERT_TRUE(WriteModelCard(card).ok());
  std::ifstream stream(folder + "/several.md");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(text, HasSubstr("| `several.epoch02` | 0.3125 | `" + *Sha256OfFile(epoch) + "` |"));
  card.exported_epochs = {1};
  EXPECT_EQ(WriteModelCard(card).code(), absl::StatusCode::kNotFound);
}

TEST(ModelCardTest, MissingWeightsAreNotFound) {
  ModelCard card;
  card.folder = testing::TempDir();
  card.name = "no_such_model";
  EXPECT_EQ(WriteModelCard(card).code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace evoke
