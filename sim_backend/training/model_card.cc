#include "sim_backend/training/model_card.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "common/weights_file.h"
#include "sim_backend/training/training_loop.h"

namespace evoke {
namespace {

std::string Curve(const ModelCard& card) {
  std::string table = absl::StrFormat("| epoch | loss | %s | seconds |\n|---:|---:|---:|---:|\n",
                                      card.test_measure);
  for (const EpochRecord& row : card.training.curve) {
    absl::StrAppendFormat(&table, "| %d | %.4f | %.4f | %.0f |\n", row.epoch, row.loss,
                          row.test_error, row.seconds);
  }
  return table;
}

absl::StatusOr<std::string> ExportedEpochs(const ModelCard& card) {
  if (card.exported_epochs.empty()) return std::string();
  std::string table = absl::StrFormat(
      "\n## During training\n\nThe model as it was after some epochs, to see how its units' "
      "preferred "
      "stimuli evolve.\n\n| model | %s | SHA-256 of the file |\n|---|---:|---|\n",
      card.test_measure);
  for (const int epoch : card.exported_epochs) {
    const std::string name = EpochName(card.name, epoch);
    const std::filesystem::path path = std::filesystem::path(card.folder) / (name + ".safetensors");
    EVOKE_ASSIGN_OR_RETURN(const std::string sum, Sha256OfFile(path.string()));
    const size_t row = static_cast<size_t>(epoch) - 1;
    const double error =
        row < card.training.curve.size() ? card.training.curve[row].test_error : std::nan("");
    absl::StrAppendFormat(&table, "| `%s` | %.4f | `%s` |\n", name, error, sum);
  }
  return table;
}

}  // namespace

absl::Status WriteModelCard(const ModelCard& card) {
  const std::filesystem::path stem = std::filesystem::path(card.folder) / card.name;
  EVOKE_ASSIGN_OR_RETURN(const WeightsFile file, ReadWeights(stem.string() + ".safetensors"));
  EVOKE_ASSIGN_OR_RETURN(const std::string epochs, ExportedEpochs(card));
  size_t numbers = 0;
  for (const auto& [name, tensor] : file.tensors) numbers += tensor.values.size();
  const std::string text = absl::StrCat(
      "# ", card.name, "\n\n", card.description, "\n## Training\n\n| | |\n|---|---|\n| data | ",
      card.data, card.data_note.empty() ? "" : absl::StrCat(" (", card.data_note, ")"),
      absl::StrFormat(", %d images |\n", card.training.images),
      absl::StrFormat("| epochs | %d of %d planned |\n| batch | %d |\n| seed | %d |\n",
                      card.training.curve.size(), card.training.epochs, card.training.batch,
                      card.training.seed),
      "| numbers in the file | ", numbers, " |\n| SHA-256 of the file | `", file.sha256, "` |\n\n",
      "```\n", card.command, "\n```\n\n", Curve(card), epochs);
  const std::string path = stem.string() + ".md";
  std::ofstream stream(path);
  stream << text;
  stream.close();
  if (stream) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
}

}  // namespace evoke
