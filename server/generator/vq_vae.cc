#include "server/generator/vq_vae.h"

#include <torch/torch.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/generator/vq_vae_export_module.h"
#include "server/generator/vq_vae_module.h"

namespace evoke {
namespace {

Image ToImage(const torch::Tensor& decoded, int size) {
  const torch::Tensor bytes =
      (decoded[0].permute({1, 2, 0}) * 255).round().clamp(0, 255).to(torch::kByte).contiguous();
  Image image{size, size, std::vector<uint8_t>(bytes.numel())};
  std::copy_n(bytes.data_ptr<uint8_t>(), image.rgb.size(), image.rgb.begin());
  return image;
}

torch::Tensor ToTensor(const Image& image) {
  const torch::Tensor bytes = torch::from_blob(const_cast<uint8_t*>(image.rgb.data()),
                                               {1, image.height, image.width, 3}, torch::kByte);
  return bytes.permute({0, 3, 1, 2}).to(torch::kFloat) / 255;
}

}  // namespace

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
    images.push_back(ToImage(impl_->module->Decode(impl_->module->Lookup(codes)), image_size_));
  }
  return images;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("VQ-VAE decoder: ", error.what()));
}

absl::StatusOr<std::vector<LatentPoint>> VqVae::Encode(absl::Span<const Image> images) const try {
  torch::InferenceMode inference;
  std::vector<LatentPoint> points;
  points.reserve(images.size());
  for (const Image& image : images) {
    if (!image.valid() || image.width != image_size_ || image.height != image_size_) {
      return absl::InvalidArgumentError(
          absl::StrCat("image ", points.size(), " is ", image.width, " x ", image.height,
                       "; this generator encodes ", image_size_, " x ", image_size_));
    }
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
