// The command line of evoke-display: everything that sets up a display, and its file.
#ifndef EVOKE_STIMULUS_DISPLAY_COMMAND_LINE_H_
#define EVOKE_STIMULUS_DISPLAY_COMMAND_LINE_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "clients/api/connection_flags.h"
#include "stimulus_display/client/display_loop.h"
#include "stimulus_display/presenter/presenter.h"
#include "stimulus_display/presenter/render_thread.h"
#include "stimulus_display/screen/mirror_window.h"
#include "stimulus_display/screen/sdl_screen.h"

namespace evoke {

// AddTo() names the options; once they are parsed, Resolve() turns the texts among them into the
// options of the parts. Every option can stand in the file of --config too.
class DisplaySettings {
 public:
  void AddTo(CLI::App& app);
  // INVALID_ARGUMENT or NOT_FOUND, naming the option and what it takes.
  absl::Status Resolve();

  std::string name = "display-1";
  ConnectionFlags connection;
  DisplayLoopOptions loop;
  SdlScreenOptions screen;
  PresenterOptions presenter;
  RealTimeOptions real_time;
  bool mirror = false;
  MirrorOptions mirror_options;
  std::string capture_folder;  // empty: no capture

 private:
  void AddServer(CLI::App& app);
  void AddScreen(CLI::App& app);
  void AddLook(CLI::App& app);
  void AddTiming(CLI::App& app);
  void AddOperator(CLI::App& app);
  absl::Status ResolveFixation();

  std::string mode_;
  int background_ = 128;
  std::string gamma_table_;
  bool no_patch_ = false;
  std::string patch_corner_ = "bottom-left";
  std::string patch_mode_ = "stimulus";
  std::string fixation_;
  std::string fixation_at_ = "0,0";
  std::string fixation_color_ = "255,0,0";
  std::string fixation_when_ = "between";
  std::string miss_policy_ = "shift";
  double refresh_tolerance_ppm_ = 500;
  double commit_lead_ms_ = 0;
  double light_delay_ms_ = 0;
  bool no_feedback_ = false;
};

// All options of the program, as --config reads them again; `explain` adds what each is for. Those
// without a value are left out: CLI11 writes them as "", which a list would read as an entry.
std::string SettingsText(const CLI::App& app, bool explain);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_COMMAND_LINE_H_
