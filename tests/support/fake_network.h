// A network without weights that sees the fake generator's images.
#ifndef EVOKE_TESTS_SUPPORT_FAKE_NETWORK_H_
#define EVOKE_TESTS_SUPPORT_FAKE_NETWORK_H_

#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include "common/status_macros.h"
#include "sim_backend/networks/network.h"
#include "tests/support/fake_generator.h"

namespace evoke {

// Layer "a": 3 channels of 2 x 2 positions; layer "class": 2 neurons. A neuron fires evenly, at a
// rate that is told by one pixel's red value: "a" in row r, column q looks at one square of the
// fake generator, (r, q), class neuron k at (2, k). 255 is a spike in every step; each channel of
// "a" fires half as often as the one before.
class FakeNetwork final : public Network {
 public:
  static constexpr int kSteps = 16;

  const std::vector<NetworkLayer>& layers() const override { return layers_; }
  int image_width() const override { return 2 * FakeGenerator::kCols; }
  int image_height() const override { return 2 * FakeGenerator::kRows; }
  int steps() const override { return kSteps; }
  absl::Duration step_duration() const override { return absl::Milliseconds(2); }
  const std::string& weights_sha256() const override { return sha256_; }

  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override {
    EVOKE_RETURN_IF_ERROR(CheckUnits(layers_, units));
    EVOKE_RETURN_IF_ERROR(CheckImages(images, image_width(), image_height()));
    if (broken) return absl::InternalError("the network is broken");
    images_seen += static_cast<int>(images.size());
    std::vector<std::vector<StepSpikes>> all;
    for (const Image& image : images) {
      std::vector<StepSpikes>& answer = all.emplace_back();
      for (const NetworkUnit& unit : units) answer.push_back(Answer(image, unit));
    }
    return all;
  }

  mutable std::atomic<int> images_seen = 0;
  bool broken = false;

 private:
  StepSpikes Answer(const Image& image, const NetworkUnit& unit) const {
    StepSpikes spikes(kSteps, 0);
    const NetworkLayer& layer = layers_[unit.layer];
    for (int row = 0; row < layer.rows; ++row) {
      for (int col = 0; col < layer.cols; ++col) {
        if (unit.row >= 0 && (row != unit.row || col != unit.col)) continue;
        const bool is_class = layer.rows == 1;
        const int y = 2 * (is_class ? 2 : row);
        const int x = 2 * (is_class ? unit.channel : col);
        const double rate =
            image.rgb[(y * image.width + x) * 3] / 255.0 / (is_class ? 1 : 1 << unit.channel);
        for (int t = 0; t < kSteps; ++t) {
          spikes[t] += static_cast<float>(std::floor(rate * (t + 1)) - std::floor(rate * t));
        }
      }
    }
    return spikes;
  }

  const std::vector<NetworkLayer> layers_ = {{"a", 3, 2, 2}, {"class", 2, 1, 1}};
  const std::string sha256_ = "fake-network";
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_FAKE_NETWORK_H_
