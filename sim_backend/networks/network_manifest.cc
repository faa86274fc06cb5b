#include "sim_backend/networks/network_manifest.h"

#include <cmath>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "proto/manifest_file.h"

namespace evoke {
namespace {

using Manifest = v1::TorchScriptNetwork;

absl::Status CheckRange(const std::string& field, double value, double low, double high) {
  if (std::isfinite(value) && value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": is ", value, ", must be ", low, " to ", high));
}

void FillIn(Manifest& manifest) {
  for (Manifest::Layer& layer : *manifest.mutable_layers()) {
    if (layer.rows() == 0) layer.set_rows(1);
    if (layer.cols() == 0) layer.set_cols(1);
  }
  if (manifest.mean().empty()) manifest.mutable_mean()->Resize(3, 0);
  if (manifest.deviation().empty()) manifest.mutable_deviation()->Resize(3, 1);
  if (manifest.steps() == 0) manifest.set_steps(50);
  if (manifest.step_ms() == 0) manifest.set_step_ms(2);
}

absl::Status CheckLayer(const Manifest::Layer& layer) {
  if (layer.name().empty()) {
    return absl::InvalidArgumentError("torch_script.layers: one has no name");
  }
  const std::string field = absl::StrCat("torch_script.layers ", layer.name());
  for (const char c : layer.name()) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '_' && c != '-') {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": a name has letters, digits, '.', '_' and '-' only"));
    }
  }
  EVOKE_RETURN_IF_ERROR(CheckRange(field + ".channels", layer.channels(), 1, 100000));
  EVOKE_RETURN_IF_ERROR(CheckRange(field + ".rows", layer.rows(), 1, 4096));
  EVOKE_RETURN_IF_ERROR(CheckRange(field + ".cols", layer.cols(), 1, 4096));
  return CheckRange(field + ".spikes_per_second", layer.spikes_per_second(), 1e-9, 1e9);
}

absl::Status Check(const v1::NetworkManifest& manifest) {
  if (!manifest.has_torch_script()) {
    return absl::InvalidArgumentError("names no network; write torch_script { }");
  }
  const Manifest& m = manifest.torch_script();
  EVOKE_RETURN_IF_ERROR(CheckModuleDigits(m.sha256()));
  EVOKE_RETURN_IF_ERROR(CheckRange("torch_script.image_width", m.image_width(), 1, 4096));
  EVOKE_RETURN_IF_ERROR(CheckRange("torch_script.image_height", m.image_height(), 1, 4096));
  if (m.mean_size() != 3 || m.deviation_size() != 3) {
    return absl::InvalidArgumentError(absl::StrCat("torch_script.mean, deviation: have ",
                                                   m.mean_size(), " and ", m.deviation_size(),
                                                   " numbers, must have three (red, green, blue)"));
  }
  for (const double v : m.mean()) {
    EVOKE_RETURN_IF_ERROR(CheckRange("torch_script.mean", v, -1e6, 1e6));
  }
  for (const double v : m.deviation()) {
    EVOKE_RETURN_IF_ERROR(CheckRange("torch_script.deviation", v, 1e-6, 1e6));
  }
  EVOKE_RETURN_IF_ERROR(CheckRange("torch_script.steps", m.steps(), 1, 10000));
  EVOKE_RETURN_IF_ERROR(CheckRange("torch_script.step_ms", m.step_ms(), 1e-3, 1e4));
  if (m.layers().empty()) {
    return absl::InvalidArgumentError("torch_script.layers: there are none; write layers { }");
  }
  std::set<std::string> names;
  for (const Manifest::Layer& layer : m.layers()) {
    EVOKE_RETURN_IF_ERROR(CheckLayer(layer));
    if (!names.insert(layer.name()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("torch_script.layers ", layer.name(), ": the name comes twice"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::NetworkManifest> ReadNetworkManifest(const std::string& path) {
  v1::NetworkManifest manifest;
  EVOKE_RETURN_IF_ERROR(ReadManifestFile(path, &manifest));
  if (manifest.has_torch_script()) FillIn(*manifest.mutable_torch_script());
  if (const absl::Status status = Check(manifest); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
  }
  return manifest;
}

}  // namespace evoke
