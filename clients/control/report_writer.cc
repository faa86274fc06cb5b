#include "clients/control/report_writer.h"

#include <filesystem>
#include <map>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "clients/control/atomic_file.h"
#include "clients/control/report_data.h"
#include "clients/control/report_text.h"
#include "clients/control/trial_table.h"
#include "common/figure/image_file.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Each image is fetched and decoded once, though several pictures show it.
ImageSource Remembering(const ImageSource& images, std::map<std::string, Image>* known) {
  return [&images, known](const std::string& name) -> absl::StatusOr<Image> {
    if (const auto it = known->find(name); it != known->end()) return it->second;
    EVOKE_ASSIGN_OR_RETURN(Image image, images(name));
    return known->emplace(name, std::move(image)).first->second;
  };
}

}  // namespace

absl::StatusOr<WrittenReport> WriteReport(const ExperimentRecord& record,
                                          const ExperimentRecord* against,
                                          const ImageSource& images, const std::string& folder) {
  EVOKE_RETURN_IF_ERROR(MakeFolder(folder));
  const ReportData data = DeriveReport(record);
  std::optional<ReportData> other;
  if (against != nullptr) other = DeriveReport(*against);
  const ReportData* other_data = other ? &*other : nullptr;
  std::map<std::string, Image> known;
  const ImageSource source = Remembering(images, &known);

  std::vector<std::string> files, left_out;
  const auto add = [&](const std::string& name, const absl::StatusOr<Image>& picture) {
    const std::string path = absl::StrCat(folder, "/", name);
    if (!picture.ok()) {
      left_out.push_back(absl::StrCat(name, ": ", picture.status().message()));
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
      return absl::OkStatus();
    }
    files.push_back(path);
    return WritePng(path, *picture);
  };
  EVOKE_RETURN_IF_ERROR(add("best.png", DrawBest(data, source)));
  EVOKE_RETURN_IF_ERROR(add("generations.png", DrawGenerations(data, source)));
  EVOKE_RETURN_IF_ERROR(add("convergence.png", DrawConvergence(data, other_data)));
  EVOKE_RETURN_IF_ERROR(add("confirmation.png", DrawConfirmation(data, other_data)));

  const ExportedFiles tables = ExportedFilesOf(absl::StrCat(folder, "/trials.csv"));
  EVOKE_RETURN_IF_ERROR(WriteTables(record, tables));
  files.insert(files.end(), {tables.trials, tables.log, tables.specification});

  WrittenReport report;
  report.text = SummaryText(data, other_data);
  for (const std::string& reason : left_out) {
    absl::StrAppend(&report.text, "left out: ", reason, "\n");
  }
  const std::string summary = absl::StrCat(folder, "/summary.txt");
  EVOKE_RETURN_IF_ERROR(WriteFileAtomically(summary, report.text));
  files.push_back(summary);
  report.json = SummaryJson(data, other_data, files, left_out);
  return report;
}

}  // namespace evoke
