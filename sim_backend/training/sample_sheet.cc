#include "sim_backend/training/sample_sheet.h"

#include <vector>

#include "common/figure/image_file.h"
#include "common/figure/montage.h"
#include "common/random.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kSide = 8;
constexpr uint64_t kSeed = 64;

}  // namespace

absl::Status WriteSampleSheet(const Generator& generator, const std::string& path) {
  Rng rng(kSeed);
  std::vector<LatentPoint> points;
  for (int i = 0; i < kSide * kSide; ++i) points.push_back(generator.latent_space().Sample(rng));
  EVOKE_ASSIGN_OR_RETURN(std::vector<Image> images, generator.Decode(points));
  std::vector<MontageCell> cells;
  for (Image& image : images) cells.push_back({std::move(image), "", {}});
  MontageOptions options;
  options.columns = kSide;
  options.scale = 2;
  EVOKE_ASSIGN_OR_RETURN(const Image sheet, DrawMontage(cells, options));
  return WritePng(path, sheet);
}

}  // namespace evoke
