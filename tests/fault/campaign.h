// Many runs with random faults, one after the other, and their table.
#ifndef EVOKE_TESTS_FAULT_CAMPAIGN_H_
#define EVOKE_TESTS_FAULT_CAMPAIGN_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/fault/faults.h"

namespace evoke {

struct CampaignOptions {
  int count = 200;  // runs that count
  uint64_t seed = 1;
  std::vector<std::string> kinds;  // only these; all if empty
  std::string folder;              // keeps the results, and what failed runs left
  StageOptions stage;              // its folder is made inside of `folder`
};

struct Tally {
  int runs = 0;         // that count
  int lost = 0;         // reports
  int doubled = 0;      // reports
  int diverged = 0;     // runs
  std::string skipped;  // why this machine can't have them
};

// The kind of each turn: every kind once, in random order, then every kind again. The same seed
// gives the same order.
class TurnOrder {
 public:
  TurnOrder(std::vector<const FaultKind*> kinds, uint64_t seed)
      : kinds_(std::move(kinds)), seed_(seed) {}
  const FaultKind& KindOf(int turn) const;

 private:
  const std::vector<const FaultKind*> kinds_;
  const uint64_t seed_;
};

// Goes on where the last campaign with this seed and folder stopped; says what it does on stdout.
// INVALID_ARGUMENT: no such kind. Errors of the run without a fault.
absl::StatusOr<std::map<std::string, Tally>> RunCampaign(const CampaignOptions& options);

// The table, in Markdown, and the figures.
std::string FormatTable(const std::map<std::string, Tally>& tallies);
std::string FormatFigures(const std::map<std::string, Tally>& tallies);

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_CAMPAIGN_H_
