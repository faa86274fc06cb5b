#include "sim_backend/analysis/top_images.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/control/csv.h"
#include "common/figure/montage.h"
#include "sim_backend/analysis/selectivity.h"

namespace evoke {

absl::StatusOr<Image> DrawTopImages(const Responses& responses, size_t column,
                                    const LabelledImages& images, size_t count) {
  const std::vector<float> values = responses.Column(column);
  std::vector<MontageCell> cells;
  for (const size_t image : TopImages(values, count)) {
    MontageCell& cell = cells.emplace_back();
    cell.image = images.images[image];
    cell.caption = absl::StrFormat(
        "%d. %s\n%.4g", cells.size(),
        images.labels.empty() ? images.names[image] : images.ClassOf(image), values[image]);
  }
  MontageOptions options;
  options.title = absl::StrCat(responses.columns[column], ": best of ", values.size(),
                               " images, spikes per response");
  // Nearly square.
  options.columns =
      std::max(1, static_cast<int>(std::ceil(std::sqrt(static_cast<double>(cells.size())))));
  return DrawMontage(cells, options);
}

std::string TopImagesTable(const Responses& responses, const LabelledImages& images, size_t count) {
  std::string table = CsvRecord({"unit", "rank", "image", "class", "spikes"});
  for (size_t column = 0; column < responses.columns.size(); ++column) {
    const std::vector<float> values = responses.Column(column);
    int rank = 0;
    for (const size_t image : TopImages(values, count)) {
      table += CsvRecord({responses.columns[column], absl::StrCat(++rank), images.names[image],
                          images.ClassOf(image), CsvNumber(values[image])});
    }
  }
  return table;
}

std::string FileNameOfUnit(const std::string& unit) {
  std::string name;
  for (const char c : unit) name += absl::ascii_isalnum(c) || c == '.' || c == '_' ? c : '-';
  return name;
}

}  // namespace evoke
