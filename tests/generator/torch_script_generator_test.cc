#include "server/generator/torch_script_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/weights_file.h"
#include "tests/generator/pull_back.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kContinuous[] =
    "dimensions { continuous { lower: -1 upper: 1 prior: PRIOR_UNIFORM } repeat: 2 }";
// Two numbers to 3 x 4 pixels: a ramp along the columns for each colour.
constexpr char kRamp[] = R"(
def forward(self, x):
    ramp = torch.linspace(-1., 1., 4).view(1, 1, 1, 4).expand(1, 3, 3, 4)
    tint = torch.stack([x[:, 0], x[:, 1], x[:, 0] * x[:, 1]], 1).view(1, 3, 1, 1)
    return torch.tanh(ramp * tint * self.gain)
)";

class TorchScriptGeneratorTest : public testing::Test {
 protected:
  TorchScriptGeneratorTest() {
    folder_ = absl::StrCat(testing::TempDir(), "/torch_script_",
                           testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  std::string Module() const { return folder_ + "/lab.pt"; }

  void SaveModule(const std::string& source) const {
    torch::jit::Module module("Lab");
    module.register_parameter("gain", torch::tensor(1.5f), false);
    module.define(source);
    module.save(Module());
  }

  void SaveManifest(const std::string& latent, const std::string& rest,
                    std::string sum = "") const {
    if (sum.empty()) sum = Sha256OfFile(Module()).value();
    std::ofstream(folder_ + "/lab.textproto")
        << "torch_script { sha256: '" << sum << "' latent { " << latent << " } " << rest << " }";
  }

  absl::StatusOr<std::unique_ptr<Generator>> Load() const { return LoadGenerator(folder_, "lab"); }

  std::string folder_;
  const std::string rgb_ =
      "image_width: 4 image_height: 3 layout: CHANNELS_FIRST colors: RGB black: -1 white: 1";
};

TEST_F(TorchScriptGeneratorTest, DecodesByItsManifest) {
  SaveModule(kRamp);
  SaveManifest(kContinuous, rgb_);
  const auto generator = Load();
  ASSERT_TRUE(generator.ok()) << generator.status();
  EXPECT_EQ((*generator)->latent_space().size(), 2);
  EXPECT_EQ((*generator)->image_width(), 4);
  EXPECT_EQ((*generator)->image_height(), 3);
  EXPECT_EQ((*generator)->weights_sha256(), Sha256OfFile(folder_ + "/lab.textproto").value());
  const Image image = (*generator)->Decode({{1, -0.5}}).value()[0];
  ASSERT_TRUE(image.valid());
  // Column 3 of the ramp is 1: tanh(1.5), tanh(-0.75), tanh(-0.75), from [-1, 1] to [0, 255].
  const uint8_t* pixel = image.rgb.data() + (2 * 4 + 3) * 3;
  EXPECT_NEAR(pixel[0], (std::tanh(1.5) + 1) * 127.5, 0.51);
  EXPECT_NEAR(pixel[1], (std::tanh(-0.75) + 1) * 127.5, 0.51);
  EXPECT_NEAR(pixel[2], (std::tanh(-0.75) + 1) * 127.5, 0.51);
}

TEST_F(TorchScriptGeneratorTest, GrayRowsFirstAndAnotherRangeAreUnderstood) {
  SaveModule(R"(
def forward(self, x):
    return torch.arange(6).view(1, 2, 3, 1) * 100.0 + 0 * x.sum()
)");
  SaveManifest(kContinuous,
               "image_width: 3 image_height: 2 layout: CHANNELS_LAST colors: GRAY white: 255");
  const auto generator = Load();
  ASSERT_TRUE(generator.ok()) << generator.status();
  // Values above white are clipped.
  const std::vector<uint8_t> expected = {0,   0,   0,   100, 100, 100, 200, 200, 200,
                                         255, 255, 255, 255, 255, 255, 255, 255, 255};
  EXPECT_EQ((*generator)->Decode({{0, 0}}).value()[0].rgb, expected);
}

TEST_F(TorchScriptGeneratorTest, CodesArriveAsAMapOfWholeNumbers) {
  SaveModule(R"(
def forward(self, codes):
    assert codes.dtype == 4  # int64
    return codes.view(1, 1, 2, 3) / 7.0
)");
  SaveManifest("dimensions { categorical { levels: 8 } repeat: 6 } map_rows: 2 map_cols: 3",
               "image_width: 3 image_height: 2 layout: CHANNELS_FIRST colors: GRAY white: 1");
  const auto generator = Load();
  ASSERT_TRUE(generator.ok()) << generator.status();
  const Image image = (*generator)->Decode({{0, 7, 0, 0, 0, 7}}).value()[0];
  EXPECT_EQ(image.rgb[3], 255);
  EXPECT_EQ(image.rgb[15], 255);
  EXPECT_EQ(image.rgb[6], 0);
  EXPECT_EQ((*generator)->PullBack({LatentPoint(6, 0)}, {PixelWeights(18, 1)}).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST_F(TorchScriptGeneratorTest, BatchesCallsAndThreadsGiveTheSameImages) {
  SaveModule(kRamp);
  SaveManifest(kContinuous, rgb_);
  const auto generator = Load().value();
  const std::vector<LatentPoint> points = {{0.3, -0.9}, {1, 1}, {-0.2, 0.4}};
  const std::vector<Image> images = generator->Decode(points).value();
  for (int call = 0; call < 4; ++call) {  // graphs are optimised after some calls
    EXPECT_EQ(generator->Decode({points[2]}).value()[0], images[2]);
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(generator->Decode(points).value(), images); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(TorchScriptGeneratorTest, GradientsAreTheModules) {
  SaveModule(kRamp);
  SaveManifest(kContinuous, rgb_);
  const auto generator = Load().value();
  PixelWeights weights(36, 0);
  weights[3 * 3] = 1;  // red of the last column: (tanh(1.5 x0) + 1) / 2
  const LatentPoint gradient = generator->PullBack({{0.4, 0.2}}, {weights}).value()[0];
  EXPECT_NEAR(gradient[0], 0.75 / std::pow(std::cosh(0.6), 2), 1e-5);
  EXPECT_NEAR(gradient[1], 0, 1e-6);
}

TEST_F(TorchScriptGeneratorTest, AModuleThatBreaksTheChainHasNoGradients) {
  SaveModule(R"(
def forward(self, x):
    return torch.zeros(1, 3, 3, 4) + x.detach().sum()
)");
  SaveManifest(kContinuous, rgb_);
  const auto generator = Load();
  ASSERT_TRUE(generator.ok()) << generator.status();
  EXPECT_EQ((*generator)->PullBack({{0, 0}}, {PixelWeights(36, 1)}).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST_F(TorchScriptGeneratorTest, AnotherFileThanTheManifestsIsRefusedWithBothSums) {
  SaveModule(kRamp);
  const std::string other(64, 'a');
  SaveManifest(kContinuous, rgb_, other);
  const absl::Status status = Load().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(other), HasSubstr(Sha256OfFile(Module()).value())));
}

TEST_F(TorchScriptGeneratorTest, AMissingModuleIsNamed) {
  SaveManifest(kContinuous, rgb_, std::string(64, 'a'));
  const absl::Status status = Load().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("lab.pt"));
}

TEST_F(TorchScriptGeneratorTest, BytesThatAreNoModuleAreDataLoss) {
  std::ofstream(Module()) << "not a module";
  SaveManifest(kContinuous, rgb_);
  const absl::Status status = Load().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("lab.pt"));
}

TEST_F(TorchScriptGeneratorTest, AnOutputOfAnotherShapeNamesBoth) {
  SaveModule(kRamp);
  SaveManifest(kContinuous,
               "image_width: 5 image_height: 3 layout: CHANNELS_FIRST colors: RGB white: 1");
  const absl::Status status = Load().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("[1, 3, 3, 4]"), HasSubstr("[1, 3, 3, 5]")));
}

TEST_F(TorchScriptGeneratorTest, AModuleThatFailsOrTakesAnotherPointIsRefused) {
  SaveModule(R"(
def forward(self, x):
    return x.view(1, 3, 3, 4)
)");
  SaveManifest(kContinuous, rgb_);
  const absl::Status status = Load().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("does not fit its manifest"));
}

TEST_F(TorchScriptGeneratorTest, ValuesThatAreNotFiniteAreAnError) {
  SaveModule(R"(
def forward(self, x):
    return torch.zeros(1, 3, 3, 4) / x[0, 0]
)");
  SaveManifest("dimensions { continuous { lower: -1 upper: 2 prior: PRIOR_UNIFORM } repeat: 2 }",
               rgb_);
  const auto generator = Load();
  ASSERT_TRUE(generator.ok()) << generator.status();
  EXPECT_TRUE((*generator)->Decode({{1, 1}}).ok());
  EXPECT_EQ((*generator)->Decode({{0, 0}}).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ((*generator)->Decode({{3, 0}}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
