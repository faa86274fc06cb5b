// server_benchmark: how fast the loop is with one experiment, and with hundreds.
#include <cstdio>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "common/torch/torch_threads.h"
#include "spdlog/spdlog.h"
#include "tests/bench/server/load.h"

namespace {

void Print(const char* what, const evoke::Spread& s) {
  std::printf("  %-52s p50 %7.3f  p99 %7.3f  max %8.3f ms  (%d)\n", what, s.p50_ms, s.p99_ms,
              s.max_ms, s.count);
}

absl::StatusOr<evoke::LoadResult> Measure(const evoke::LoadOptions& options) {
  absl::StatusOr<evoke::LoadResult> result = evoke::MeasureLoad(options);
  if (!result.ok()) return result;
  std::printf(
      "%d experiments, %d clients%s: %.0f trials/s", options.experiments, 2 * options.experiments,
      options.watchers == 0 ? "" : absl::StrCat(", ", options.watchers, " deaf watchers").c_str(),
      result->trials_per_s);
  if (result->failed > 0) {
    std::printf("; %lld reports came to nothing", static_cast<long long>(result->failed));
  }
  std::printf("\n");
  Print("last response to first lease, less the generator", result->turnaround);
  Print("report to durable acknowledgement", result->acknowledged);
  Print("a bare write and fdatasync, before", result->sync);
  std::fflush(stdout);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "One server with many experiments, each with a display and a backend that answer at once: "
      "random search over Gabor patches, a ledger on disk, gRPC over the loopback, all in this "
      "process. The ledger's folder decides how fast a sync is."};
  evoke::LoadOptions options;
  options.folder = "build/server_benchmark";
  std::vector<int> experiments = {1, 10, 100, 200};
  double seconds = 10, soak_minutes = 0;
  int watchers = 50;
  app.add_option("--experiments", experiments, "How many at a time, one measurement each");
  app.add_option("--seconds", seconds, "Of each measurement, after 2 s to warm up")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();
  app.add_option("--watchers", watchers, "That read nothing, in one more measurement; 0: without")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--soak", soak_minutes, "Also runs 20 experiments for so long; reports memory")
      ->check(CLI::Range(0.0, 10000.0))
      ->capture_default_str();
  app.add_option("--folder", options.folder, "For the ledger")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  spdlog::set_level(spdlog::level::warn);
  evoke::SetTorchThreads(1);
  options.time = absl::Seconds(seconds);
  std::string figures;
  const auto fail = [](const absl::Status& status) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 1;
  };
  for (const int count : experiments) {
    options.experiments = count;
    const auto result = Measure(options);
    if (!result.ok()) return fail(result.status());
    absl::StrAppend(&figures, "figure server.turnaround_p99_ms.", count, " ",
                    result->turnaround.p99_ms, "\nfigure server.ack_p99_ms.", count, " ",
                    result->acknowledged.p99_ms, "\nfigure server.trials_per_s.", count, " ",
                    result->trials_per_s, "\n");
  }
  if (watchers > 0) {
    options.experiments = 1;
    options.watchers = watchers;
    const auto result = Measure(options);
    if (!result.ok()) return fail(result.status());
    absl::StrAppend(&figures, "figure server.turnaround_p99_ms.watched ", result->turnaround.p99_ms,
                    "\n");
    options.watchers = 0;
  }
  if (soak_minutes > 0) {
    double first = 0, last = 0;
    options.experiments = 20;
    options.trials_per_experiment = 500;
    options.time = absl::Minutes(soak_minutes);
    options.on_second = [&](absl::Duration so_far) {
      last = evoke::ResidentMegabytes();
      if (first == 0 && so_far >= absl::Minutes(1)) {
        first = last;
        std::printf("after a minute: %.1f MB\n", first);
        std::fflush(stdout);
      }
    };
    const auto result = Measure(options);
    if (!result.ok()) return fail(result.status());
    std::printf("after %.0f minutes: %.1f MB\n", soak_minutes, last);
    absl::StrAppend(&figures, "figure server.rss_growth_mb ", last - first, "\n");
  }
  std::printf("%s", figures.c_str());
  return 0;
}
