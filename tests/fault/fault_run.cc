#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status_macros.h"
#include "tests/fault/faults.h"

namespace evoke {
namespace {

constexpr absl::Duration kScoreLimit = absl::Seconds(60);

absl::Status Disturb(const FaultKind& kind, uint64_t seed, Stage& stage) {
  Rng rng(MixSeed({seed, HashText(kind.name)}));
  std::vector<int> moments(1 + rng.Index(kind.most_times));
  // In the last trials, the experiment could end before the fault.
  for (int& moment : moments) moment = rng.Index(kTrialsAtLeast - 6);
  std::sort(moments.begin(), moments.end());
  for (const int moment : moments) {
    EVOKE_RETURN_IF_ERROR(stage.watch().WaitScored(moment, kScoreLimit));
    absl::SleepFor(absl::Milliseconds(rng.Uniform(0, 60)));
    EVOKE_RETURN_IF_ERROR(kind.inject(stage, rng));
    EVOKE_RETURN_IF_ERROR(stage.programs().CheckRunning());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<v1::ExperimentEvent>> RunWhole(const StageOptions& options) {
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Stage> stage, Stage::SetUp(Scenery::kNone, options));
  EVOKE_RETURN_IF_ERROR(stage->Begin());
  return stage->Finish();
}

absl::StatusOr<Verdict> RunWithFault(const FaultKind& kind, uint64_t seed,
                                     const StageOptions& options,
                                     const std::vector<v1::ExperimentEvent>& whole) {
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Stage> stage, Stage::SetUp(kind.scenery, options));
  Verdict verdict;
  const auto failed = [&](const char* when, const absl::Status& status) {
    verdict.diverged.push_back(absl::StrCat(when, ": ", status.message()));
    return verdict;
  };
  if (absl::Status s = stage->Begin(); !s.ok()) return failed("starting", s);
  const absl::Status disturbed = Disturb(kind, seed, *stage);
  if (absl::IsFailedPrecondition(disturbed)) return disturbed;
  if (!disturbed.ok()) return failed(kind.name, disturbed);
  const absl::StatusOr<std::vector<v1::ExperimentEvent>> events = stage->Finish();
  if (!events.ok()) return failed("ending", events.status());
  const std::vector<Acknowledgement> acknowledged = stage->Acknowledgements();
  verdict = Judge(*events, whole, acknowledged, stage->watch().events());
  for (const bool responses : {false, true}) {
    // Otherwise that nothing acknowledged was lost would be said of nothing.
    if (std::none_of(acknowledged.begin(), acknowledged.end(),
                     [&](const Acknowledgement& one) { return one.response == responses; })) {
      verdict.diverged.push_back(absl::StrCat("the ", responses ? "backend" : "display",
                                              " logged no acknowledged report"));
    }
  }
  if (stage->relay() != nullptr) {
    for (std::string& complaint : stage->relay()->complaints()) {
      verdict.doubled.push_back(std::move(complaint));
    }
  }
  return verdict;
}

}  // namespace evoke
