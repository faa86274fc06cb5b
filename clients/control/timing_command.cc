#include "clients/control/timing_command.h"

#include <algorithm>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "clients/control/spec_file.h"
#include "clients/control/timing_report.h"
#include "common/figure/image_file.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

class TimingCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand(
        "timing",
        "Judge the timing log of a display (evoke-display --timing-log); needs no server");
    command->footer(
        "The limits are presentation.timing_limits of the experiments in the log, unless others "
        "are given. Exit code 6: outside of them.");
    command->add_option("FILE", file_, "The log")->required();
    command->add_option("--limits", limits_,
                        "A specification (*.textproto, *.json) whose presentation.timing_limits "
                        "count instead of those in the log");
    command->add_option("--png", png_, "Write histograms of intervals and onsets to this file");
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    EVOKE_ASSIGN_OR_RETURN(const TimingData data, ReadTimingData(file_));
    std::vector<TimingVerdict> verdicts;
    if (!limits_.empty()) {
      EVOKE_ASSIGN_OR_RETURN(const v1::Experiment spec, ReadSpec(limits_, *context.in));
      if (!spec.presentation().has_timing_limits()) {
        return absl::InvalidArgumentError(
            absl::StrCat(limits_,
                         ": has no presentation.timing_limits; for example "
                         "timing_limits { max_late_share: 0.01 }"));
      }
      verdicts.push_back({limits_, CheckLimits(data, spec.presentation().timing_limits())});
    } else {
      for (const auto& [experiment, limits] : data.limits) {
        verdicts.push_back({experiment, CheckLimits(data, limits)});
      }
    }
    if (!png_.empty()) {
      EVOKE_ASSIGN_OR_RETURN(const Image picture, DrawTiming(data));
      EVOKE_RETURN_IF_ERROR(WritePng(png_, picture));
    }
    if (context.json) {
      *context.out << TimingJson(data, verdicts) << "\n";
    } else {
      *context.out << TimingText(data, verdicts);
      if (verdicts.empty()) {
        *context.out << "no verdict: the log has no limits; give some by --limits\n";
      }
      if (!png_.empty()) *context.out << "written to " << png_ << "\n";
    }
    const bool kept = std::all_of(verdicts.begin(), verdicts.end(),
                                  [](const TimingVerdict& v) { return v.kept(); });
    return kept ? ExitCode::kSuccess : ExitCode::kBeyondLimits;
  }

 private:
  std::string file_;
  std::string limits_;
  std::string png_;
};

}  // namespace

std::unique_ptr<Command> NewTimingCommand() { return std::make_unique<TimingCommand>(); }

}  // namespace evoke
