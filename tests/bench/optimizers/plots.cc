#include "tests/bench/optimizers/plots.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/figure/image_file.h"
#include "common/figure/plot.h"
#include "common/figure/point_chart.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr size_t kMostPeers = 6;  // of a plot: more bands cover each other
constexpr int kEarly = 1000;
constexpr int kChartBudget = 300;
constexpr char kScore[] = "Score (0: best of 50 random, 1: best known)";

std::string Title(const FamilyResults& results, const std::string& more) {
  return absl::StrCat(results.family().spec().name, ", ", NoiseName(results.noise()), ": ", more);
}

// `auto` first, then the best of the classical methods at that budget, the highest first.
std::vector<const BenchmarkMethod*> MethodsToDraw(const FamilyResults& results, int budget) {
  std::vector<const BenchmarkMethod*> ours, peers;
  for (const BenchmarkMethod* method : results.methods()) {
    if (!method->over_model) peers.push_back(method);
    if (method->name == "auto") ours.push_back(method);
  }
  std::stable_sort(peers.begin(), peers.end(),
                   [&](const BenchmarkMethod* a, const BenchmarkMethod* b) {
                     return results.MedianScore(*a, budget) > results.MedianScore(*b, budget);
                   });
  peers.resize(std::min(peers.size(), kMostPeers));
  ours.insert(ours.end(), peers.begin(), peers.end());
  return ours;
}

absl::Status DrawCurves(const FamilyResults& results, int last, const std::string& path) {
  std::vector<Series> curves;
  for (const BenchmarkMethod* method : MethodsToDraw(results, last)) {
    Series series;
    series.label = method->name;
    for (const int budget : results.budgets()) {
      if (budget > last) break;
      const UnitScores scores = results.Scores(*method, budget);
      const Interval sure = BootstrapMedian(scores);
      const double median = Median(scores);
      series.x.push_back(budget);
      series.y.push_back(median);
      // Of few runs, the interval of resampled medians need not hold the median.
      series.low.push_back(std::min(sure.low, median));
      series.high.push_back(std::max(sure.high, median));
    }
    curves.push_back(std::move(series));
  }
  if (curves.empty()) return absl::OkStatus();
  PlotOptions options;
  options.title = Title(results, "recommended stimulus, 95 % intervals");
  options.x_label = "Presentations";
  options.y_label = kScore;
  EVOKE_ASSIGN_OR_RETURN(const Image image, DrawLinePlot(curves, options));
  return WritePng(path, image);
}

absl::Status DrawChart(const FamilyResults& results, int budget, const std::string& path) {
  std::vector<ChartPoint> points;
  for (const BenchmarkMethod* method : results.methods()) {
    const UnitScores scores = results.Scores(*method, budget);
    const Interval sure = BootstrapMedian(scores);
    const double median = Median(scores);
    points.push_back({.label = method->name,
                      .value = median,
                      .low = std::min(sure.low, median),
                      .high = std::max(sure.high, median),
                      .color = PaletteColor(method->over_model ? 0 : 1)});
  }
  PlotOptions options;
  options.title = Title(results, absl::StrCat("after ", budget, " presentations, 95 % intervals"));
  options.y_label = kScore;
  EVOKE_ASSIGN_OR_RETURN(const Image image, DrawPointChart(points, ChartShape::kPoints, options));
  return WritePng(path, image);
}

}  // namespace

absl::Status DrawPlots(const FamilyResults& results, const std::string& folder) {
  if (results.methods().empty()) return absl::OkStatus();
  std::error_code ignored;  // the files can't be written then
  std::filesystem::create_directories(folder, ignored);
  const std::string name =
      absl::StrCat(folder, "/", results.family().spec().name, ".", NoiseName(results.noise()));
  const int last = results.budgets().back();
  EVOKE_RETURN_IF_ERROR(DrawCurves(results, last, name + ".png"));
  if (last > kEarly) EVOKE_RETURN_IF_ERROR(DrawCurves(results, kEarly, name + ".1000.png"));
  return DrawChart(results, std::min(last, kChartBudget), name + ".300.png");
}

}  // namespace evoke
