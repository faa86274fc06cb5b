#include "sim_backend/training/generator_comparison.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "server/generator/generator.h"
#include "sim_backend/training/frechet.h"
#include "sim_backend/training/progress.h"
#include "sim_backend/training/untrained_sn_gan.h"

namespace evoke {
namespace {

constexpr int kBatch = 50;
constexpr uint64_t kSeed = 17;

absl::StatusOr<int> LayerIndex(const Network& network, const std::string& name) {
  const std::vector<NetworkLayer>& layers = network.layers();
  if (name.empty()) return std::max(0, static_cast<int>(layers.size()) - 2);
  return FindLayer(layers, name);
}

class Comparison {
 public:
  Comparison(const Network& network, int layer, int samples)
      : network_(network), layer_(layer), samples_(samples) {}

  // `next` gives image i.
  template <typename Next>
  absl::StatusOr<FeatureStatistics> Summarize(const std::string& name, Next next) const {
    Progress progress(name, samples_, "images");
    std::vector<float> features;
    for (int begin = 0; begin < samples_; begin += kBatch) {
      std::vector<Image> images;
      for (int i = begin; i < std::min(begin + kBatch, samples_); ++i) {
        EVOKE_ASSIGN_OR_RETURN(Image image, next(i));
        images.push_back(std::move(image));
      }
      EVOKE_ASSIGN_OR_RETURN(const std::vector<float> some,
                             NetworkFeatures(network_, layer_, images));
      features.insert(features.end(), some.begin(), some.end());
      progress.Update(begin + static_cast<int>(images.size()), "");
    }
    progress.Finish("done");
    return SummarizeFeatures(features, network_.layers()[layer_].channels);
  }

  absl::StatusOr<FeatureStatistics> SummarizeSet(const std::string& name,
                                                 const ImageSet& set) const {
    return Summarize(name, [&set](int i) -> absl::StatusOr<Image> { return set.image(i); });
  }

  absl::StatusOr<FeatureStatistics> SummarizeSamples(const std::string& name,
                                                     const Generator& generator) const {
    Rng rng(kSeed);
    return Summarize(name, [&](int) -> absl::StatusOr<Image> {
      EVOKE_ASSIGN_OR_RETURN(std::vector<Image> images,
                             generator.Decode({generator.latent_space().Sample(rng)}));
      return std::move(images[0]);
    });
  }

 private:
  const Network& network_;
  const int layer_;
  const int samples_;
};

}  // namespace

absl::StatusOr<std::vector<float>> NetworkFeatures(const Network& network, int layer,
                                                   absl::Span<const Image> images) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<float> counts, network.LayerCounts(images, layer));
  const NetworkLayer& map = network.layers()[layer];
  const size_t positions = static_cast<size_t>(map.rows) * map.cols;
  std::vector<float> features(images.size() * map.channels, 0);
  for (size_t i = 0; i < counts.size(); ++i) {
    features[i / positions] += counts[i] / static_cast<float>(positions);
  }
  return features;
}

absl::StatusOr<std::string> CompareGenerators(const ComparisonOptions& options,
                                              const TrainingData& data) {
  EVOKE_ASSIGN_OR_RETURN(const auto network, LoadNetwork(options.models, options.network));
  EVOKE_ASSIGN_OR_RETURN(const int layer, LayerIndex(*network, options.layer));
  const int samples = std::min({options.samples, data.test.size(), data.train.size()});
  std::vector<std::pair<std::string, std::unique_ptr<Generator>>> generators;
  for (const std::string& name : options.generators) {
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Generator> loaded, LoadGenerator(options.models, name));
    generators.emplace_back(name, std::move(loaded));
  }
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Generator> untrained, UntrainedSnGan());
  generators.emplace_back("an SN-GAN that was not trained", std::move(untrained));

  const Comparison comparison(*network, layer, samples);
  EVOKE_ASSIGN_OR_RETURN(const FeatureStatistics test,
                         comparison.SummarizeSet("test images", data.test));
  std::string table = absl::StrFormat(
      "Frechet distance to %d test images of %s, on the mean of each of the %d channels of\n"
      "`%s` of `%s`, of as many\n\n| images | distance |\n|---|---:|\n",
      samples, data.name, network->layers()[layer].channels, network->layers()[layer].name,
      options.network);
  EVOKE_ASSIGN_OR_RETURN(const FeatureStatistics train,
                         comparison.SummarizeSet("training images", data.train));
  EVOKE_ASSIGN_OR_RETURN(const double floor, FrechetDistance(train, test));
  absl::StrAppendFormat(&table, "| training images | %.3f |\n", floor);
  for (const auto& [name, generator] : generators) {
    EVOKE_ASSIGN_OR_RETURN(const FeatureStatistics made,
                           comparison.SummarizeSamples(name, *generator));
    EVOKE_ASSIGN_OR_RETURN(const double distance, FrechetDistance(made, test));
    absl::StrAppendFormat(&table, "| samples of %s | %.3f |\n", name, distance);
  }
  return table;
}

}  // namespace evoke
