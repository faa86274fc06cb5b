#include "server/generator/vq_vae.h"

#include <torch/torch.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/generator/image_tensor_module.h"
#include "server/generator/vq_vae_export_module.h"
#include "server/generator/vq_vae_module.h"

namespace evoke {

// Forward passes do not change the module, so threads may share it.
struct VqVae::Impl {
  VqVaeModule module{nullptr};
};

VqVae::VqVae(std::unique_ptr<Impl> impl, LatentSpace space, int image_size, std::string sha256)
    : impl_(std::move(impl)),
      space_(std::move(space)),
      image_size_(image_size),
      sha256_(std::move(sha256)) {}

VqVae::~VqVae() = default;

absl::StatusOr<std::unique_ptr<VqVae>> VqVae::Create(const WeightsFile& file) try {
  EVOKE_ASSIGN_OR_RETURN(VqVaeModule module, ImportVqVae(file));
  const VqVaeConfig config = module->config();
  auto impl = std::make_unique<Impl>();
  impl->module = module;
  return std::unique_ptr<VqVae>(
      new VqVae(std::move(impl), config.latent_space(), config.image_size, file.sha256));
} catch (const std::exception& error) {
  return absl::DataLossError(absl::StrCat(file.path, ": ", error.what()));
}

absl::StatusOr<std::vector<Image>> VqVae::Decode(absl::Span<const LatentPoint> points) const try {
  torch::InferenceMode inference;
  std::vector<Image> images;
  images.reserve(points.size());
  for (const LatentPoint& point : points) {
    EVOKE_RETURN_IF_ERROR(space_.Contains(point));
    torch::Tensor codes = torch::empty({1, space_.map_rows, space_.map_cols}, torch::kLong);
    std::copy(point.begin(), point.end(), codes.data_ptr<int64_t>());
    images.push_back(ToImage(impl_->module->Decode(impl_->module->Lookup(codes))));
  }
  return images;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("VQ-VAE decoder: ", error.what()));
}

absl::StatusOr<std::vector<Image>> VqVae::Sketch(absl::Span<const LatentPoint> points) const try {
  torch::InferenceMode inference;
  for (const LatentPoint& point : points) EVOKE_RETURN_IF_ERROR(space_.Contains(point));
  return DecodeInPasses(points, [this](absl::Span<const LatentPoint> pass) {
    torch::Tensor codes = torch::empty(
        {static_cast<int64_t>(pass.size()), space_.map_rows, space_.map_cols}, torch::kLong);
    int64_t* to = codes.data_ptr<int64_t>();
    for (const LatentPoint& point : pass) to = std::copy(point.begin(), point.end(), to);
    return impl_->module->Decode(impl_->module->Lookup(codes));
  });
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("VQ-VAE decoder: ", error.what()));
}

absl::StatusOr<std::vector<LatentPoint>> VqVae::Encode(absl::Span<const Image> images) const try {
  torch::InferenceMode inference;
  EVOKE_RETURN_IF_ERROR(CheckImages(images));
  std::vector<LatentPoint> points;
  points.reserve(images.size());
  for (const Image& image : images) {
    const torch::Tensor codes =
        impl_->module->Quantize(impl_->module->Encode(ToTensor(image))).contiguous();
    const int64_t* values = codes.data_ptr<int64_t>();
    points.emplace_back(values, values + codes.numel());
  }
  return points;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("VQ-VAE encoder: ", error.what()));
}

}  // namespace evoke
