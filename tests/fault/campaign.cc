#include "tests/fault/campaign.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/random.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// A turn that is over, as a line of the results' file.
struct Turn {
  std::string kind;
  bool counts = false;
  int lost = 0, doubled = 0, diverged = 0;
};

std::vector<Turn> ReadTurns(const std::string& path) {
  std::vector<Turn> turns;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    Turn turn;
    if (words >> turn.kind >> turn.counts >> turn.lost >> turn.doubled >> turn.diverged) {
      turns.push_back(std::move(turn));
    }
  }
  return turns;
}

void WriteTurn(const std::string& path, const Turn& turn) {
  std::ofstream(path, std::ios::app) << turn.kind << ' ' << turn.counts << ' ' << turn.lost << ' '
                                     << turn.doubled << ' ' << turn.diverged << std::endl;
}

void Add(const Turn& turn, std::map<std::string, Tally>* tallies) {
  if (!turn.counts) return;
  Tally& tally = (*tallies)[turn.kind];
  ++tally.runs;
  tally.lost += turn.lost;
  tally.doubled += turn.doubled;
  tally.diverged += turn.diverged;
}

int RunsOf(const std::map<std::string, Tally>& tallies) {
  int runs = 0;
  for (const auto& [kind, tally] : tallies) runs += tally.runs;
  return runs;
}

absl::StatusOr<std::vector<const FaultKind*>> Choose(const std::vector<std::string>& names) {
  std::vector<const FaultKind*> chosen;
  for (const FaultKind& kind : FaultKinds()) {
    if (names.empty() || std::find(names.begin(), names.end(), kind.name) != names.end()) {
      chosen.push_back(&kind);
    }
  }
  if (!names.empty() && chosen.size() != names.size()) {
    return absl::InvalidArgumentError("--kind: not a kind of fault; --list shows them");
  }
  return chosen;
}

void Say(const Verdict& verdict) {
  for (const auto& [what, lines] :
       {std::pair{"lost", &verdict.lost}, std::pair{"doubled", &verdict.doubled},
        std::pair{"diverged", &verdict.diverged}}) {
    for (const std::string& line : *lines) std::printf("    %s: %s\n", what, line.c_str());
  }
}

}  // namespace

const FaultKind& TurnOrder::KindOf(int turn) const {
  const int kinds = static_cast<int>(kinds_.size());
  std::vector<const FaultKind*> round = kinds_;
  Rng rng(MixSeed({seed_, HashText("turns"), static_cast<uint64_t>(turn / kinds)}));
  rng.Shuffle(std::span<const FaultKind*>(round));
  return *round[turn % kinds];
}

absl::StatusOr<std::map<std::string, Tally>> RunCampaign(const CampaignOptions& options) {
  EVOKE_ASSIGN_OR_RETURN(std::vector<const FaultKind*> kinds, Choose(options.kinds));
  const TurnOrder order(kinds, options.seed);
  std::filesystem::create_directories(options.folder);
  const std::string results = absl::StrCat(options.folder, "/seed-", options.seed, ".txt");
  const std::vector<Turn> done = ReadTurns(results);
  std::map<std::string, Tally> tallies;
  for (const Turn& turn : done) Add(turn, &tallies);
  if (!done.empty()) {
    std::printf("going on after %d runs (%s)\n", RunsOf(tallies), results.c_str());
  }

  StageOptions stage = options.stage;
  stage.folder = options.folder + "/whole";
  std::vector<v1::ExperimentEvent> whole;
  int turn = static_cast<int>(done.size());
  size_t unavailable = 0;
  while (RunsOf(tallies) < options.count) {
    const FaultKind& kind = order.KindOf(turn);
    if (!tallies[kind.name].skipped.empty()) {
      if (unavailable == kinds.size()) break;
      WriteTurn(results, {kind.name});
      ++turn;
      continue;
    }
    if (whole.empty()) {
      EVOKE_ASSIGN_OR_RETURN(whole, RunWhole(stage));
      std::filesystem::remove_all(stage.folder);
    }
    StageOptions here = stage;
    here.folder = absl::StrCat(options.folder, "/seed-", options.seed, "-turn-", turn);
    const absl::Time begin = absl::Now();
    const absl::StatusOr<Verdict> verdict =
        RunWithFault(kind, MixSeed({options.seed, static_cast<uint64_t>(turn)}), here, whole);
    const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
    Turn result{kind.name};
    std::string outcome;
    if (verdict.ok()) {
      result.counts = true;
      result.lost = static_cast<int>(verdict->lost.size());
      result.doubled = static_cast<int>(verdict->doubled.size());
      result.diverged = verdict->diverged.empty() ? 0 : 1;
      outcome = verdict->ok() ? "well" : absl::StrCat("NOT WELL, see ", here.folder);
    } else {
      outcome = absl::StrCat("does not count: ", std::string(verdict.status().message()));
      if (!absl::IsFailedPrecondition(verdict.status())) {
        tallies[kind.name].skipped = std::string(verdict.status().message());
        ++unavailable;
      }
    }
    Add(result, &tallies);
    WriteTurn(results, result);
    std::printf("[%3d/%d] turn %d, %s, %.1f s: %s\n", RunsOf(tallies), options.count, turn,
                kind.name, seconds, outcome.c_str());
    if (verdict.ok()) Say(*verdict);
    std::fflush(stdout);
    if (!verdict.ok() || verdict->ok()) std::filesystem::remove_all(here.folder);
    ++turn;
  }
  return tallies;
}

std::string FormatTable(const std::map<std::string, Tally>& tallies) {
  std::string table =
      "| fault | runs | lost | counted twice | diverged | |\n|---|---|---|---|---|---|\n";
  for (const FaultKind& kind : FaultKinds()) {
    const auto it = tallies.find(kind.name);
    if (it == tallies.end()) continue;
    const Tally& t = it->second;
    absl::StrAppendFormat(&table, "| `%s` | %d | %d | %d | %d | %s |\n", kind.name, t.runs, t.lost,
                          t.doubled, t.diverged,
                          t.skipped.empty() ? kind.what : "skipped: " + t.skipped);
  }
  return table;
}

std::string FormatFigures(const std::map<std::string, Tally>& tallies) {
  int lost = 0, doubled = 0, diverged = 0;
  std::string figures = absl::StrFormat("figure faults.run %d\n", RunsOf(tallies));
  for (const FaultKind& kind : FaultKinds()) {
    const auto it = tallies.find(kind.name);
    if (it == tallies.end() || it->second.runs == 0) continue;
    absl::StrAppendFormat(&figures, "figure faults.run.%s %d\n", kind.name, it->second.runs);
    lost += it->second.lost;
    doubled += it->second.doubled;
    diverged += it->second.diverged;
  }
  absl::StrAppendFormat(&figures,
                        "figure faults.lost %d\nfigure faults.doubled %d\nfigure faults.diverged "
                        "%d\n",
                        lost, doubled, diverged);
  return figures;
}

}  // namespace evoke
