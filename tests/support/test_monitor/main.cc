// test_monitor: runs a command against a test monitor and writes what was on the glass.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/support/test_monitor/test_monitor.h"

int main(int argc, char** argv) {
  CLI::App app{"Runs COMMAND against a monitor without a panel, and writes its record"};
  evoke::TestMonitorOptions options;
  double nominal_hz = 0;
  double latch_lead_ms = 2;
  double jitter_us = 0;
  std::string record;
  std::vector<std::string> command;
  app.add_option("--hz", options.scanout.hz, "The true rate")->capture_default_str();
  app.add_option("--nominal-hz", nominal_hz, "The rate that it says it has; the true one if 0");
  app.add_option("--latch-lead-ms", latch_lead_ms,
                 "From the last moment for a commit to the vblank")
      ->capture_default_str();
  app.add_option("--miss", options.scanout.miss_probability, "Probability of a missed vblank");
  app.add_option("--jitter-us", jitter_us, "Standard deviation of the stamps");
  app.add_option("--outliers", options.scanout.outlier_probability, "Probability, of stamps");
  app.add_option("--seed", options.scanout.seed, "Of misses and jitter");
  app.add_flag("--raw-clock", options.compositor.raw_clock, "Stamps of CLOCK_MONOTONIC_RAW");
  app.add_option("--width", options.compositor.width, "Pixels")->capture_default_str();
  app.add_option("--height", options.compositor.height, "Pixels")->capture_default_str();
  app.add_option("--record", record, "CSV file, a line for each vblank");
  app.add_option("command", command, "With its arguments")->required();
  app.positionals_at_end();
  CLI11_PARSE(app, argc, argv);
  options.compositor.nominal_hz = nominal_hz > 0 ? nominal_hz : options.scanout.hz;
  options.scanout.latch_lead = absl::Milliseconds(latch_lead_ms);
  options.scanout.stamp_jitter = absl::Microseconds(jitter_us);
  options.look = [](const evoke::Picture& picture) {
    evoke::Sight sight;
    sight.patch = picture.Rgb(0, 0);
    sight.crc = Crc32(picture.ToImage());
    return sight;
  };

  const auto monitor = evoke::TestMonitor::Start(options);
  if (!monitor.ok()) {
    std::fprintf(stderr, "test_monitor: %s\n", std::string(monitor.status().message()).c_str());
    return 1;
  }
  (*monitor)->PointClientsHere();
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    execvp(arguments[0], arguments.data());
    std::perror(arguments[0]);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);

  FILE* const file = record.empty() ? nullptr : std::fopen(record.c_str(), "w");
  if (file != nullptr) {
    std::fputs("vblank,nanos,stamp_nanos,commit,commit_nanos,missed_commit,late_nanos,patch,crc\n",
               file);
    for (const evoke::MonitorFrame& frame : (*monitor)->Frames()) {
      std::fprintf(file, "%ld,%ld,%ld,%ld,%ld,%ld,%ld,%06x,%08x\n", frame.vblank, frame.nanos,
                   frame.stamp_nanos, frame.commit, frame.commit_nanos, frame.missed_commit,
                   frame.late_nanos, frame.sight.patch, frame.sight.crc);
    }
    std::fclose(file);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
