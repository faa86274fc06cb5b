// Offline experiments over the fake generator and network, on a ledger in memory.
#ifndef EVOKE_TESTS_OFFLINE_OFFLINE_FIXTURE_H_
#define EVOKE_TESTS_OFFLINE_OFFLINE_FIXTURE_H_

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "sim_backend/offline/offline_experiment.h"
#include "tests/support/fake_generator.h"
#include "tests/support/fake_network.h"
#include "tests/support/specs.h"

namespace evoke {

// What two runs of one specification have to agree in.
using TrialOutcome = std::tuple<std::string, int, std::string>;  // stimulus' id, repeat, response

class OfflineTest : public testing::Test {
 protected:
  OfflineTest() {
    parts_.ledger = ledger_.get();
    parts_.clock = clock_.get();
    parts_.network = &network_;
    parts_.generator = std::make_shared<FakeGenerator>();
    parts_.neurons.latency = absl::ZeroDuration();
    parts_.neurons_text = "fake neurons";
    parts_.session = "s1";
    parts_.batch = 5;
  }

  // 24 candidates of 2 repeats, a blank in each block, a confirmation.
  static v1::Experiment Spec(const std::string& unit = "a/0", uint64_t seed = 7) {
    v1::Experiment spec = SmallSpec();
    spec.mutable_optimizer()->set_seed(seed);
    spec.mutable_optimizer()->set_max_candidate_trials(48);
    spec.mutable_presentation()->set_repeats(2);
    spec.mutable_presentation()->set_blanks_per_block(1);
    spec.mutable_presentation()->set_confirmation_repeats(3);
    spec.mutable_objective()->mutable_units(0)->set_unit(unit);
    return spec;
  }

  // The trials in the ledger, by number; the backend's name is left out.
  std::vector<TrialOutcome> Outcome(const Ledger& ledger, const std::string& id) const {
    std::vector<TrialOutcome> outcome;
    const auto trials = ledger.ListTrials("experiments/" + id, 0, 100000);
    EXPECT_TRUE(trials.ok()) << trials.status();
    for (v1::Trial trial : *trials) {
      EXPECT_EQ(trial.state(), v1::Trial::STATE_SUCCEEDED) << trial.name();
      trial.mutable_response()->clear_backend();
      outcome.emplace_back(trial.stimulus().substr(trial.stimulus().rfind('/') + 1), trial.repeat(),
                           trial.response().SerializeAsString());
    }
    return outcome;
  }

  // Opens the experiment and runs it to its end, or for some steps.
  std::unique_ptr<OfflineExperiment> Run(const std::string& id, const v1::Experiment& spec,
                                         int steps = 100000) {
    auto opened = OfflineExperiment::Open(id, spec, parts_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    if (!opened.ok()) return nullptr;
    for (; steps > 0 && !(*opened)->ended(); --steps) {
      const absl::Status status = (*opened)->Step();
      EXPECT_TRUE(status.ok()) << status;
      if (!status.ok()) return nullptr;
    }
    return *std::move(opened);
  }

  const std::unique_ptr<Ledger> ledger_ = NewMemoryLedger();
  const std::unique_ptr<Clock> clock_ = NewSystemClock();
  FakeNetwork network_;
  OfflineParts parts_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_OFFLINE_OFFLINE_FIXTURE_H_
