// sim_backend/import/import_network.py, on state dicts with the names that the libraries give.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "sim_backend/networks/engine/spiking_network.h"
#include "tests/networks/random_network.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

class ImportNetworkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("python3 --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no python3";
    folder_ = testing::TempDir() + "/import_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  // Writes the arrays under their names there; runs the script; what it said.
  std::string Import(const WeightsFile& theirs, const std::string& options) {
    const absl::Status written = WriteWeights(folder_ + "/state.safetensors", theirs);
    EXPECT_TRUE(written.ok()) << written;
    const std::string command =
        absl::StrCat("python3 sim_backend/import/import_network.py ", folder_,
                     "/state.safetensors ", folder_, "/out.safetensors ", options, " 2>&1");
    std::FILE* pipe = popen(command.c_str(), "r");
    std::string said;
    char buffer[256];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) said += buffer;
    succeeded_ = pclose(pipe) == 0;
    return said;
  }

  // Every layer's counts are those of the network before the detour.
  void ExpectSame(const WeightsFile& original) {
    const absl::StatusOr<WeightsFile> file = ReadWeights(folder_ + "/out.safetensors");
    ASSERT_TRUE(file.ok()) << file.status();
    const auto expected = SpikingNetwork::Create(original);
    const auto imported = SpikingNetwork::Create(*file);
    ASSERT_TRUE(expected.ok()) << expected.status();
    ASSERT_TRUE(imported.ok()) << imported.status();
    const std::vector<Image> images = RandomImages(2, 16, 8);
    ASSERT_EQ((*imported)->layers(), (*expected)->layers());
    for (int l = 0; l < static_cast<int>((*expected)->layers().size()); ++l) {
      EXPECT_EQ((*imported)->LayerCounts(images, l).value(),
                (*expected)->LayerCounts(images, l).value());
    }
  }

  std::string folder_;
  bool succeeded_ = false;
};

// The parameters of a torch.nn.Sequential: maps, norms and neurons are numbered through.
WeightsFile AsSequential(const WeightsFile& ours) {
  WeightsFile theirs = ours;
  theirs.tensors.clear();
  for (const auto& [name, tensor] : ours.tensors) {
    theirs.tensors[absl::StrReplaceAll(name, {{"conv1.norm", "1"},
                                              {"conv2.norm", "4"},
                                              {"conv3.norm", "8"},
                                              {"conv1", "0"},
                                              {"conv2", "3"},
                                              {"conv3", "7"},
                                              {"class", "12"}})] = tensor;
  }
  return theirs;
}

constexpr char kSmall[] = "--layers conv:8 average2 conv:16 average2 conv:32 average2 linear:10 ";
constexpr char kCommon[] = "--image-size 16 --steps 6 --mean .5 .5 .5 --deviation .25 .25 .25 ";

TEST_F(ImportNetworkTest, APlainNetworkOfSpikingJellyFiresAsItDid) {
  const WeightsFile ours = RandomWeights(SmallArchitecture("small"), 3);
  const std::string said = Import(AsSequential(ours), absl::StrCat(kSmall, kCommon));
  ASSERT_TRUE(succeeded_) << said;
  ExpectSame(ours);
}

TEST_F(ImportNetworkTest, SnnTorchsNeuronsKeepTheirDynamics) {
  Architecture a = SmallArchitecture("small");
  a.lif = {.tau = 5, .threshold = 2, .decay_input = false, .reset = LifReset::kSubtractDelayed};
  const WeightsFile ours = RandomWeights(a, 3);
  const std::string said =
      Import(AsSequential(ours),
             absl::StrCat(kSmall, kCommon, "--library snntorch --tau 5 --threshold 2"));
  ASSERT_TRUE(succeeded_) << said;
  ExpectSame(ours);
}

TEST_F(ImportNetworkTest, TheResNetOfSpikingJellyFiresAsItDid) {
  const WeightsFile ours = RandomWeights(SmallArchitecture("resnet18_wide"), 3);
  WeightsFile theirs = ours;
  theirs.tensors.clear();
  for (const auto& [name, tensor] : ours.tensors) {
    std::string other = name;
    if (name.starts_with("class")) other = absl::StrReplaceAll(name, {{"class", "fc"}});
    if (name.starts_with("conv1.norm")) other = absl::StrReplaceAll(name, {{"conv1.norm", "bn1"}});
    if (name.starts_with("layer")) {
      // layer1.0.2.shortcut.norm.weight: stage, block and convolution have a digit each.
      const std::string block = name.substr(0, 8);
      const std::string rest = name.substr(11);
      const std::string number(1, name[9]);
      if (rest.starts_with("shortcut.norm.")) {
        other = absl::StrCat(block, ".downsample.1.", rest.substr(14));
      } else if (rest.starts_with("shortcut.")) {
        other = absl::StrCat(block, ".downsample.0.", rest.substr(9));
      } else if (rest.starts_with("norm.")) {
        other = absl::StrCat(block, ".bn", number, ".", rest.substr(5));
      } else {
        other = absl::StrCat(block, ".conv", number, ".", rest);
      }
    }
    theirs.tensors[other] = tensor;
  }
  const std::string said = Import(theirs, absl::StrCat("--resnet18 4 ", kCommon));
  ASSERT_TRUE(succeeded_) << said;
  ExpectSame(ours);
}

TEST_F(ImportNetworkTest, WhatDoesNotFitIsNamed) {
  const WeightsFile theirs = AsSequential(RandomWeights(SmallArchitecture("small"), 3));
  EXPECT_THAT(Import(theirs, "--layers conv:8 average2 conv:17 average2 conv:32 linear:10"),
              testing::AllOf(HasSubstr("16"), HasSubstr("17")));
  EXPECT_FALSE(succeeded_);
  EXPECT_THAT(Import(theirs, "--layers conv:8"), HasSubstr("nothing takes the parameters"));
  EXPECT_FALSE(succeeded_);
  EXPECT_THAT(Import(theirs, "--resnet18 8"), HasSubstr("conv1.weight"));
  EXPECT_FALSE(succeeded_);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/out.safetensors"));
}

}  // namespace
}  // namespace evoke
