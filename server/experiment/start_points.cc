#include "server/experiment/start_points.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/experiment/stimulus_source.h"
#include "server/generator/inversion.h"
#include "server/latent/latent_proto.h"

namespace evoke {
namespace {

constexpr char kField[] = "optimizer.start_reference_set";
// Twice as many gain an SN-GAN's images a twentieth of the error.
constexpr int kStarts = 2;

absl::StatusOr<std::vector<LatentPoint>> PointsOf(const Generator& generator,
                                                  const std::vector<Image>& pictures) {
  absl::StatusOr<std::vector<LatentPoint>> encoded = generator.Encode(pictures);
  if (!absl::IsUnimplemented(encoded.status())) return encoded;
  EVOKE_ASSIGN_OR_RETURN(std::vector<Inversion> inversions,
                         InvertImages(generator, pictures, InversionOptions{.starts = kStarts}));
  std::vector<LatentPoint> points;
  for (Inversion& inversion : inversions) points.push_back(std::move(inversion.point));
  return points;
}

double MeanSquaredDifference(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) {
    const double difference = (a.rgb[i] - b.rgb[i]) / 255.0;
    sum += difference * difference;
  }
  return sum / static_cast<double>(a.rgb.size());
}

}  // namespace

absl::StatusOr<std::vector<v1::StartPoint>> FindStartPoints(const v1::Experiment& spec,
                                                            const Generator& generator,
                                                            const std::string& reference_dir) {
  std::vector<v1::StartPoint> start;
  const std::string& set = spec.optimizer().start_reference_set();
  if (set.empty()) return start;
  EVOKE_ASSIGN_OR_RETURN(const ReferenceSet references,
                         LoadReferenceSet(kField, reference_dir, set, generator.image_width(),
                                          generator.image_height()));
  if (references.size() > kMaxStartPictures) {
    return absl::InvalidArgumentError(absl::StrCat(kField, ": ", set, " holds ", references.size(),
                                                   " pictures; at most ", kMaxStartPictures,
                                                   " can begin a search"));
  }
  std::vector<Image> pictures;
  for (const auto& [name, picture] : references) pictures.push_back(picture);
  const absl::StatusOr<std::vector<LatentPoint>> points = PointsOf(generator, pictures);
  if (absl::IsUnimplemented(points.status()) || absl::IsInvalidArgument(points.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat(kField, ": ", spec.generator().model(), " can't turn pictures into points: ",
                     points.status().message(), "; leave the field out or choose another model"));
  }
  EVOKE_RETURN_IF_ERROR(points.status());
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> made, generator.Decode(*points));
  for (const auto& [name, picture] : references) {
    const size_t i = start.size();
    v1::StartPoint& point = start.emplace_back();
    point.set_reference(name);
    *point.mutable_latent() = ToProto((*points)[i]);
    point.set_error(MeanSquaredDifference(made[i], picture));
  }
  return start;
}

}  // namespace evoke
