#include "server/generator/generator_manifest.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "proto/manifest_file.h"
#include "server/latent/latent_proto.h"

namespace evoke {
namespace {

constexpr int kMaxSide = 4096;
constexpr int kLargestPatch = 1024;
constexpr int64_t kMaxDimensions = 1 << 20;

absl::Status Bad(const std::string& field, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", what));
}

absl::Status CheckSide(const std::string& field, int value, int low, int high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return Bad(field, absl::StrCat("is ", value, ", must be ", low, " to ", high, " pixels"));
}

absl::Status CheckLatent(const v1::LatentSpace& proto) {
  const std::string field = "torch_script.latent";
  int64_t count = 0;
  for (const auto& d : proto.dimensions()) {
    if (d.kind_case() == v1::LatentSpace::Dimension::KIND_NOT_SET) {
      return Bad(field, "a dimension is neither continuous {} nor categorical {}");
    }
    if (d.has_continuous() && d.continuous().prior() == v1::LatentSpace::PRIOR_UNSPECIFIED) {
      return Bad(field,
                 "a continuous dimension has no prior; write PRIOR_UNIFORM or "
                 "PRIOR_STANDARD_NORMAL");
    }
    count += std::max(1, d.repeat());
    if (count > kMaxDimensions) {
      return Bad(field, absl::StrCat("has more than ", kMaxDimensions, " dimensions"));
    }
  }
  const LatentSpace space = FromProto(proto);
  if (const absl::Status status = space.Validate(); !status.ok()) {
    return Bad(field, std::string(status.message()));
  }
  for (const LatentDimension& d : space.dimensions) {
    if (d.kind != space.dimensions[0].kind) {
      return Bad(field, "mixes continuous and categorical dimensions; a module takes one tensor");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTorchScript(const v1::TorchScriptGenerator& manifest) {
  EVOKE_RETURN_IF_ERROR(CheckModuleDigits(manifest.sha256()));
  EVOKE_RETURN_IF_ERROR(CheckLatent(manifest.latent()));
  EVOKE_RETURN_IF_ERROR(CheckSide("torch_script.image_width", manifest.image_width(), 1, kMaxSide));
  EVOKE_RETURN_IF_ERROR(
      CheckSide("torch_script.image_height", manifest.image_height(), 1, kMaxSide));
  if (manifest.layout() != v1::TorchScriptGenerator::CHANNELS_FIRST &&
      manifest.layout() != v1::TorchScriptGenerator::CHANNELS_LAST) {
    return Bad("torch_script.layout", "write CHANNELS_FIRST or CHANNELS_LAST");
  }
  if (manifest.colors() != v1::TorchScriptGenerator::RGB &&
      manifest.colors() != v1::TorchScriptGenerator::GRAY) {
    return Bad("torch_script.colors", "write RGB or GRAY");
  }
  if (!std::isfinite(manifest.black()) || !std::isfinite(manifest.white()) ||
      manifest.black() == manifest.white()) {
    return Bad("torch_script.black, white",
               absl::StrCat("are ", manifest.black(), " and ", manifest.white(),
                            "; write the module's values for display values 0 and 255"));
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::GeneratorManifest& manifest) {
  switch (manifest.kind_case()) {
    case v1::GeneratorManifest::kTorchScript:
      return CheckTorchScript(manifest.torch_script());
    case v1::GeneratorManifest::kGabor:
      return CheckSide("gabor.image_size", manifest.gabor().image_size(), 8, kLargestPatch);
    case v1::GeneratorManifest::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("names no generator; write torch_script { } or gabor { }");
}

}  // namespace

absl::StatusOr<v1::GeneratorManifest> ReadGeneratorManifest(const std::string& path) {
  v1::GeneratorManifest manifest;
  EVOKE_RETURN_IF_ERROR(ReadManifestFile(path, &manifest));
  if (const absl::Status status = Check(manifest); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
  }
  return manifest;
}

}  // namespace evoke
