// TT-cross against random search at the same budget, on the shipped generator and network.
//
// The units are drawn by a rule, not by hand: from the two deepest layers, by a fixed seed, among
// those that answer to at least one of twenty natural images (a silent unit has no best stimulus).
// Both methods get the same units, seeds and noise. The recommended stimulus is measured again
// without noise: its expected spike count.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/mutex.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "server/generator/generator.h"
#include "server/optimizer/factory.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/networks/tensor_memory.h"
#include "sim_backend/training/cifar10.h"

namespace evoke {
namespace {

const std::vector<int> kBudgets = {100, 300, 1000};

struct Run {
  std::string unit;
  int seed = 0;
  bool noisy = false;
  bool tt_cross = false;
  std::vector<double> recommended;  // expected count of the recommendation, at each budget
};

double CountOf(const StepSpikes& steps) {
  double sum = 0;
  for (const float n : steps) sum += n;
  return sum;
}

absl::StatusOr<std::vector<Image>> NaturalImages() {
  ImageSet set;
  EVOKE_RETURN_IF_ERROR(AppendCifar10File("tests/data/cifar10_test_20.bin", set));
  std::vector<Image> images;
  for (int i = 0; i < set.size(); ++i) images.push_back(set.image(i));
  return images;
}

// Half of `count` from each of the two deepest layers, and of the last but one every second a
// single position.
absl::StatusOr<std::vector<std::string>> DrawUnits(const Network& network, int count) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, NaturalImages());
  Rng rng(20240110);
  std::vector<std::string> drawn;
  const int deepest = static_cast<int>(network.layers().size()) - 1;
  while (static_cast<int>(drawn.size()) < count) {
    const int n = static_cast<int>(drawn.size());
    const NetworkLayer& layer =
        network.layers()[static_cast<size_t>(n < count / 2 ? deepest - 1 : deepest)];
    std::string name = absl::StrCat(layer.name, "/", rng.Index(layer.channels));
    if (layer.rows > 1 && n % 2 == 1) {
      absl::StrAppend(&name, "@", rng.Index(layer.rows), ",", rng.Index(layer.cols));
    }
    if (std::find(drawn.begin(), drawn.end(), name) != drawn.end()) continue;
    EVOKE_ASSIGN_OR_RETURN(const NetworkUnit unit, ParseUnit(network.layers(), name));
    EVOKE_ASSIGN_OR_RETURN(const auto responses, network.Respond(images, {unit}));
    if (std::any_of(responses.begin(), responses.end(),
                    [](const auto& r) { return CountOf(r[0]) > 0; })) {
      drawn.push_back(name);
    }
  }
  return drawn;
}

absl::Status Search(const Generator& generator, const Network& network, Run* run) {
  EVOKE_ASSIGN_OR_RETURN(const NetworkUnit unit, ParseUnit(network.layers(), run->unit));
  const auto expected =
      [&](const std::vector<LatentPoint>& points) -> absl::StatusOr<std::vector<double>> {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator.Decode(points));
    EVOKE_ASSIGN_OR_RETURN(const auto responses, network.Respond(images, {unit}));
    std::vector<double> counts;
    for (const auto& response : responses) counts.push_back(CountOf(response[0]));
    return counts;
  };
  OptimizerOptions options;
  if (!run->tt_cross) options = RandomSearchOptions();
  EVOKE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Optimizer> optimizer,
      CreateOptimizer(options, generator.latent_space(), static_cast<uint64_t>(run->seed)));
  Rng noise(MixSeed({static_cast<uint64_t>(run->seed), HashText(run->unit)}));
  int shown = 0;
  for (int budget : kBudgets) {
    while (shown < budget) {
      EVOKE_ASSIGN_OR_RETURN(std::vector<LatentPoint> batch, optimizer->Ask());
      if (static_cast<int>(batch.size()) > budget - shown) {
        batch.resize(static_cast<size_t>(budget - shown));
        EVOKE_RETURN_IF_ERROR(optimizer->Adopt(batch));
      }
      EVOKE_ASSIGN_OR_RETURN(const std::vector<double> counts, expected(batch));
      std::vector<Observation> observations;
      for (double count : counts) {
        const double seen = run->noisy ? static_cast<double>(noise.Poisson(count)) : count;
        observations.push_back(
            {.score = seen, .variance = run->noisy ? seen + 0.5 : 0.0, .trials = 1});
      }
      EVOKE_RETURN_IF_ERROR(optimizer->Tell(observations));
      shown += static_cast<int>(batch.size());
    }
    EVOKE_ASSIGN_OR_RETURN(const Recommendation best, optimizer->Best());
    EVOKE_ASSIGN_OR_RETURN(const std::vector<double> again, expected({best.point}));
    run->recommended.push_back(again[0]);
  }
  return absl::OkStatus();
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

