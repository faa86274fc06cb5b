#include "tests/bench/optimizers/results.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "tests/bench/optimizers/search.h"

namespace evoke {

std::vector<const BenchmarkUnit*> Selection::UnitsOf(const Family& family) const {
  std::vector<const BenchmarkUnit*> units;
  for (const BenchmarkUnit& unit : family.units()) {
    if (unit.report != tune) units.push_back(&unit);
  }
  return units;
}

FamilyResults::FamilyResults(const Selection* selection, const Family* family, Noise noise,
                             const RunTable* table, const AnchorTable* anchors)
    : selection_(*selection),
      family_(*family),
      noise_(noise),
      table_(*table),
      anchors_(*anchors),
      budgets_(BudgetsFor(selection->columns)) {
  for (const BenchmarkUnit* unit : selection_.UnitsOf(family_)) {
    if (AnchorOf(*unit).has_room()) units_.push_back(unit);
  }
  if (units_.empty()) return;
  for (const BenchmarkMethod& method : selection_.methods) {
    const std::vector<const BenchmarkRun*> runs = RunsOf(method);
    if (std::none_of(runs.begin(), runs.end(),
                     [](const BenchmarkRun* run) { return run == nullptr; })) {
      methods_.push_back(&method);
    }
  }
}

const Anchor& FamilyResults::AnchorOf(const BenchmarkUnit& unit) const {
  return *anchors_.Find(family_, unit.name);
}

const BenchmarkRun* FamilyResults::Find(const BenchmarkMethod& method, const BenchmarkUnit& unit,
                                        int seed) const {
  const RunKey key = {family_.spec().name, method.name, unit.name, noise_, seed};
  const auto found = table_.runs().find(key);
  return found != table_.runs().end() && table_.Holds(key, budgets_) ? &found->second : nullptr;
}

std::vector<const BenchmarkRun*> FamilyResults::RunsOf(const BenchmarkMethod& method) const {
  std::vector<const BenchmarkRun*> runs;
  for (const BenchmarkUnit* unit : units_) {
    for (int seed = 1; seed <= selection_.seeds; ++seed) runs.push_back(Find(method, *unit, seed));
  }
  return runs;
}

UnitScores FamilyResults::Scores(const BenchmarkMethod& method, int budget) const {
  UnitScores scores;
  for (const BenchmarkUnit* unit : units_) {
    scores.emplace_back();
    for (int seed = 1; seed <= selection_.seeds; ++seed) {
      const BenchmarkRun& run = *Find(method, *unit, seed);
      scores.back().push_back(AnchorOf(*unit).Score(run.At(budget)->recommended));
    }
  }
  return scores;
}

double FamilyResults::MedianScore(const BenchmarkMethod& method, int budget) const {
  return Median(Scores(method, budget));
}

double FamilyResults::MedianSpikes(const BenchmarkMethod& method, const BenchmarkUnit& unit,
                                   int budget) const {
  std::vector<double> spikes;
  for (int seed = 1; seed <= selection_.seeds; ++seed) {
    spikes.push_back(Find(method, unit, seed)->At(budget)->recommended);
  }
  return Median(std::move(spikes));
}

double FamilyResults::PresentationsTo(const BenchmarkMethod& method, double score) const {
  std::vector<double> presentations;
  for (const BenchmarkUnit* unit : units_) {
    for (int seed = 1; seed <= selection_.seeds; ++seed) {
      std::vector<double> scores;
      for (const int budget : budgets_) {
        scores.push_back(AnchorOf(*unit).Score(Find(method, *unit, seed)->At(budget)->recommended));
      }
      const auto first = FirstBudgetAt(budgets_, scores, score);
      presentations.push_back(first ? *first : std::numeric_limits<double>::infinity());
    }
  }
  return Median(std::move(presentations));
}

std::optional<double> FamilyResults::MedianProposalMillis(const BenchmarkMethod& method) const {
  std::vector<double> millis;
  for (const BenchmarkRun* run : RunsOf(method)) {
    if (const auto time = ProposalMillis(*run)) millis.push_back(*time);
  }
  if (millis.empty()) return std::nullopt;
  return Median(std::move(millis));
}

}  // namespace evoke
