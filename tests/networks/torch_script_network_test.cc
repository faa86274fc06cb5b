#include "sim_backend/networks/torch_script_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/weights_file.h"
#include "sim_backend/networks/network_manifest.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Two layers: the image's 2 x 2 means, red, green and blue, and their mean less the two other ones.
constexpr char kDictionary[] = R"(
def forward(self, x):
    pooled = torch.avg_pool2d(x, 2)
    means = x.mean([2, 3])
    return {"pooled": pooled, "means": means * 3 - means.sum(1, keepdim=True)}
)";
constexpr char kTuple[] = R"(
def forward(self, x):
    return torch.avg_pool2d(x, 2), x.mean([2, 3])
)";

constexpr char kManifest[] = R"(
torch_script {
  sha256: "SUM"
  image_width: 6 image_height: 4
  mean: 0.5 mean: 0 mean: 0
  deviation: 0.5 deviation: 1 deviation: 1
  layers { name: "pool" channels: 3 rows: 2 cols: 3 output: "pooled" spikes_per_second: 50 }
  layers { name: "class" channels: 3 output: "means" spikes_per_second: 10 }
}
)";

class TorchScriptNetworkTest : public testing::Test {
 protected:
  TorchScriptNetworkTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              absl::StrCat("torch_script_network_", info->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  // Saves a module with this forward(), and its manifest with some words replaced.
  void Write(const std::string& forward,
             std::vector<std::pair<std::string, std::string>> changes = {}) {
    torch::jit::Module module("network");
    module.define(forward);
    module.save((folder_ / "m.pt").string());
    changes.emplace_back("SUM", *Sha256OfFile((folder_ / "m.pt").string()));
    std::ofstream(folder_ / "m.textproto") << absl::StrReplaceAll(kManifest, changes);
  }

  absl::StatusOr<std::unique_ptr<Network>> Load(int steps = 0) const {
    return LoadNetwork(folder_.string(), "m", {.steps = steps});
  }
  std::string Message() const { return std::string(Load().status().message()); }

  std::filesystem::path folder_;
};

// Left half red 255, right half red 0; green 51 and blue 102 everywhere.
Image HalfRed() {
  Image image = UniformImage(6, 4, 0);
  for (int i = 0; i < 24; ++i) {
    image.rgb[3 * i] = i % 6 < 3 ? 255 : 0;
    image.rgb[3 * i + 1] = 51;
    image.rgb[3 * i + 2] = 102;
  }
  return image;
}

TEST_F(TorchScriptNetworkTest, UnitsFireWithTheModulesActivations) {
  Write(kDictionary);
  const auto network = Load();
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ((*network)->layers()[0], (NetworkLayer{"pool", 3, 2, 3}));
  EXPECT_EQ((*network)->layers()[1], (NetworkLayer{"class", 3, 1, 1}));
  EXPECT_EQ((*network)->image_width(), 6);
  EXPECT_EQ((*network)->image_height(), 4);
  EXPECT_EQ((*network)->steps(), 50);
  EXPECT_EQ((*network)->weights_sha256(), *Sha256OfFile((folder_ / "m.textproto").string()));
  // Red is normalised to 1 and -1; the columns of the pooled map are 1, 0 and -1 (which is cut).
  const std::vector<NetworkUnit> units = {{0, 0, 0, 0},   {0, 0, 1, 1}, {0, 0, 1, 2},
                                          {0, 0, -1, -1}, {0, 2, 0, 0}, {1, 2, -1, -1}};
  const auto responses = (*network)->Respond({HalfRed(), HalfRed()}, units).value();
  const std::vector<double> activations = {1, 0, 0, 1.0 / 3, 0.4, 3 * 0.4 - 0.6};
  const std::vector<double> factors = {50, 50, 50, 50, 50, 10};
  for (size_t u = 0; u < units.size(); ++u) {
    ASSERT_EQ(responses[1][u].size(), 50u);
    EXPECT_NEAR(responses[1][u][49], activations[u] * factors[u] * 0.002, 1e-6) << u;
  }
  const std::vector<float> counts = (*network)->LayerCounts({HalfRed()}, 0).value();
  ASSERT_EQ(counts.size(), 18u);
  EXPECT_NEAR(counts[0], 5, 1e-5);  // 50 spikes/s for 100 ms
  EXPECT_NEAR(counts[17], 2, 1e-5);
  EXPECT_EQ((*Load(7))->steps(), 7);
}

TEST_F(TorchScriptNetworkTest, TuplesAndSingleTensorsAreOutputsToo) {
  Write(kTuple, {{"\"pooled\"", "\"0\""}, {"\"means\"", "\"1\""}});
  EXPECT_TRUE(Load().ok()) << Load().status();
  Write("def forward(self, x):\n    return x.mean([2, 3])\n",
        {{"layers { name: \"pool\" channels: 3 rows: 2 cols: 3 output: \"pooled\" "
          "spikes_per_second: 50 }",
          ""},
         {"output: \"means\"", ""}});
  EXPECT_TRUE(Load().ok()) << Load().status();
}

TEST_F(TorchScriptNetworkTest, AnotherModuleThanTheManifestsIsRefusedNamingBothSums) {
  Write(kDictionary);
  const std::string stated = *Sha256OfFile((folder_ / "m.pt").string());
  std::ofstream(folder_ / "m.pt", std::ios::app) << "x";
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(),
              AllOf(HasSubstr(stated), HasSubstr(*Sha256OfFile((folder_ / "m.pt").string()))));
  std::filesystem::remove(folder_ / "m.pt");
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(TorchScriptNetworkTest, AFileThatIsNoModuleIsDataLoss) {
  std::ofstream(folder_ / "m.pt") << "no module";
  std::ofstream(folder_ / "m.textproto")
      << absl::StrReplaceAll(kManifest, {{"SUM", *Sha256OfFile((folder_ / "m.pt").string())}});
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(), HasSubstr("is no TorchScript module"));
}

