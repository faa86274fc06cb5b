// The whole path over an emulated rig: server, display, rig, adapter, server. It has to find what
// the direct simulation finds, trial by trial.
#include "gmock/gmock.h"
#include "tests/integration/real_programs.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

v1::Experiment Spec(const std::string& unit) {
  auto spec = ParseText<v1::Experiment>(R"pb(
    optimizer {
      seed: 3
      max_candidate_trials: 24
      tt_cross {}
    }
    generator { model: "vqvae-cifar10" }
    presentation {
      # Longer than a response: in a recording, what one stimulus calls forth would run into the
      # window of the next.
      on_duration { nanos: 60000000 }
      off_duration { nanos: 60000000 }
      max_attempts: 1000
      max_dropped_frames: 1000
      blanks_per_block: 1
      confirmation_repeats: 2
    }
    objective {
      latency_window {
        start { nanos: 50000000 }
        end { nanos: 150000000 }
      }
      baseline_window {
        start { nanos: -50000000 }
        end { nanos: 50000000 }
      }
    }
  )pb");
  spec.mutable_objective()->add_units()->set_unit(unit);
  return spec;
}

struct Rig {
  const char* name;
  std::string unit;
  std::string channels;
  std::vector<std::string> emulator;
};
void PrintTo(const Rig& rig, std::ostream* out) { *out << rig.name; }

class EmulatedRigTest : public RealProgramsTest, public testing::WithParamInterface<Rig> {};

TEST_P(EmulatedRigTest, FindsWhatTheDirectSimulationFinds) {
  response_seconds_ = "20";
  Outcome direct, rig;
  Run(
      Spec("conv3/37@4,4"), "direct.db", [this] { StartSim(); }, [](int) {}, &direct);
  ASSERT_FALSE(HasFailure());
  Run(
      Spec(GetParam().unit), "rig.db",
      [this] {
        std::vector<std::string> emulator = {"--electrodes", "conv3/11@4,4;conv3/37@4,4"};
        emulator.insert(emulator.end(), GetParam().emulator.begin(), GetParam().emulator.end());
        StartRig(emulator, {"--channels", GetParam().channels});
      },
      [](int) {}, &rig);
  ASSERT_FALSE(HasFailure());
  EXPECT_EQ(rig.recommendation, direct.recommendation);
  EXPECT_EQ(rig.score, direct.score);
  EXPECT_EQ(rig.trials, direct.trials);
}

INSTANTIATE_TEST_SUITE_P(
    All, EmulatedRigTest,
    testing::Values(Rig{"OpenEphysZmqInterface",
                        "SE 2/1",
                        "SE 1,SE 2",
                        {"--emulate", "open-ephys", "--line-jitter-ms", "1", "--drift-ppm", "40"}},
                    Rig{"OpenEphysEventBroadcasterBinary",
                        "SE 2/1",
                        "SE 1,SE 2",
                        {"--emulate", "open-ephys", "--plugin", "event-broadcaster", "--format",
                         "binary", "--line-delay-ms", "0", "--line-jitter-ms", "1"}},
                    Rig{"IntanRhx",
                        "A-001/1",
                        "A-000,A-001",
                        {"--emulate", "intan-rhx", "--line-delay-ms", "400", "--line-jitter-ms",
                         "1", "--drift-ppm", "-80"}}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace evoke
