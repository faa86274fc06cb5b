#include "clients/rig/check_command.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "clients/rig/rig_check.h"
#include "common/clock.h"
#include "common/end_signal.h"
#include "common/status_macros.h"

namespace evoke {

CLI::App* CheckCommand::AddTo(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "check",
      "Look at the rig for some seconds: channels, thresholds, rates, stimulus line, clock; ends "
      "with a verdict (exit code 1 if it is not fit for an experiment)");
  recorder.AddTo(command);
  command->add_option("--seconds", seconds, "How long to look")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();
  command->add_flag("--no-line", no_line, "There is no stimulus line: don't miss its pulses");
  return command;
}

absl::Status CheckCommand::Run() const {
  const auto clock = NewSystemClock();
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Recorder> rig, recorder.Make(clock.get()));
  EVOKE_ASSIGN_OR_RETURN(const RigInfo info, rig->Start());
  std::cout << info.program << " (" << info.adapter << "), listening for " << seconds << " s\n"
            << std::flush;
  EVOKE_ASSIGN_OR_RETURN(RigData data, AwaitFirstData(*rig, *clock));
  RigCheck check(rig->sample_rate_hz());
  check.Take(data);
  const int64_t until = clock->MonotonicNanos() + absl::ToInt64Nanoseconds(absl::Seconds(seconds));
  while (clock->MonotonicNanos() < until && !EndAsked()) {
    EVOKE_RETURN_IF_ERROR(rig->Read(absl::Milliseconds(50), &data));
    check.Take(data);
  }
  check.SetThresholds(rig->thresholds_uv());
  EVOKE_RETURN_IF_ERROR(rig->Stop());
  std::cout << check.Report();
  const std::vector<std::string> problems = check.Problems(!no_line);
  if (problems.empty()) {
    std::cout << "verdict: fit for an experiment\n";
    return absl::OkStatus();
  }
  std::cout << "verdict: NOT fit:\n";
  for (const std::string& problem : problems) std::cout << "  - " << problem << "\n";
  return absl::AbortedError("the rig is not fit");
}

}  // namespace evoke
