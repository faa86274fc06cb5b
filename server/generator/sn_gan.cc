#include "server/generator/sn_gan.h"

#include <ATen/ATen.h>

#include <exception>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/generator/image_tensor_module.h"
#include "server/generator/sn_gan_config.h"
#include "server/generator/sn_gan_layers_module.h"

namespace evoke {
namespace {

constexpr double kNormEpsilon = 1e-5;  // as in the training

// A batch norm with kept statistics is a factor and an offset of each channel.
struct Affine {
  at::Tensor factor;  // [1][channel][1][1]
  at::Tensor offset;
};

absl::StatusOr<NamedTensors> ReadTensors(const WeightsFile& file,
                                         const std::vector<NamedShape>& shapes) {
  NamedTensors tensors;
  for (const NamedShape& item : shapes) {
    EVOKE_ASSIGN_OR_RETURN(const WeightTensor* weights, file.Tensor(item.name, item.shape));
    tensors[item.name] =
        at::from_blob(const_cast<float*>(weights->values.data()), item.shape).clone();
  }
  return tensors;
}

absl::StatusOr<std::map<std::string, Affine>> FoldNorms(const std::string& path,
                                                        const NamedTensors& weights) {
  constexpr absl::string_view kVariance = ".variance";
  std::map<std::string, Affine> norms;
  for (const auto& [name, variance] : weights) {
    if (!absl::EndsWith(name, kVariance)) continue;
    if (variance.min().item<float>() < 0) {
      return absl::DataLossError(absl::StrCat(path, ": ", name, " holds a negative variance"));
    }
    const std::string norm = name.substr(0, name.size() - kVariance.size());
    const at::Tensor factor = weights.at(norm + ".weight") * (variance + kNormEpsilon).rsqrt();
    const at::Tensor offset = weights.at(norm + ".bias") - weights.at(norm + ".mean") * factor;
    norms[norm] = {factor.view({1, -1, 1, 1}), offset.view({1, -1, 1, 1})};
  }
  return norms;
}

}  // namespace

// Nothing changes after construction, so threads may share it.
struct SnGan::Impl {
  SnGanConfig config;
  NamedTensors generator;
  NamedTensors discriminator;
  std::map<std::string, Affine> norms;

  // [image][latent] to [image][3][row][col], display values / 255.
  at::Tensor Decode(const at::Tensor& latent) const {
    const ChannelNorm norm = [this](const at::Tensor& map, const std::string& name) {
      const Affine& affine = norms.at(name);
      return at::addcmul(affine.offset, map, affine.factor);
    };
    const at::Tensor image = GeneratorForward(config, generator, norm, latent);
    return ((image + 1) * 0.5).expand({-1, 3, -1, -1});
  }

  double Score(const Image& image) const {
    at::Tensor values = ToTensor(image) * 2 - 1;
    if (config.colors == 1) values = values.mean(1, /*keepdim=*/true);
    return DiscriminatorForward(config, discriminator, values).item<double>();
  }
};

SnGan::SnGan(std::unique_ptr<Impl> impl, LatentSpace space, int image_size, std::string sha256)
    : impl_(std::move(impl)),
      space_(std::move(space)),
      image_size_(image_size),
      sha256_(std::move(sha256)) {}

SnGan::~SnGan() = default;

absl::StatusOr<std::unique_ptr<SnGan>> SnGan::Create(const WeightsFile& file) try {
  EVOKE_ASSIGN_OR_RETURN(const std::string text, file.ConfigOf(kSnGanKind, "SN-GAN"));
  const absl::StatusOr<SnGanConfig> config = SnGanConfig::FromJson(text);
  if (!config.ok()) {
    return absl::DataLossError(absl::StrCat(file.path, ": ", config.status().message()));
  }
  auto impl = std::make_unique<Impl>();
  impl->config = *config;
  EVOKE_ASSIGN_OR_RETURN(impl->generator, ReadTensors(file, GeneratorShapes(*config)));
  EVOKE_ASSIGN_OR_RETURN(impl->discriminator, ReadTensors(file, DiscriminatorShapes(*config)));
  EVOKE_ASSIGN_OR_RETURN(impl->norms, FoldNorms(file.path, impl->generator));
  return std::unique_ptr<SnGan>(
      new SnGan(std::move(impl), config->latent_space(), config->image_size(), file.sha256));
} catch (const std::exception& error) {
  return absl::DataLossError(absl::StrCat(file.path, ": ", error.what()));
}

absl::StatusOr<std::vector<Image>> SnGan::Decode(absl::Span<const LatentPoint> points) const try {
  const at::NoGradGuard no_grad;
  std::vector<Image> images;
  images.reserve(points.size());
  for (const LatentPoint& point : points) {
    EVOKE_RETURN_IF_ERROR(space_.Contains(point));
    images.push_back(ToImage(impl_->Decode(ToTensor(point))));
  }
  return images;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("SN-GAN generator: ", error.what()));
}

