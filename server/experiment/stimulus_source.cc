#include "server/experiment/stimulus_source.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/figure/image_file.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/spec.h"

namespace evoke {

absl::StatusOr<ReferenceSet> LoadReferenceSet(const std::string& field,
                                              const std::string& reference_dir,
                                              const std::string& set, int width, int height) {
  namespace fs = std::filesystem;
  EVOKE_RETURN_IF_ERROR(ValidatePlainName(field, set));
  const fs::path folder = fs::path(reference_dir) / set;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    std::vector<std::string> there;
    for (const auto& entry : fs::directory_iterator(reference_dir, error)) {
      if (entry.is_directory(error)) there.push_back(entry.path().filename().string());
    }
    return absl::NotFoundError(absl::StrCat(
        field, ": no folder ", set, " in the server's reference folder ", reference_dir,
        "; there are: ", there.empty() ? "none" : absl::StrJoin(there, ", ")));
  }
  EVOKE_ASSIGN_OR_RETURN(std::vector<NamedImage> pictures, ReadImageFolder(folder.string()));
  if (pictures.empty()) {
    return absl::NotFoundError(absl::StrCat(field, ": ", folder.string(), " holds no picture"));
  }
  ReferenceSet references;
  for (NamedImage& picture : pictures) {
    EVOKE_RETURN_IF_ERROR(ValidatePlainName("picture of the reference set", picture.name));
    EVOKE_ASSIGN_OR_RETURN(references[picture.name], Resize(picture.image, width, height));
  }
  return references;
}

std::vector<std::string> StimulusSource::reference_names() const {
  std::vector<std::string> names;
  for (const auto& [name, image] : references_) names.push_back(name);
  return names;
}

absl::StatusOr<std::vector<Image>> StimulusSource::Render(
    absl::Span<const v1::Stimulus> stimuli) const {
  EVOKE_ASSIGN_OR_RETURN(Made made, Make(stimuli));
  Constrain(stimuli, made.images);
  return std::move(made.images);
}

absl::StatusOr<std::vector<Image>> StimulusSource::RenderNew(v1::Generation& block) const {
  const std::vector<v1::Stimulus> stimuli(block.stimuli().begin(), block.stimuli().end());
  EVOKE_ASSIGN_OR_RETURN(Made made, Make(stimuli));
  std::vector<Image> to_score;
  for (const size_t place : made.latent) to_score.push_back(made.images[place]);
  const absl::StatusOr<std::vector<double>> scores = generator_->Score(to_score);
  if (scores.ok()) {
    for (size_t k = 0; k < scores->size(); ++k) {
      block.mutable_stimuli(static_cast<int>(made.latent[k]))
          ->set_discriminator_score((*scores)[k]);
    }
  } else if (!absl::IsUnimplemented(scores.status())) {
    return scores.status();
  }
  Constrain(stimuli, made.images);
  for (size_t i = 0; i < made.images.size(); ++i) {
    block.mutable_stimuli(static_cast<int>(i))->set_image_crc32(Crc32(made.images[i]));
  }
  return std::move(made.images);
}

absl::StatusOr<StimulusSource::Made> StimulusSource::Make(
    absl::Span<const v1::Stimulus> stimuli) const {
  Made made;
  made.images.resize(stimuli.size());
  std::vector<LatentPoint> points;
  for (size_t i = 0; i < stimuli.size(); ++i) {
    const v1::Stimulus& stimulus = stimuli[i];
    switch (stimulus.source_case()) {
      case v1::Stimulus::kLatent:
        points.push_back(FromProto(stimulus.latent()));
        made.latent.push_back(i);
        break;
      case v1::Stimulus::kReference: {
        const auto it = references_.find(stimulus.reference());
        if (it == references_.end()) {
          return absl::NotFoundError(absl::StrCat(stimulus.name(), ": picture ",
                                                  stimulus.reference(), " is gone; put it back"));
        }
        made.images[i] = it->second;
        break;
      }
      default:
        made.images[i] =
            UniformImage(generator_->image_width(), generator_->image_height(), background_);
    }
  }
  if (points.empty()) return made;
  EVOKE_ASSIGN_OR_RETURN(std::vector<Image> decoded, generator_->Decode(points));
  for (size_t k = 0; k < decoded.size(); ++k) made.images[made.latent[k]] = std::move(decoded[k]);
  return made;
}

void StimulusSource::Constrain(absl::Span<const v1::Stimulus> stimuli,
                               std::vector<Image>& images) const {
  for (size_t i = 0; i < images.size(); ++i) {
    if (stimuli[i].has_latent() || stimuli[i].has_reference()) {
      images[i] = ApplyConstraints(images[i], constraints_);
    }
  }
}

v1::Image ToProto(const Image& image) {
  v1::Image proto;
  proto.set_width(image.width);
  proto.set_height(image.height);
  proto.set_rgb(image.rgb.data(), image.rgb.size());
  return proto;
}

absl::StatusOr<Image> FromProto(const v1::Image& proto) {
  Image image{proto.width(), proto.height(), {proto.rgb().begin(), proto.rgb().end()}};
  if (!image.valid() || image.width > 16384 || image.height > 16384) {
    return absl::InvalidArgumentError(absl::StrCat("image: ", proto.rgb().size(),
                                                   " bytes do not make ", proto.width(), " x ",
                                                   proto.height(), " pixels"));
  }
  return image;
}

}  // namespace evoke
