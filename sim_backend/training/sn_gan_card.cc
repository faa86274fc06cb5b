#include "sim_backend/training/sn_gan_card.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "server/generator/generator.h"
#include "server/generator/image_tensor_module.h"
#include "server/generator/inversion.h"
#include "sim_backend/training/frechet.h"
#include "sim_backend/training/progress.h"
#include "sim_backend/training/random_features_module.h"
#include "sim_backend/training/sample_sheet.h"

namespace evoke {
namespace {

constexpr int kSamples = 5000;
constexpr int kInverted = 10;
constexpr int kInversionSteps = 100;
constexpr uint64_t kSeed = 7;

std::vector<Image> FirstImages(const ImageSet& set, int count) {
  std::vector<Image> images;
  for (int i = 0; i < std::min(count, set.size()); ++i) images.push_back(set.image(i));
  return images;
}

absl::StatusOr<std::vector<Image>> Samples(const Generator& generator, int count) {
  Progress progress("samples", count, "images");
  Rng rng(kSeed);
  std::vector<Image> images;
  for (int i = 0; i < count; ++i) {
    EVOKE_ASSIGN_OR_RETURN(std::vector<Image> image,
                           generator.Decode({generator.latent_space().Sample(rng)}));
    images.push_back(std::move(image[0]));
    progress.Update(i + 1, "");
  }
  progress.Finish("decoded");
  return images;
}

absl::StatusOr<FeatureStatistics> RandomStatistics(const std::vector<Image>& images) {
  torch::NoGradGuard no_grad;
  const RandomFeatures random;
  std::vector<float> features;
  for (const Image& image : images) {
    const torch::Tensor row = random.Of(ToTensor(image) * 2 - 1).contiguous();
    features.insert(features.end(), row.data_ptr<float>(), row.data_ptr<float>() + row.numel());
  }
  return SummarizeFeatures(features, RandomFeatures::kDimensions);
}

absl::StatusOr<double> Distance(const std::vector<Image>& a, const std::vector<Image>& b) {
  EVOKE_ASSIGN_OR_RETURN(const FeatureStatistics first, RandomStatistics(a));
  EVOKE_ASSIGN_OR_RETURN(const FeatureStatistics second, RandomStatistics(b));
  return FrechetDistance(first, second);
}

// "mean (standard deviation)"
absl::StatusOr<std::string> Scores(const Generator& generator, const std::vector<Image>& images) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<double> scores, generator.Score(images));
  double mean = 0;
  double square = 0;
  for (double score : scores) {
    mean += score / static_cast<double>(scores.size());
    square += score * score / static_cast<double>(scores.size());
  }
  return absl::StrFormat("%.2f (%.2f)", mean, std::sqrt(std::max(0.0, square - mean * mean)));
}

absl::StatusOr<double> InversionError(const Generator& generator, const std::vector<Image>& images,
                                      double variance) {
  InversionOptions options;
  options.starts = 2;
  options.steps = kInversionSteps;
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Inversion> found,
                         InvertImages(generator, images, options));
  double sum = 0;
  for (const Inversion& inversion : found) sum += inversion.error;
  return sum / static_cast<double>(found.size()) / variance;
}

}  // namespace

absl::StatusOr<std::string> DescribeSnGan(const std::string& folder, const std::string& name,
                                          const SnGanConfig& config, const TrainingData& data) {
  EVOKE_ASSIGN_OR_RETURN(const auto generator, LoadGenerator(folder, name));
  EVOKE_RETURN_IF_ERROR(WriteSampleSheet(*generator, absl::StrCat(folder, "/", name, ".png")));
  const std::vector<Image> test = FirstImages(data.test, kSamples);
  const std::vector<Image> train = FirstImages(data.train, static_cast<int>(test.size()));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> made,
                         Samples(*generator, static_cast<int>(test.size())));
  EVOKE_ASSIGN_OR_RETURN(const double distance, Distance(made, test));
  EVOKE_ASSIGN_OR_RETURN(const double natural, Distance(train, test));
  EVOKE_ASSIGN_OR_RETURN(const std::string made_scores, Scores(*generator, made));
  EVOKE_ASSIGN_OR_RETURN(const std::string test_scores, Scores(*generator, test));
  const std::vector<Image> targets = FirstImages(data.test, kInverted);
  EVOKE_ASSIGN_OR_RETURN(const double inverted,
                         InversionError(*generator, targets, Statistics(data.test).variance));
  return absl::StrFormat(
      "An SN-GAN (Miyato et al. 2018): %d numbers, N(0, 1) on [-4, 4], become a %s image of\n"
      "%d x %d pixels. Channels from 4 x 4 on: generator %s, discriminator (from the image on) "
      "%s.\nThe file holds the moving average of the generators of the training, and the "
      "discriminator.\n\n"
      "![samples](%s.png)\n\n"
      "## Quality\n\n"
      "Measured on this file over %d samples and as many test images.\n\n"
      "| measure | value |\n|---|---:|\n"
      "| Frechet distance to the test images, random features | %.3f |\n"
      "| the same of training images | %.3f |\n"
      "| discriminator's score of samples, mean (deviation) | %s |\n"
      "| the same of test images | %s |\n"
      "| error of %d inverted test images (2 starts of %d steps), share of the data's variance | "
      "%.3f |\n",
      config.latent, config.colors == 1 ? "gray" : "colour", config.image_size(),
      config.image_size(), absl::StrJoin(config.generator_channels, ", "),
      absl::StrJoin(config.discriminator_channels, ", "), name, test.size(), distance, natural,
      made_scores, test_scores, targets.size(), kInversionSteps, inverted);
}

}  // namespace evoke