TEST_F(TorchScriptNetworkTest, OutputsThatDoNotFitAreNamedOnBothSides) {
  Write(kDictionary, {{"rows: 2", "rows: 4"}});
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(),
              AllOf(HasSubstr("layer pool"), HasSubstr("[1, 3, 2, 3]"), HasSubstr("[1, 3, 4, 3]")));
  Write(kDictionary, {{"output: \"means\"", "output: \"logits\""}});
  EXPECT_THAT(Message(), AllOf(HasSubstr("\"logits\""), HasSubstr("pooled"), HasSubstr("means")));
  Write(kTuple, {{"\"pooled\"", "\"0\""}, {"\"means\"", "\"2\""}});
  EXPECT_THAT(Message(), HasSubstr("\"2\", but forward() returns outputs 0 to 1"));
  Write("def forward(self, x):\n    return x.mean([2, 3])\n");
  EXPECT_THAT(Message(), HasSubstr("forward() returns one tensor"));
  Write("def forward(self, x):\n    return 3\n");
  EXPECT_THAT(Message(), HasSubstr("not a tensor, a tuple"));
  Write("def forward(self, x):\n    return x.mean([2, 3]) / 0, x\n",
        {{"\"pooled\"", "\"1\""}, {"rows: 2 cols: 3", "rows: 4 cols: 6"}, {"\"means\"", "\"0\""}});
  EXPECT_THAT(Message(), HasSubstr("layer class has activations that are not finite"));
}

TEST_F(TorchScriptNetworkTest, WrongImagesUnitsAndLayersAreRefused) {
  Write(kDictionary);
  const auto network = Load();
  ASSERT_TRUE(network.ok());
  const absl::Status size = (*network)->Respond({UniformImage(4, 6, 0)}, {{0, 0, -1, -1}}).status();
  EXPECT_EQ(size.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE((*network)->Respond({HalfRed()}, {{0, 0, 2, 0}}).ok());
  EXPECT_FALSE((*network)->LayerCounts({HalfRed()}, 2).ok());
}

TEST_F(TorchScriptNetworkTest, BadManifestsAreRefusedWithTheField) {
  const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> cases = {
      {{"torch_script", "torch"}, "m.textproto:2:"},
      {{"sha256: \"SUM\"", "sha256: \"12\""}, "torch_script.sha256: must be the 64 digits"},
      {{"image_width: 6", ""}, "torch_script.image_width: is 0, must be 1 to"},
      {{"mean: 0 mean: 0", "mean: 0"}, "have 2 and 3 numbers"},
      {{"deviation: 0.5", "deviation: 0"}, "torch_script.deviation: is 0"},
      {{"\"class\"", "\"pool\""}, "layers pool: the name comes twice"},
      {{"\"class\"", "\"cl/ass\""}, "layers cl/ass: a name has letters"},
      {{"name: \"class\"", ""}, "one has no name"},
      {{"channels: 3 output", "output"}, "layers class.channels: is 0"},
      {{"spikes_per_second: 10", ""}, "layers class.spikes_per_second: is 0"},
      {{"image_width", "steps: -1 image_width"}, "torch_script.steps: is -1"},
  };
  for (const auto& [change, message] : cases) {
    Write(kDictionary, {change});
    EXPECT_EQ(Load().status().code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_THAT(Message(), AllOf(HasSubstr("m.textproto"), HasSubstr(message)));
  }
  std::ofstream(folder_ / "m.textproto") << "";
  EXPECT_THAT(Message(), HasSubstr("names no network; write torch_script"));
}

}  // namespace
}  // namespace evoke