absl::StatusOr<std::vector<Image>> SnGan::Sketch(absl::Span<const LatentPoint> points) const try {
  const at::NoGradGuard no_grad;
  for (const LatentPoint& point : points) EVOKE_RETURN_IF_ERROR(space_.Contains(point));
  return DecodeInPasses(
      points, [this](absl::Span<const LatentPoint> pass) { return impl_->Decode(ToTensor(pass)); });
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("SN-GAN generator: ", error.what()));
}

absl::StatusOr<std::vector<double>> SnGan::Score(absl::Span<const Image> images) const try {
  const at::NoGradGuard no_grad;
  EVOKE_RETURN_IF_ERROR(CheckImages(images));
  std::vector<double> scores;
  scores.reserve(images.size());
  for (const Image& image : images) scores.push_back(impl_->Score(image));
  return scores;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("SN-GAN discriminator: ", error.what()));
}

absl::StatusOr<std::vector<LatentPoint>> SnGan::PullBack(
    absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const try {
  EVOKE_RETURN_IF_ERROR(CheckPullBack(points, weights));
  std::vector<LatentPoint> gradients;
  gradients.reserve(points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    gradients.push_back(
        PullBackThrough(points[i], ToTensor(weights[i], image_size_, image_size_),
                        [this](const at::Tensor& latent) { return impl_->Decode(latent); }));
  }
  return gradients;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("SN-GAN gradients: ", error.what()));
}

absl::StatusOr<std::vector<LatentPoint>> SnGan::PullBackOf(absl::Span<const LatentPoint> points,
                                                           Weigh weigh) const try {
  for (const LatentPoint& point : points) EVOKE_RETURN_IF_ERROR(space_.Contains(point));
  std::vector<LatentPoint> gradients;
  gradients.reserve(points.size());
  for (size_t begin = 0; begin < points.size(); begin += kPointsOfPass) {
    const absl::Span<const LatentPoint> pass = points.subspan(begin, kPointsOfPass);
    const at::AutoGradMode with_gradients(true);
    at::Tensor latents = ToTensor(pass);
    latents.requires_grad_(true);
    const at::Tensor values = impl_->Decode(latents);
    const std::vector<PixelWeights> weights = weigh(begin, ToImages(values.detach()));
    EVOKE_RETURN_IF_ERROR(CheckPullBack(pass, weights));
    std::vector<at::Tensor> at_pixels;
    for (const PixelWeights& w : weights)
      at_pixels.push_back(ToTensor(w, image_size_, image_size_));
    values.backward(at::cat(at_pixels));
    const at::Tensor gradient = latents.grad().contiguous();
    const float* from = gradient.data_ptr<float>();
    for (size_t i = 0; i < pass.size(); ++i, from += space_.size()) {
      gradients.emplace_back(from, from + space_.size());
    }
  }
  return gradients;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("SN-GAN gradients: ", error.what()));
}

}  // namespace evoke
