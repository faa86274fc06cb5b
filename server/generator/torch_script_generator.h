// Any TorchScript module as a generator: how a lab brings its own.
#ifndef EVOKE_SERVER_GENERATOR_TORCH_SCRIPT_GENERATOR_H_
#define EVOKE_SERVER_GENERATOR_TORCH_SCRIPT_GENERATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "evoke/v1/generator_manifest.pb.h"
#include "server/generator/generator.h"

namespace evoke {

// The manifest says what the module takes and gives (generator_manifest.proto). The module runs in
// eval mode, on one image at a time and without the optimizer of graphs, which would change its
// sums between the first calls and the later ones. Gradients are those of the module; a categorical
// space has none, nor has a module that breaks the chain (UNIMPLEMENTED). No encoder, no
// discriminator. See Generator for the contract: a module that keeps state or draws random numbers
// does not honour it.
class TorchScriptGenerator : public Generator {
 public:
  // `module_path` is the .pt file; `sha256` that of the manifest, which covers the module by its
  // sum. NOT_FOUND: no such module. DATA_LOSS: its sum is not that of the manifest (both are
  // named), or it is no TorchScript. INVALID_ARGUMENT: it cannot decode the middle of the latent
  // space, or gives another shape than the manifest says. Requires a manifest as
  // ReadGeneratorManifest() gives.
  static absl::StatusOr<std::unique_ptr<TorchScriptGenerator>> Create(
      const std::string& module_path, const v1::TorchScriptGenerator& manifest, std::string sha256);
  ~TorchScriptGenerator() override;

  const LatentSpace& latent_space() const override { return space_; }
  int image_width() const override { return manifest_.image_width(); }
  int image_height() const override { return manifest_.image_height(); }
  const std::string& weights_sha256() const override { return sha256_; }

  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override;
  absl::StatusOr<std::vector<LatentPoint>> PullBack(
      absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const override;

 private:
  struct Impl;
  TorchScriptGenerator(std::unique_ptr<Impl> impl, const v1::TorchScriptGenerator& manifest,
                       std::string sha256);

  const std::unique_ptr<Impl> impl_;
  const v1::TorchScriptGenerator manifest_;
  const LatentSpace space_;
  const std::string sha256_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_TORCH_SCRIPT_GENERATOR_H_
