#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "common/weights_file.h"
#include "server/generator/gabor.h"
#include "server/generator/generator.h"
#include "server/generator/generator_manifest.h"
#include "server/generator/sn_gan.h"
#include "server/generator/sn_gan_config.h"
#include "server/generator/torch_script_generator.h"
#include "server/generator/vq_vae.h"

namespace evoke {
namespace {

constexpr char kWeights[] = ".safetensors";
constexpr char kManifest[] = ".textproto";

absl::Status NoSuchModel(const std::string& folder, const std::string& model) {
  std::set<std::string> models;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const std::string extension = it->path().extension().string();
    if (extension == kWeights || extension == kManifest) models.insert(it->path().stem().string());
  }
  return absl::NotFoundError(
      absl::StrCat("there is no model \"", model, "\" in ", folder, "; ",
                   models.empty() ? "the folder has none"
                                  : absl::StrCat("it has ", absl::StrJoin(models, ", "))));
}

absl::StatusOr<std::unique_ptr<Generator>> FromWeights(const WeightsFile& file) {
  const auto kind = file.metadata.find("evoke.kind");
  if (kind != file.metadata.end() && kind->second == "vq_vae") {
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Generator> generator, VqVae::Create(file));
    return generator;
  }
  if (kind != file.metadata.end() && kind->second == kSnGanKind) {
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Generator> generator, SnGan::Create(file));
    return generator;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file.path, " holds no generator",
      kind == file.metadata.end() ? "" : absl::StrCat(" but a model of kind ", kind->second),
      "; name a VQ-VAE, an SN-GAN or a manifest"));
}

absl::StatusOr<std::unique_ptr<Generator>> FromManifest(const std::filesystem::path& path) {
  EVOKE_ASSIGN_OR_RETURN(const v1::GeneratorManifest manifest,
                         ReadGeneratorManifest(path.string()));
  EVOKE_ASSIGN_OR_RETURN(std::string sha256, Sha256OfFile(path.string()));
  if (manifest.has_gabor()) {
    return std::make_unique<Gabor>(manifest.gabor().image_size(), std::move(sha256));
  }
  const std::filesystem::path module = std::filesystem::path(path).replace_extension(".pt");
  EVOKE_ASSIGN_OR_RETURN(
      std::unique_ptr<Generator> generator,
      TorchScriptGenerator::Create(module.string(), manifest.torch_script(), std::move(sha256)));
  return generator;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Generator>> LoadGenerator(const std::string& model_dir,
                                                         const std::string& model) {
  if (model.empty() || model.front() == '.' || model.find('/') != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        "model \"", model, "\": give a plain name, as in ", model_dir, "/NAME", kWeights));
  }
  const std::filesystem::path base(model_dir);
  std::error_code error;
  if (std::filesystem::exists(base / (model + kWeights), error)) {
    EVOKE_ASSIGN_OR_RETURN(const WeightsFile file, ReadModel(model_dir, model));
    return FromWeights(file);
  }
  if (std::filesystem::exists(base / (model + kManifest), error)) {
    return FromManifest(base / (model + kManifest));
  }
  return NoSuchModel(model_dir, model);
}

}  // namespace evoke
