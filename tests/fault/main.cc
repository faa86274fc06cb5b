// fault_harness: runs experiments with random faults, and tells what was lost.
#include <cstdio>
#include <string>

#include "CLI/CLI.hpp"
#include "tests/fault/campaign.h"
#include "tests/support/xvfb.h"

int main(int argc, char** argv) {
  CLI::App app{
      "Runs small experiments with the real programs, each with random faults of one kind, and "
      "compares them with a run without. Each turn takes a few seconds. An interrupted campaign "
      "goes on where it stopped when it is started again with the same seed and folder."};
  evoke::CampaignOptions options;
  options.folder = "build/faults";
  options.stage.bin_dir = EVOKE_BIN_DIR;
  bool list = false;
  app.add_option("--count", options.count, "Runs that count")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Of the order of the faults and of their moments")
      ->capture_default_str();
  app.add_option("--kind", options.kinds, "Only this kind of fault; may be repeated");
  app.add_option("--folder", options.folder, "Keeps results, and what failed runs left")
      ->capture_default_str();
  app.add_option("--programs", options.stage.bin_dir, "Folder of evoke-server and the others")
      ->capture_default_str();
  app.add_flag("--list", list, "Only show the kinds of faults");
  CLI11_PARSE(app, argc, argv);
  if (list) {
    for (const evoke::FaultKind& kind : evoke::FaultKinds()) {
      std::printf("%-16s %s\n", kind.name, kind.what);
    }
    return 0;
  }

  const auto xvfb = evoke::Xvfb::Start(640, 480);
  if (!xvfb.ok()) {
    std::fprintf(stderr, "%s\n", std::string(xvfb.status().message()).c_str());
    return 1;
  }
  options.stage.x_display = (*xvfb)->display();
  const auto tallies = evoke::RunCampaign(options);
  if (!tallies.ok()) {
    std::fprintf(stderr, "%s\n", std::string(tallies.status().message()).c_str());
    return 1;
  }
  std::printf("\n%s\n%s", evoke::FormatTable(*tallies).c_str(),
              evoke::FormatFigures(*tallies).c_str());
  int runs = 0;
  for (const auto& [kind, tally] : *tallies) {
    runs += tally.runs;
    if (tally.lost + tally.doubled + tally.diverged > 0) return 1;
  }
  return runs >= options.count ? 0 : 1;
}
