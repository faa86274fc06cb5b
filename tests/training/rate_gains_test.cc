#include "sim_backend/training/rate_gains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "common/weights_file.h"
#include "sim_backend/networks/layered_module.h"
#include "sim_backend/networks/layered_weights.h"
#include "sim_backend/networks/torch_network.h"
#include "sim_backend/training/cifar10.h"

namespace evoke {
namespace {

double Percentile99(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(0.99 * (values.size() - 1))];
}

TEST(MeasureRatesTest, TheFastestHundredthOfUnitsFiresOverAHundredSpikesPerSecond) {
  ImageSet images;
  ASSERT_TRUE(AppendCifar10File("tests/data/cifar10_test_20.bin", images).ok());
  torch::manual_seed(2);
  const LayeredModule module(ConvNet(4));
  const std::string path = testing::TempDir() + "/rate_gains_test.safetensors";
  ASSERT_TRUE(ExportLayered(*module, {}, path).ok());
  const absl::StatusOr<std::string> rates = MeasureRates(path, images);
  ASSERT_TRUE(rates.ok()) << rates.status();
  ASSERT_TRUE(ExportLayered(*module, {{kRatesMetadata, *rates}}, path).ok());
  const auto network = TorchNetwork::Create(*ReadWeights(path)).value();

  std::vector<Image> shown;
  for (int i = 0; i < images.size(); ++i) shown.push_back(images.image(i));
  const double seconds = network->steps() * absl::ToDoubleSeconds(network->step_duration());
  for (int l = 0; l < static_cast<int>(network->layers().size()); ++l) {
    EXPECT_NEAR(Percentile99(network->LayerCounts(shown, l).value()) / seconds, 100, 0.1);
    std::vector<NetworkUnit> units;
    for (int c = 0; c < network->layers()[l].channels; ++c) units.push_back({l, c, -1, -1});
    std::vector<float> pooled;
    const auto responses = network->Respond(shown, units).value();
    for (const auto& response : responses) {
      for (const StepSpikes& steps : response) {
        pooled.push_back(std::accumulate(steps.begin(), steps.end(), 0.0f));
      }
    }
    EXPECT_NEAR(Percentile99(pooled) / seconds, 100, 0.1);
  }
}

}  // namespace
}  // namespace evoke
