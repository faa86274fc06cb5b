#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/weights_file.h"
#include "server/generator/generator.h"
#include "server/generator/vq_vae.h"

namespace evoke {

absl::StatusOr<std::unique_ptr<Generator>> LoadGenerator(const std::string& model_dir,
                                                         const std::string& model) {
  EVOKE_ASSIGN_OR_RETURN(const WeightsFile file, ReadModel(model_dir, model));
  const auto kind = file.metadata.find("evoke.kind");
  if (kind != file.metadata.end() && kind->second == "vq_vae") {
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<VqVae> generator, VqVae::Create(file));
    return generator;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file.path, " holds no generator",
      kind == file.metadata.end() ? "" : absl::StrCat(" but a model of kind ", kind->second),
      "; name a VQ-VAE"));
}

}  // namespace evoke