// Two-sided sign test: the probability of a split at least as uneven if neither were better.
double SignTest(int wins, int losses) {
  const int n = wins + losses;
  double tail = 0;
  for (int k = std::max(wins, losses); k <= n; ++k) {
    tail += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) -
                     n * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

void Report(const std::vector<Run>& runs, const std::vector<std::string>& units, int seeds) {
  const auto find = [&](const std::string& unit, int seed, bool noisy, bool tt) -> const Run& {
    return *std::find_if(runs.begin(), runs.end(), [&](const Run& r) {
      return r.unit == unit && r.seed == seed && r.noisy == noisy && r.tt_cross == tt;
    });
  };
  for (const bool noisy : {false, true}) {
    std::cout << "\n"
              << (noisy ? "Poisson counts" : "Noise-free") << ": expected spikes of the recommended"
              << " stimulus, median over " << seeds << " seeds, TT-cross / random\n\n| unit |";
    for (int b : kBudgets) std::cout << " " << b << " |";
    std::cout << " won at " << kBudgets.back() << " |\n|---|";
    for (size_t i = 0; i <= kBudgets.size(); ++i) std::cout << "---:|";
    std::cout << "\n";
    std::vector<int> wins(kBudgets.size()), losses(kBudgets.size());
    std::vector<std::vector<double>> ratios(kBudgets.size());
    for (const std::string& unit : units) {
      std::cout << "| `" << unit << "` |";
      int won = 0;
      for (size_t b = 0; b < kBudgets.size(); ++b) {
        std::vector<double> tt, random;
        won = 0;
        for (int seed = 1; seed <= seeds; ++seed) {
          tt.push_back(find(unit, seed, noisy, true).recommended[b]);
          random.push_back(find(unit, seed, noisy, false).recommended[b]);
          wins[b] += tt.back() > random.back();
          losses[b] += tt.back() < random.back();
          won += tt.back() > random.back();
          ratios[b].push_back((tt.back() + 1) / (random.back() + 1));
        }
        std::cout << absl::StrFormat(" %.6g / %.6g |", Median(tt), Median(random));
      }
      std::cout << absl::StrFormat(" %d of %d |\n", won, seeds);
    }
    std::cout << "\n";
    for (size_t b = 0; b < kBudgets.size(); ++b) {
      const std::string key =
          absl::StrCat("optimizer.tt_cross_vs_random.", noisy ? "poisson." : "clean.", kBudgets[b]);
      std::cout << absl::StrFormat(
          "figure %s.median_ratio %.3f\nfigure %s.wins %d\nfigure %s.losses %d\nfigure "
          "%s.sign_test_p %.2g\n",
          key, Median(ratios[b]), key, wins[b], key, losses[b], key, SignTest(wins[b], losses[b]));
    }
  }
}

absl::Status Main(const std::string& models, int unit_count, int seeds, int threads) {
  EVOKE_ASSIGN_OR_RETURN(const auto generator, LoadGenerator(models, "vqvae-cifar10"));
  EVOKE_ASSIGN_OR_RETURN(const auto network, LoadNetwork(models, "snn-cifar10"));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<std::string> units, DrawUnits(*network, unit_count));
  std::vector<Run> runs;
  for (const std::string& unit : units) {
    for (int seed = 1; seed <= seeds; ++seed) {
      for (const bool noisy : {false, true}) {
        for (const bool tt : {false, true}) runs.push_back({unit, seed, noisy, tt, {}});
      }
    }
  }
  std::atomic<size_t> next = 0;
  Mutex mutex;
  absl::Status failure;
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&] {
      for (size_t i; (i = next++) < runs.size();) {
        const absl::Status status = Search(*generator, *network, &runs[i]);
        MutexLock lock(&mutex);
        if (!status.ok()) failure = status;
        std::fprintf(stderr, "\r%zu of %zu searches", i + 1, runs.size());
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  std::fprintf(stderr, "\n");
  EVOKE_RETURN_IF_ERROR(failure);
  Report(runs, units, seeds);
  return absl::OkStatus();
}

}  // namespace
}  // namespace evoke

int main(int argc, char** argv) {
  evoke::KeepFreedMemory();
  CLI::App app{"TT-cross against random search on the shipped models"};
  std::string models = "deploy/models";
  int units = 8, seeds = 5, threads = 2;
  app.add_option("--models", models)->capture_default_str();
  app.add_option("--units", units)->check(CLI::Range(2, 64))->capture_default_str();
  app.add_option("--seeds", seeds)->check(CLI::Range(1, 100))->capture_default_str();
  app.add_option("--threads", threads)->check(CLI::Range(1, 256))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = evoke::Main(models, units, seeds, threads);
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
