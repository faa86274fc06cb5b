#include "sim_backend/offline/offline_text.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/control/csv.h"
#include "clients/control/names.h"
#include "clients/control/text.h"

namespace evoke {
namespace {

constexpr int kBarWidth = 24;

std::string Units(const v1::Experiment& spec) {
  return absl::StrJoin(spec.objective().units(), " ", [](std::string* out, const auto& unit) {
    absl::StrAppend(out, unit.unit());
  });
}

std::string What(const OfflineResult& result) {
  return result.status.ok() ? "succeeded" : Printable(result.status.message());
}

}  // namespace

std::string ProgressLine(const OfflineProgress& progress, absl::Duration elapsed) {
  const double done = std::clamp(progress.done, 0.0, 1.0);
  const int full = static_cast<int>(done * kBarWidth);
  std::string line = absl::StrFormat("[%s%s] %3.0f %%", std::string(full, '#'),
                                     std::string(kBarWidth - full, '-'), std::floor(100 * done));
  if (progress.jobs > 1) {
    absl::StrAppend(&line, "  ", progress.ended, "/", progress.jobs, " experiments");
  } else {
    absl::StrAppend(&line, "  gen ", progress.current.generation());
    if (progress.current.has_best()) {
      const v1::Estimate& best = progress.current.best();
      absl::StrAppend(&line, "  best ", EstimateText(best.score(), best.standard_error()));
    }
  }
  const double seconds = absl::ToDoubleSeconds(elapsed);
  if (seconds > 0) {
    absl::StrAppend(&line, absl::StrFormat("  %.0f trials/s", progress.presentations / seconds));
  }
  const double now_done = done - progress.found_done;
  if (now_done > 0.01 && done < 1) {
    absl::StrAppend(&line, "  ", ClockText(elapsed * ((1 - done) / now_done)), " left");
  }
  return line;
}

std::string ResultTable(const std::vector<OfflineJob>& jobs,
                        const std::vector<OfflineResult>& results) {
  std::vector<std::vector<std::string>> rows = {
      {"experiment", "unit", "best", "response", "presentations", "end"}};
  for (size_t i = 0; i < jobs.size(); ++i) {
    const v1::Progress& progress = results[i].experiment.progress();
    const v1::Estimate& best = progress.best();
    rows.push_back({jobs[i].id, Units(jobs[i].spec),
                    best.stimulus().empty() ? "-" : LastPart(best.stimulus()),
                    progress.has_best() ? EstimateText(best.score(), best.standard_error()) : "-",
                    absl::StrCat(progress.trials_done()), What(results[i])});
  }
  return AlignColumns(rows);
}

std::string ResultCsv(const std::vector<OfflineJob>& jobs,
                      const std::vector<OfflineResult>& results) {
  std::string csv = CsvRecord({"experiment", "units", "best_stimulus", "response", "standard_error",
                               "presentations", "end"});
  for (size_t i = 0; i < jobs.size(); ++i) {
    const v1::Progress& progress = results[i].experiment.progress();
    const bool known = progress.has_best();
    csv += CsvRecord({jobs[i].id, Units(jobs[i].spec), progress.best().stimulus(),
                      known ? CsvNumber(progress.best().score()) : "",
                      known ? CsvNumber(progress.best().standard_error()) : "",
                      absl::StrCat(progress.trials_done()), What(results[i])});
  }
  return csv;
}

}  // namespace evoke
