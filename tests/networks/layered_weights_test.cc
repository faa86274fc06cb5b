#include "sim_backend/networks/layered_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/networks/random_network.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class LayeredWeightsTest : public testing::Test {
 protected:
  absl::Status Status() const { return ReadLayeredNetwork(file_).status(); }
  std::string Message() const { return std::string(Status().message()); }

  const Architecture architecture_ = SmallArchitecture("small");
  WeightsFile file_ = RandomWeights(architecture_, 1);
};

TEST_F(LayeredWeightsTest, FittingWeightsGiveTheArchitecture) {
  EXPECT_TRUE(ReadLayeredNetwork(file_).value() == architecture_);
}

TEST_F(LayeredWeightsTest, MissingWeightsAreNamed) {
  file_.tensors.erase("conv2.norm.running_var");
  EXPECT_EQ(Status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(), HasSubstr("conv2.norm.running_var"));
}

TEST_F(LayeredWeightsTest, WrongShapesAreNamedOnBothSides) {
  file_.tensors["conv2.weight"].shape = {16, 8, 9, 1};
  EXPECT_EQ(Status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(), AllOf(HasSubstr("conv2.weight"), HasSubstr("[16, 8, 9, 1]"),
                               HasSubstr("[16, 8, 3, 3]")));
}

TEST_F(LayeredWeightsTest, WeightsOfNoLayerAreNamed) {
  file_.tensors["conv9.weight"] = {{1}, {1}};
  EXPECT_EQ(Status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(), HasSubstr("conv9.weight, which belong to no layer"));
}

TEST_F(LayeredWeightsTest, NumbersThatAreNoneAreRefused) {
  file_.tensors["conv3.weight"].values[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(Status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(), HasSubstr("conv3.weight holds a value that is not finite"));
}

TEST_F(LayeredWeightsTest, VariancesArePositive) {
  file_.tensors["conv1.norm.running_var"].values[2] = -1;
  EXPECT_EQ(Status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(), HasSubstr("conv1.norm.running_var holds -1"));
}

TEST_F(LayeredWeightsTest, OtherModelsAndBadDescriptionsAreRefused) {
  file_.metadata["evoke.config"] = "{\"image_size\": 32}";
  EXPECT_EQ(Status().code(), absl::StatusCode::kDataLoss);
  file_.metadata["evoke.kind"] = "vq_vae";
  EXPECT_EQ(Status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(), AllOf(HasSubstr("vq_vae"), HasSubstr("layered_network")));
}

TEST_F(LayeredWeightsTest, RatesAreReadOrRefused) {
  EXPECT_EQ(ReadRates(file_, architecture_)->at(2), RateGain{});
  std::vector<RateGain> gains = {{1, 2}, {3, 4}, {5.5, 6}, {7, 8}};
  file_.metadata[kRatesMetadata] = RatesToJson(architecture_, gains);
  EXPECT_EQ(*ReadRates(file_, architecture_), gains);
  for (const char* bad : {"", "{}", "[1]", "{\"conv1\": [1]}"}) {
    file_.metadata[kRatesMetadata] = bad;
    EXPECT_EQ(ReadRates(file_, architecture_).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
  gains[1].pooled = 0;
  file_.metadata[kRatesMetadata] = RatesToJson(architecture_, gains);
  EXPECT_THAT(std::string(ReadRates(file_, architecture_).status().message()),
              HasSubstr("layer conv2 is 0, must be positive"));
}

}  // namespace
}  // namespace evoke
