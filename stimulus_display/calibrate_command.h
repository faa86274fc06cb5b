// evoke-display calibrate: how wide the screen is, and how bright its grays are.
#ifndef EVOKE_STIMULUS_DISPLAY_CALIBRATE_COMMAND_H_
#define EVOKE_STIMULUS_DISPLAY_CALIBRATE_COMMAND_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "stimulus_display/command_line.h"

namespace evoke {

struct CalibrateOptions {
  CLI::App* screen = nullptr;  // the two commands, after AddCalibrate()
  CLI::App* gamma = nullptr;
  std::string channels = "gray";
  int steps = 17;
  std::string table = "gamma.csv";
  std::string readings;  // to read instead of measuring
};

// Adds the commands to the program's command line.
void AddCalibrate(CLI::App& app, CalibrateOptions* options);

// Runs the one that was asked for, on the screen of the settings. On the main thread.
absl::Status Calibrate(const CalibrateOptions& options, const DisplaySettings& settings);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_CALIBRATE_COMMAND_H_
