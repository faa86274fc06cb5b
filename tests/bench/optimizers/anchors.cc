#include "tests/bench/optimizers/anchors.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "tests/bench/optimizers/csv.h"
#include "tests/bench/optimizers/statistics.h"

namespace evoke {
namespace {

constexpr char kHeader[] = "family,unit,models,random50,best";
constexpr int kRandomImages = 2000;
constexpr int kBatch = 100;

// The best of 50 draws lies below x with the probability F(x)^50; its median is that quantile.
const double kMedianBestOf50 = std::pow(0.5, 1.0 / 50);

}  // namespace

absl::StatusOr<AnchorTable> AnchorTable::Read(const std::string& path) {
  AnchorTable table;
  std::ifstream file(path);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    if (++number == 1 && line == kHeader) continue;
    const std::vector<std::string> fields = CsvFields(line);
    Anchor anchor;
    if (number == 1 || fields.size() != 5 || !absl::SimpleAtod(fields[3], &anchor.random50) ||
        !absl::SimpleAtod(fields[4], &anchor.best)) {
      return absl::DataLossError(absl::StrCat(path, ":", number, ": is no line of anchors"));
    }
    anchor.models = fields[2];
    table.anchors_[{fields[0], fields[1]}] = anchor;
  }
  return table;
}

absl::Status AnchorTable::Write(const std::string& path) const {
  std::ofstream file(path);
  file << kHeader << "\n";
  for (const auto& [key, anchor] : anchors_) {
    file << absl::StrFormat("%s,%s,%s,%.6g,%.6g\n", key.first, CsvField(key.second), anchor.models,
                            anchor.random50, anchor.best);
  }
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat(path, ": can't write it"));
}

const Anchor* AnchorTable::Find(const Family& family, const std::string& unit) const {
  const auto found = anchors_.find({family.spec().name, unit});
  if (found == anchors_.end() || found->second.models != family.models()) return nullptr;
  return &found->second;
}

absl::StatusOr<bool> AnchorTable::Complete(const Family& family) {
  const std::vector<BenchmarkUnit>& units = family.units();
  if (std::all_of(units.begin(), units.end(),
                  [&](const auto& unit) { return Find(family, unit.name) != nullptr; })) {
    return true;
  }
  Rng rng(MixSeed({50, HashText(family.spec().generator)}));
  std::vector<std::vector<double>> answers(units.size());
  for (int i = 0; i < kRandomImages; i += kBatch) {
    std::vector<LatentPoint> points;
    for (int p = 0; p < kBatch; ++p) {
      points.push_back(family.generator()->latent_space().Sample(rng));
    }
    EVOKE_ASSIGN_OR_RETURN(const auto counts, family.ExpectedOfAll(points));
    for (const auto& count : counts) {
      for (size_t u = 0; u < units.size(); ++u) answers[u].push_back(count[u]);
    }
  }
  for (size_t u = 0; u < units.size(); ++u) {
    if (Find(family, units[u].name) != nullptr) continue;
    anchors_[{family.spec().name, units[u].name}] = {
        .models = family.models(),
        .random50 = Quantile(answers[u], kMedianBestOf50),
        .best = *std::max_element(answers[u].begin(), answers[u].end())};
  }
  return false;
}

void AnchorTable::Learn(const Family& family, const std::map<RunKey, BenchmarkRun>& runs) {
  for (const auto& [key, run] : runs) {
    const auto found = anchors_.find({key.family, key.unit});
    if (key.family != family.spec().name || found == anchors_.end()) continue;
    for (const RunPoint& point : run.points) {
      found->second.best = std::max({found->second.best, point.best_shown, point.recommended});
    }
  }
}

}  // namespace evoke
