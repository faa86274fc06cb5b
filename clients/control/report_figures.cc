#include "clients/control/report_figures.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/control/experiment_text.h"
#include "clients/control/names.h"
#include "common/figure/image_file.h"
#include "common/figure/montage.h"
#include "common/figure/plot.h"
#include "common/figure/point_chart.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kBestPixels = 512;
constexpr size_t kMostCells = 40;
constexpr int kColumns = 8;
// Sky blue, beside the blue of the same experiment's final stimulus and curve.
constexpr Color kFirstColor = kPalette[5];

std::string Capitalized(std::string text) {
  if (!text.empty()) text[0] = absl::ascii_toupper(text[0]);
  return text;
}

Series ConvergenceOf(const ReportData& data) {
  Series series;
  series.label = ReportLabel(data.experiment);
  series.style.shape =
      data.generations.size() > 40 ? SeriesShape::kLine : SeriesShape::kLineAndMarkers;
  for (const GenerationResult& g : data.generations) {
    if (!g.recommendation) continue;
    const double score = g.recommendation->score(), error = g.recommendation->standard_error();
    series.x.push_back(g.presentations);
    series.y.push_back(score);
    series.low.push_back(score - error);
    series.high.push_back(score + error);
  }
  return series;
}

void AddPoint(const std::optional<Confirmed>& confirmed, const std::string& label, Color color,
              std::vector<ChartPoint>& points) {
  if (!confirmed) return;
  const MeanWithError& score = confirmed->score;
  points.push_back({absl::StrCat(label, " (n=", score.n, ")"), score.mean,
                    score.mean - score.standard_error, score.mean + score.standard_error, color});
}

}  // namespace

absl::StatusOr<Image> DrawBest(const ReportData& data, const ImageSource& images) {
  if (data.final_stimulus.empty()) {
    return absl::FailedPreconditionError(
        "no stimulus is recommended before the first completed "
        "generation");
  }
  EVOKE_ASSIGN_OR_RETURN(const Image image, images(data.final_stimulus));
  return Enlarge(image, std::max(1, kBestPixels / std::max(image.width, image.height)));
}

absl::StatusOr<Image> DrawGenerations(const ReportData& data, const ImageSource& images) {
  std::vector<const GenerationResult*> shown;
  for (const GenerationResult& g : data.generations) {
    if (!g.best_stimulus.empty()) shown.push_back(&g);
  }
  if (shown.empty()) {
    return absl::FailedPreconditionError("no generation is completed and scored yet");
  }
  std::vector<MontageCell> cells;
  const size_t room = data.final_stimulus.empty() ? kMostCells : kMostCells - 1;
  for (const size_t i : ThinOut(shown.size(), room)) {
    EVOKE_ASSIGN_OR_RETURN(Image image, images(shown[i]->best_stimulus));
    cells.push_back({std::move(image),
                     absl::StrFormat("gen %d  %.3g", shown[i]->number, shown[i]->best_score),
                     std::nullopt});
  }
  if (!data.final_stimulus.empty()) {
    EVOKE_ASSIGN_OR_RETURN(Image image, images(data.final_stimulus));
    const double score = data.final_confirmed  ? data.final_confirmed->score.mean
                         : data.final_estimate ? data.final_estimate->score()
                                               : 0;
    cells.push_back({std::move(image), absl::StrFormat("final  %.3g", score), PaletteColor(1)});
  }
  MontageOptions options;
  options.title = absl::StrCat(LastPart(data.experiment.name()),
                               ": each generation's highest score, and the final stimulus (",
                               ScoreUnit(data.experiment.objective()), ")");
  options.columns = kColumns;
  return DrawMontage(cells, options);
}

absl::StatusOr<Image> DrawConvergence(const ReportData& data, const ReportData* against) {
  std::vector<Series> series = {ConvergenceOf(data)};
  if (against != nullptr) series.push_back(ConvergenceOf(*against));
  std::erase_if(series, [](const Series& s) { return s.x.empty(); });
  if (series.empty()) return absl::FailedPreconditionError("no generation is completed yet");
  PlotOptions options;
  options.title = "Estimated response to the recommended stimulus";
  options.x_label = "Presentations of candidates";
  options.y_label = Capitalized(ScoreUnit(data.experiment.objective())) + " (estimate, s.e.)";
  options.y_from_zero = true;
  return DrawLinePlot(series, options);
}

absl::StatusOr<Image> DrawConfirmation(const ReportData& data, const ReportData* against) {
  std::vector<ChartPoint> points;
  AddPoint(data.first_confirmed, "first generation's best", kFirstColor, points);
  if (data.final_stimulus != data.first_stimulus) {
    AddPoint(data.final_confirmed, "final stimulus", PaletteColor(0), points);
  }
  if (points.empty()) {
    return absl::FailedPreconditionError(
        data.experiment.presentation().confirmation_repeats() == 0
            ? "the experiment has no confirmation (presentation.confirmation_repeats is 0)"
            : "no confirmation trial is answered yet");
  }
  if (against != nullptr) {
    AddPoint(against->final_confirmed, "final stimulus of " + LastPart(against->experiment.name()),
             PaletteColor(1), points);
  }
  PlotOptions options;
  options.title = "Response measured anew after the search";
  options.y_label = Capitalized(ScoreUnit(data.experiment.objective())) + " (mean, s.e.)";
  options.y_from_zero = true;
  return DrawPointChart(points, ChartShape::kPoints, options);
}

}  // namespace evoke
