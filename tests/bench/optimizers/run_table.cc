#include "tests/bench/optimizers/run_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tests/bench/optimizers/csv.h"

namespace evoke {
namespace {

namespace fs = std::filesystem;

constexpr char kHeader[] =
    "family,method,unit,half,seed,noise,budget,presentations,recommended,best_shown,seconds\n";

bool Parse(const std::string& line, RunKey& key, bool& report, RunPoint& point) {
  const std::vector<std::string> f = CsvFields(line);
  if (f.size() != 11) return false;
  key = {.family = f[0],
         .method = f[1],
         .unit = f[2],
         .noise = f[5] == "poisson" ? Noise::kPoisson : Noise::kClean};
  report = f[3] == "report";
  return absl::SimpleAtoi(f[4], &key.seed) && absl::SimpleAtoi(f[6], &point.budget) &&
         absl::SimpleAtoi(f[7], &point.presentations) &&
         absl::SimpleAtod(f[8], &point.recommended) && absl::SimpleAtod(f[9], &point.best_shown) &&
         absl::SimpleAtod(f[10], &point.seconds);
}

std::string Rows(const BenchmarkRun& run) {
  std::string rows;
  for (const RunPoint& p : run.points) {
    absl::StrAppendFormat(&rows, "%s,%s,%s,%s,%d,%s,%d,%d,%.9g,%.9g,%.4g\n", run.key.family,
                          run.key.method, CsvField(run.key.unit), run.report ? "report" : "tune",
                          run.key.seed, NoiseName(run.key.noise), p.budget, p.presentations,
                          p.recommended, p.best_shown, p.seconds);
  }
  return rows;
}

}  // namespace

const char* NoiseName(Noise noise) { return noise == Noise::kPoisson ? "poisson" : "clean"; }

const RunPoint* BenchmarkRun::At(int budget) const {
  for (const RunPoint& point : points) {
    if (point.budget == budget) return &point;
  }
  return nullptr;
}

absl::StatusOr<RunTable> RunTable::Open(const std::string& path) {
  RunTable table(path);
  std::ifstream file(path, std::ios::binary);
  if (!file) return table;
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (const size_t whole = text.rfind('\n') + 1; whole != text.size()) {
    text.resize(whole);
    std::error_code error;
    fs::resize_file(path, whole, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat(path, ": can't remove its last line, which was cut off: ", error.message()));
    }
  }
  if (text.empty()) return table;
  std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  if (lines[0] + "\n" != kHeader) {
    return absl::DataLossError(
        absl::StrCat(path, ": is no table of this benchmark; name another file"));
  }
  for (size_t i = 1; i < lines.size(); ++i) {
    RunKey key;
    RunPoint point;
    bool report = false;
    if (!Parse(lines[i], key, report, point)) {
      return absl::DataLossError(absl::StrCat(path, ":", i + 1, ": is damaged; remove the line"));
    }
    BenchmarkRun& run = table.runs_[key];
    // A repetition of the run begins with its first budget again.
    if (!run.points.empty() && point.budget <= run.points.back().budget) run.points.clear();
    run.key = key;
    run.report = report;
    run.points.push_back(point);
  }
  return table;
}

bool RunTable::Holds(const RunKey& key, absl::Span<const int> budgets) const {
  const auto found = runs_.find(key);
  return found != runs_.end() && std::all_of(budgets.begin(), budgets.end(), [&](int budget) {
           return found->second.At(budget) != nullptr;
         });
}

absl::Status RunTable::Append(const BenchmarkRun& run) {
  const auto failed = [&](const char* what) {
    return absl::UnavailableError(absl::StrCat(path_, ": can't ", what, ": ", strerror(errno)));
  };
  if (const fs::path folder = fs::path(path_).parent_path(); !folder.empty()) {
    std::error_code ignored;  // the file can't be opened then
    fs::create_directories(folder, ignored);
  }
  const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return failed("open it");
  const auto close_file = absl::MakeCleanup([file] { close(file); });
  std::string rows = Rows(run);
  if (lseek(file, 0, SEEK_END) == 0) rows.insert(0, kHeader);
  if (write(file, rows.data(), rows.size()) != static_cast<ssize_t>(rows.size())) {
    return failed("write to it");
  }
  runs_[run.key] = run;
  return absl::OkStatus();
}

}  // namespace evoke
