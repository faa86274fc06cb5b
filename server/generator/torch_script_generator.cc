#include "server/generator/torch_script_generator.h"

#include <torch/script.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "proto/manifest_file.h"
#include "server/generator/image_tensor_module.h"
#include "server/latent/latent_proto.h"

namespace evoke {
namespace {

using Manifest = v1::TorchScriptGenerator;

// The first line: what follows is torch's stack.
std::string FirstLine(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, std::min<size_t>(text.find('\n'), 300));
}

bool IsCategorical(const LatentSpace& space) {
  return space.dimensions[0].kind == LatentDimension::Kind::kCategorical;
}

LatentPoint Middle(const LatentSpace& space) {
  LatentPoint point;
  for (const LatentDimension& d : space.dimensions) {
    point.push_back(d.kind == LatentDimension::Kind::kCategorical ? d.levels / 2
                                                                  : (d.lower + d.upper) / 2);
  }
  return point;
}

}  // namespace

struct TorchScriptGenerator::Impl {
  Manifest manifest;
  LatentSpace space;
  // forward() is not const, though it changes no module that keeps no state.
  mutable torch::jit::Module module;

  // `latent` is [1][dimension] floats; the result [1][3][row][col], display values / 255.
  at::Tensor Decode(const at::Tensor& latent) const {
    const torch::jit::GraphOptimizerEnabledGuard no_optimizer(false);
    at::Tensor input = latent;
    if (IsCategorical(space)) {
      input = input.to(at::kLong);
      if (space.is_map()) input = input.view({1, space.map_rows, space.map_cols});
    }
    const c10::IValue output = module.forward({input});
    if (!output.isTensor()) throw std::invalid_argument("its forward() returns no tensor");
    const at::Tensor values = output.toTensor();
    const bool first = manifest.layout() == Manifest::CHANNELS_FIRST;
    const int64_t channels = manifest.colors() == Manifest::RGB ? 3 : 1;
    const int64_t height = manifest.image_height();
    const int64_t width = manifest.image_width();
    const std::vector<int64_t> expected = first ? std::vector<int64_t>{1, channels, height, width}
                                                : std::vector<int64_t>{1, height, width, channels};
    if (values.sizes() != at::IntArrayRef(expected) || !at::isFloatingType(values.scalar_type())) {
      throw std::invalid_argument(
          absl::StrCat("its output is ", c10::toString(values.scalar_type()), " [",
                       absl::StrJoin(values.sizes().vec(), ", "), "], the manifest says floats [",
                       absl::StrJoin(expected, ", "), "]"));
    }
    const at::Tensor image = first ? values : values.permute({0, 3, 1, 2});
    return ((image.to(at::kFloat) - manifest.black()) / (manifest.white() - manifest.black()))
        .expand({-1, 3, -1, -1});
  }
};

TorchScriptGenerator::TorchScriptGenerator(std::unique_ptr<Impl> impl, const Manifest& manifest,
                                           std::string sha256)
    : impl_(std::move(impl)),
      manifest_(manifest),
      space_(impl_->space),
      sha256_(std::move(sha256)) {}

TorchScriptGenerator::~TorchScriptGenerator() = default;

absl::StatusOr<std::unique_ptr<TorchScriptGenerator>> TorchScriptGenerator::Create(
    const std::string& module_path, const Manifest& manifest, std::string sha256) {
  EVOKE_RETURN_IF_ERROR(CheckModuleFile(module_path, manifest.sha256()));
  auto impl = std::make_unique<Impl>();
  impl->manifest = manifest;
  impl->space = FromProto(manifest.latent());
  try {
    impl->module = torch::jit::load(module_path, at::kCPU);
    impl->module.eval();
    for (at::Tensor parameter : impl->module.parameters()) parameter.set_requires_grad(false);
  } catch (const std::exception& error) {
    return absl::DataLossError(
        absl::StrCat(module_path, ": is no TorchScript module: ", FirstLine(error)));
  }
  try {
    const at::NoGradGuard no_grad;
    impl->Decode(ToTensor(Middle(impl->space)));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(module_path, ": does not fit its manifest: ", FirstLine(error)));
  }
  return std::unique_ptr<TorchScriptGenerator>(
      new TorchScriptGenerator(std::move(impl), manifest, std::move(sha256)));
}

absl::StatusOr<std::vector<Image>> TorchScriptGenerator::Decode(
    absl::Span<const LatentPoint> points) const try {
  const at::NoGradGuard no_grad;
  std::vector<Image> images;
  images.reserve(points.size());
  for (const LatentPoint& point : points) {
    EVOKE_RETURN_IF_ERROR(space_.Contains(point));
    const at::Tensor values = impl_->Decode(ToTensor(point));
    if (!values.isfinite().all().item<bool>()) {
      return absl::InternalError(absl::StrCat("TorchScript generator: the image of point ",
                                              images.size(), " has values that are not finite"));
    }
    images.push_back(ToImage(values));
  }
  return images;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("TorchScript generator: ", FirstLine(error)));
}

absl::StatusOr<std::vector<LatentPoint>> TorchScriptGenerator::PullBack(
    absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const try {
  EVOKE_RETURN_IF_ERROR(CheckPullBack(points, weights));
  if (IsCategorical(space_)) {
    return absl::UnimplementedError("TorchScript generator: codes have no gradients");
  }
  std::vector<LatentPoint> gradients;
  gradients.reserve(points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    const at::Tensor at_pixels = ToTensor(weights[i], image_width(), image_height());
    bool connected = true;
    gradients.push_back(PullBackThrough(points[i], at_pixels, [&](const at::Tensor& latent) {
      const at::Tensor image = impl_->Decode(latent);
      connected = image.requires_grad();
      return connected ? image : image + 0 * latent.sum();
    }));
    if (!connected) {
      return absl::UnimplementedError(
          "TorchScript generator: the module's image has no gradient (does it detach its input?)");
    }
  }
  return gradients;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("TorchScript generator: ", FirstLine(error)));
}

}  // namespace evoke
