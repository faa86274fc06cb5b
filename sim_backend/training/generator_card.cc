#include "sim_backend/training/generator_card.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "common/weights_file.h"
#include "sim_backend/training/progress.h"

namespace evoke {
namespace {

constexpr int kPairs = 10000;

// Root mean square distance of codes `step` apart in the book, over all such pairs.
double DistanceApart(const WeightTensor& book, int step) {
  const int64_t codes = book.shape[0];
  const int64_t size = book.shape[1];
  double sum = 0;
  for (int64_t code = 0; code + step < codes; ++code) {
    for (int64_t i = 0; i < size; ++i) {
      const double d = book.values[code * size + i] - book.values[(code + step) * size + i];
      sum += d * d;
    }
  }
  return std::sqrt(sum / static_cast<double>(codes - step));
}

double RandomDistance(const WeightTensor& book) {
  const int64_t size = book.shape[1];
  Rng rng(1);
  double sum = 0;
  for (int pair = 0; pair < kPairs; ++pair) {
    const int64_t a = rng.Index(static_cast<int>(book.shape[0]));
    const int64_t b = rng.Index(static_cast<int>(book.shape[0]));
    for (int64_t i = 0; i < size; ++i) {
      const double d = book.values[a * size + i] - book.values[b * size + i];
      sum += d * d;
    }
  }
  return std::sqrt(sum / kPairs);
}

struct Usage {
  int used = 0;
  double perplexity = 0;  // 2 to the entropy of the codes' frequencies
};

absl::StatusOr<Usage> CodeUsage(const Generator& generator, const ImageSet& images) {
  std::vector<double> counts(generator.latent_space().dimensions[0].levels, 0);
  double total = 0;
  for (int i = 0; i < images.size(); ++i) {
    EVOKE_ASSIGN_OR_RETURN(const auto points, generator.Encode({images.image(i)}));
    for (double code : points[0]) {
      counts[static_cast<size_t>(code)] += 1;
      total += 1;
    }
  }
  Usage usage;
  double entropy = 0;
  for (double count : counts) {
    if (count == 0) continue;
    ++usage.used;
    entropy -= count / total * std::log2(count / total);
  }
  usage.perplexity = std::exp2(entropy);
  return usage;
}

}  // namespace

absl::StatusOr<double> ReconstructionError(const Generator& generator, const ImageSet& images) {
  Progress progress("reconstruction", images.size(), "images");
  double sum = 0;
  for (int i = 0; i < images.size(); ++i) {
    const Image image = images.image(i);
    EVOKE_ASSIGN_OR_RETURN(const auto points, generator.Encode({image}));
    EVOKE_ASSIGN_OR_RETURN(const auto decoded, generator.Decode(points));
    for (size_t k = 0; k < image.rgb.size(); ++k) {
      const double d = (image.rgb[k] - decoded[0].rgb[k]) / 255.0;
      sum += d * d;
    }
    progress.Update(i + 1, "");
  }
  const double error = sum / static_cast<double>(images.rgb.size()) / Statistics(images).variance;
  progress.Finish(absl::StrFormat("%.4f of the variance", error));
  return error;
}

absl::StatusOr<std::string> DescribeGenerator(const std::string& folder, const std::string& name,
                                              const TrainingData& data) {
  EVOKE_ASSIGN_OR_RETURN(const auto generator, LoadGenerator(folder, name));
  EVOKE_ASSIGN_OR_RETURN(const WeightsFile file, ReadModel(folder, name));
  EVOKE_ASSIGN_OR_RETURN(const double error, ReconstructionError(*generator, data.test));
  EVOKE_ASSIGN_OR_RETURN(const Usage usage, CodeUsage(*generator, data.test));
  const WeightTensor& book = file.tensors.at("code_book");
  const LatentSpace& space = generator->latent_space();
  return absl::StrFormat(
      "A VQ-VAE (van den Oord et al. 2017): a map of %d x %d codes, each one of %d, decodes to\n"
      "%d x %d pixels. The code book is ordered by recursive principal-axis bisection, so that\n"
      "neighbouring codes look alike.\n\n"
      "## Quality\n\n"
      "Measured on this file over %d test images.\n\n"
      "| measure | value |\n|---|---:|\n"
      "| mean squared reconstruction error, share of the data's variance | %.4f |\n"
      "| codes in use | %d of %d |\n"
      "| perplexity of the codes | %.0f |\n"
      "| distance of neighbouring codes, share of that of random pairs | %.2f |\n"
      "| distance of codes 16 apart, likewise | %.2f |\n",
      space.map_rows, space.map_cols, space.dimensions[0].levels, generator->image_width(),
      generator->image_height(), data.test.size(), error, usage.used, space.dimensions[0].levels,
      usage.perplexity, DistanceApart(book, 1) / RandomDistance(book),
      DistanceApart(book, 16) / RandomDistance(book));
}

}  // namespace evoke
