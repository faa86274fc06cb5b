#include "tests/bench/optimizers/report.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace evoke {
namespace {

constexpr double kThresholds[] = {0.25, 0.5, 0.75, 0.9};
constexpr int kPeerBudget = 1000;

std::string PresentationsText(double presentations) {
  return std::isfinite(presentations) ? absl::StrFormat("%.0f", presentations) : "-";
}

// "**" around what no method of the column exceeds.
std::string Bold(const std::string& text, bool bold) {
  return bold ? absl::StrCat("**", text, "**") : text;
}

void WriteScores(const FamilyResults& results, const Selection& selection, std::ostream& out) {
  const int last = selection.columns.back();
  out << "| method |";
  for (const int budget : selection.columns) out << " " << budget << " |";
  for (const double score : kThresholds) out << absl::StrFormat(" to %.2g |", score);
  out << " worst at " << last << " | ms |\n|---|";
  for (size_t i = 0; i < selection.columns.size() + std::size(kThresholds) + 2; ++i) out << "---:|";
  out << "\n";
  std::vector<double> highest(selection.columns.size(), -INFINITY);
  for (const BenchmarkMethod* method : results.methods()) {
    for (size_t b = 0; b < highest.size(); ++b) {
      highest[b] = std::max(highest[b], results.MedianScore(*method, selection.columns[b]));
    }
  }
  for (const BenchmarkMethod* method : results.methods()) {
    out << "| " << method->name << " |";
    for (size_t b = 0; b < highest.size(); ++b) {
      const UnitScores scores = results.Scores(*method, selection.columns[b]);
      const double median = Median(scores);
      const Interval sure = BootstrapMedian(scores);
      out << " " << Bold(absl::StrFormat("%.2f", median), median == highest[b])
          << absl::StrFormat(" (%.2f, %.2f) |", sure.low, sure.high);
    }
    for (const double score : kThresholds) {
      out << " " << PresentationsText(results.PresentationsTo(*method, score)) << " |";
    }
    const auto millis = results.MedianProposalMillis(*method);
    out << absl::StrFormat(" %.2f | %s |\n", Worst(results.Scores(*method, last)),
                           millis ? absl::StrFormat("%.2g", *millis) : "");
  }
}

void WriteSpikes(const FamilyResults& results, int budget, std::ostream& out) {
  out << "| spikes at " << budget << " |";
  for (const BenchmarkUnit* unit : results.units()) out << " `" << unit->name << "` |";
  out << "\n|---|";
  for (size_t i = 0; i < results.units().size(); ++i) out << "---:|";
  out << "\n| best of 50 random, best known |";
  for (const BenchmarkUnit* unit : results.units()) {
    const Anchor& anchor = results.AnchorOf(*unit);
    out << absl::StrFormat(" %.3g, %.3g |", anchor.random50, anchor.best);
  }
  out << "\n";
  for (const BenchmarkMethod* method : results.methods()) {
    out << "| " << method->name << " |";
    for (const BenchmarkUnit* unit : results.units()) {
      out << absl::StrFormat(" %.3g |", results.MedianSpikes(*method, *unit, budget));
    }
    out << "\n";
  }
}

const BenchmarkMethod* FindMethod(const FamilyResults& results, const std::string& name) {
  for (const BenchmarkMethod* method : results.methods()) {
    if (method->name == name) return method;
  }
  return nullptr;
}

// The classical method of the highest median score; null if there is none.
const BenchmarkMethod* BestPeer(const FamilyResults& results, int budget) {
  const BenchmarkMethod* best = nullptr;
  for (const BenchmarkMethod* method : results.methods()) {
    if (method->over_model) continue;
    if (best == nullptr ||
        results.MedianScore(*method, budget) > results.MedianScore(*best, budget)) {
      best = method;
    }
  }
  return best;
}

void WriteComparison(const FamilyResults& results, const BenchmarkMethod& ours,
                     const Selection& selection, std::ostream& out) {
  const std::string key =
      absl::StrCat("opt.", results.family().spec().name, ".", NoiseName(results.noise()));
  for (const int budget : selection.columns) {
    const BenchmarkMethod& peer = *BestPeer(results, budget);
    const double difference = results.MedianScore(ours, budget) - results.MedianScore(peer, budget);
    const Interval sure =
        BootstrapMedianDifference(results.Scores(ours, budget), results.Scores(peer, budget));
    out << absl::StrFormat(
               "# at %d the best peer is %s; 95 %% interval of the difference %.3f to %.3f\n",
               budget, peer.name, sure.low, sure.high)
        << absl::StrFormat("figure %s.auto_minus_best_peer.%d %.3f\n", key, budget, difference);
  }
  const std::vector<int>& budgets = results.budgets();
  if (std::find(budgets.begin(), budgets.end(), kPeerBudget) == budgets.end()) return;
  std::vector<double> medians;
  for (const int budget : budgets) medians.push_back(results.MedianScore(ours, budget));
  const double peers = results.MedianScore(*BestPeer(results, kPeerBudget), kPeerBudget);
  if (const auto first = FirstBudgetAt(budgets, medians, peers)) {
    out << absl::StrFormat("figure %s.presentations_to_peer1000 %d\n", key, *first);
  }
}

}  // namespace

void WriteTables(const FamilyResults& results, const Selection& selection, std::ostream& out) {
  const FamilySpec& family = results.family().spec();
  out << absl::StrFormat(
      "\n## %s, %s: `%s`, `%s`\nMedian scores over %d units x %d seeds (95 %% interval); median "
      "presentations to a score; milliseconds for each proposed stimulus.\n\n",
      family.name, NoiseName(results.noise()), family.generator, family.network,
      results.units().size(), selection.seeds);
  WriteScores(results, selection, out);
  out << "\n";
  WriteSpikes(results, selection.columns.back(), out);
}

void WriteFigures(const FamilyResults& results, const Selection& selection, std::ostream& out) {
  const BenchmarkMethod* ours = FindMethod(results, "auto");
  if (ours != nullptr && BestPeer(results, selection.columns[0]) != nullptr) {
    WriteComparison(results, *ours, selection, out);
  }
}

}  // namespace evoke
