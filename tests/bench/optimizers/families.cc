#include "tests/bench/optimizers/families.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "sim_backend/training/cifar10.h"

namespace evoke {
namespace {

constexpr FamilySpec kFamilies[] = {
    {"sngan_convnet", "sngan-cifar10", "convnet-cifar10", false},
    {"sngan_snn", "sngan-cifar10", "snn-cifar10", true},
    {"sngan_resnet", "sngan-cifar10", "resnet-cifar10", false},
    {"sngan_snn_resnet18", "sngan-cifar10", "snn-resnet18-cifar10", true},
    {"vqvae_convnet", "vqvae-cifar10", "convnet-cifar10", false},
    {"vqvae_snn", "vqvae-cifar10", "snn-cifar10", true},
    {"vqvae_resnet", "vqvae-cifar10", "resnet-cifar10", false},
    {"vqvae_snn_resnet18", "vqvae-cifar10", "snn-resnet18-cifar10", true},
    {"gabor_convnet", "gabor", "convnet-cifar10", false},
    {"gabor_snn", "gabor", "snn-cifar10", true},
    {"gabor_resnet", "gabor", "resnet-cifar10", false},
    {"gabor_snn_resnet18", "gabor", "snn-resnet18-cifar10", true},
    {"fashion_sngan_snn", "sngan-fashion", "snn-fashion", true},
    {"fashion_vqvae_snn", "vqvae-fashion", "snn-fashion", true},
};
constexpr int kMostTries = 10000;

void MakeGray(Image& image) {
  for (size_t i = 0; i + 2 < image.rgb.size(); i += 3) {
    const double luminance =
        0.2126 * image.rgb[i] + 0.7152 * image.rgb[i + 1] + 0.0722 * image.rgb[i + 2];
    std::fill_n(image.rgb.begin() + static_cast<ptrdiff_t>(i), 3,
                static_cast<uint8_t>(std::lround(luminance)));
  }
}

absl::StatusOr<std::vector<Image>> NaturalImages(bool gray) {
  ImageSet set;
  EVOKE_RETURN_IF_ERROR(AppendCifar10File("tests/data/cifar10_test_20.bin", set));
  std::vector<Image> images;
  for (int i = 0; i < set.size(); ++i) {
    images.push_back(set.image(i));
    if (gray) MakeGray(images.back());
  }
  return images;
}

}  // namespace

absl::Span<const FamilySpec> AllFamilies() { return kFamilies; }

absl::StatusOr<std::unique_ptr<Family>> Family::Load(const FamilySpec& spec,
                                                     const std::string& model_dir,
                                                     int units_per_half) {
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Generator> generator,
                         LoadGenerator(model_dir, spec.generator));
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Network> network, LoadNetwork(model_dir, spec.network));
  std::unique_ptr<Family> family(new Family(spec, std::move(generator), std::move(network)));
  EVOKE_RETURN_IF_ERROR(family->DrawUnits(units_per_half));
  return family;
}

std::string Family::models() const {
  return absl::StrCat(generator_->weights_sha256().substr(0, 8),
                      network_->weights_sha256().substr(0, 8));
}

absl::Status Family::DrawUnits(int units_per_half) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images,
                         NaturalImages(absl::StrContains(spec_.generator, "fashion")));
  const std::vector<NetworkLayer>& layers = network_->layers();
  const int deepest = static_cast<int>(layers.size()) - 1;
  const int drawn_from[] = {deepest / 2, deepest - 1, deepest};
  Rng rng(MixSeed({20240110, HashText(spec_.network)}));
  std::set<std::string> drawn;
  int in_half[2] = {0, 0};
  int next = 0;  // of the units in turn
  for (int tries = 0; in_half[0] < units_per_half || in_half[1] < units_per_half; ++tries) {
    if (tries == kMostTries) {
      return absl::FailedPreconditionError(
          absl::StrCat("family ", spec_.name, ": has no ", units_per_half,
                       " units for each half that answer to a natural image; ask for fewer"));
    }
    const int turn = next / 3;  // in its layer
    const int index = drawn_from[next % 3];
    const NetworkLayer& layer = layers[static_cast<size_t>(index)];
    BenchmarkUnit unit;
    unit.unit = {.layer = index, .channel = rng.Index(layer.channels)};
    if (layer.rows > 1 && turn % 2 == 1) {
      unit.unit.row = rng.Index(layer.rows);
      unit.unit.col = rng.Index(layer.cols);
    } else if (spec_.spiking) {
      unit.scale = 1.0 / (layer.rows * layer.cols);
    }
    unit.name = UnitName(layer, unit.unit);
    unit.report = turn / 2 % 2 == 1;
    if (drawn.contains(unit.name)) continue;
    EVOKE_ASSIGN_OR_RETURN(const auto counts, Counts(images, {unit}));
    if (std::none_of(counts.begin(), counts.end(), [](const auto& c) { return c[0] > 0; })) {
      continue;
    }
    drawn.insert(unit.name);
    ++next;
    // Where one half is full, what is drawn for it only takes its turn.
    if (in_half[unit.report]++ < units_per_half) units_.push_back(std::move(unit));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::vector<double>>> Family::Counts(
    absl::Span<const Image> images, absl::Span<const BenchmarkUnit> units) const {
  std::vector<NetworkUnit> asked;
  for (const BenchmarkUnit& unit : units) asked.push_back(unit.unit);
  EVOKE_ASSIGN_OR_RETURN(const auto responses, network_->Respond(images, asked));
  std::vector<std::vector<double>> counts;
  for (const auto& response : responses) {
    counts.emplace_back();
    for (size_t u = 0; u < units.size(); ++u) {
      counts.back().push_back(units[u].scale *
                              std::accumulate(response[u].begin(), response[u].end(), 0.0));
    }
  }
  return counts;
}

absl::StatusOr<std::vector<double>> Family::Expected(absl::Span<const LatentPoint> points,
                                                     const BenchmarkUnit& unit) const {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator_->Decode(points));
  EVOKE_ASSIGN_OR_RETURN(const auto counts, Counts(images, absl::MakeConstSpan(&unit, 1)));
  std::vector<double> expected;
  for (const auto& count : counts) expected.push_back(count[0]);
  return expected;
}

absl::StatusOr<std::vector<std::vector<double>>> Family::ExpectedOfAll(
    absl::Span<const LatentPoint> points) const {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator_->Decode(points));
  return Counts(images, units_);
}

}  // namespace evoke
