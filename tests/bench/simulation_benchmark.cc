// The event-driven simulation against dense ones of the same networks, in one run.
//
// Peers: plain LibTorch (plain_torch_network.h), and the project's own dense reference
// (TorchNetwork), which is faster: its neurons step in one fused kernel and it computes once what
// does not change over the steps. Times are processor time, medians over the runs, in turn.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "common/torch/torch_threads.h"
#include "common/weights_file.h"
#include "server/generator/generator.h"
#include "sim_backend/networks/engine/spiking_network.h"
#include "sim_backend/networks/tensor_memory.h"
#include "sim_backend/networks/torch_network.h"
#include "sim_backend/training/image_set.h"
#include "tests/bench/plain_torch_network.h"

namespace evoke {
namespace {

struct Flags {
  std::string models = "deploy/models";
  std::string small = "snn-cifar10";
  std::string resnet = "snn-resnet18-cifar10";
  std::string generator = "vqvae-cifar10";
  std::vector<std::string> decoders = {"vqvae-cifar10", "sngan-cifar10"};
  std::string images;
  int runs = 7;
  int equal = 200;
};

double Seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// Runs all in turn, `runs` times after a first one that does not count; the median of each, in
// seconds.
std::vector<double> Times(int runs, clockid_t clock,
                          const std::vector<std::function<void()>>& all) {
  std::vector<std::vector<double>> times(all.size());
  for (int r = -1; r < runs; ++r) {
    for (size_t i = 0; i < all.size(); ++i) {
      const double begin = Seconds(clock);
      all[i]();
      if (r >= 0) times[i].push_back(Seconds(clock) - begin);
    }
  }
  std::vector<double> medians;
  for (const std::vector<double>& of_one : times) medians.push_back(Median(of_one));
  return medians;
}

absl::StatusOr<std::vector<Image>> Images(const Flags& flags, int count) {
  std::vector<Image> images;
  if (!flags.images.empty()) {
    EVOKE_ASSIGN_OR_RETURN(const TrainingData data, LoadTrainingData(flags.images));
    for (int i = 0; i < std::min(count, data.test.size()); ++i) {
      images.push_back(data.test.image(i));
    }
    return images;
  }
  // What an experiment shows: the generator's images of random points.
  EVOKE_ASSIGN_OR_RETURN(const auto generator, LoadGenerator(flags.models, flags.generator));
  Rng rng(7);
  for (int i = 0; i < count; ++i) {
    EVOKE_ASSIGN_OR_RETURN(std::vector<Image> one,
                           generator->Decode({generator->latent_space().Sample(rng)}));
    images.push_back(std::move(one[0]));
  }
  return images;
}

struct Networks {
  std::unique_ptr<SpikingNetwork> events;
  std::unique_ptr<PlainTorchNetwork> plain;
  std::unique_ptr<TorchNetwork> fused;
};

absl::StatusOr<Networks> Load(const WeightsFile& file, int steps, int batch) {
  Networks networks;
  EVOKE_ASSIGN_OR_RETURN(networks.events,
                         SpikingNetwork::Create(file, {.steps = steps, .threads = 1}));
  EVOKE_ASSIGN_OR_RETURN(networks.plain, PlainTorchNetwork::Create(file, steps));
  EVOKE_ASSIGN_OR_RETURN(networks.fused,
                         TorchNetwork::Create(file, {.steps = steps, .batch = batch}));
  return networks;
}

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Spikes per neuron and step, of each layer.
absl::StatusOr<std::vector<double>> Rates(const Network& network,
                                          const std::vector<Image>& images) {
  std::vector<double> rates;
  for (int l = 0; l < static_cast<int>(network.layers().size()); ++l) {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<float> counts, network.LayerCounts(images, l));
    rates.push_back(Mean({counts.begin(), counts.end()}) / network.steps());
  }
  return rates;
}

absl::Status PrintRates(const std::string& name, const WeightsFile& file,
                        const std::vector<Image>& images) {
  EVOKE_ASSIGN_OR_RETURN(const auto network, SpikingNetwork::Create(file));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<double> rates, Rates(*network, images));
  std::printf("%s, spikes per neuron and step:", name.c_str());
  for (size_t l = 0; l < rates.size(); ++l) {
    std::printf(" %s %.3f", network->layers()[l].name.c_str(), rates[l]);
  }
  std::printf("\n");
  return absl::OkStatus();
}

NetworkUnit Deepest(const Network& network) {
  return {static_cast<int>(network.layers().size()) - 1, 0, -1, -1};
}

// One unit of the class layer: the whole network has to run.
absl::Status Whole(const std::string& figure, const WeightsFile& file, int steps,
                   const std::vector<Image>& images, const Flags& flags,
                   std::vector<std::string>& figures) {
  EVOKE_ASSIGN_OR_RETURN(const Networks networks,
                         Load(file, steps, static_cast<int>(images.size())));
  const std::vector<NetworkUnit> unit = {Deepest(*networks.events)};
  const std::vector<double> t = Times(flags.runs, CLOCK_PROCESS_CPUTIME_ID,
                                      {[&] { (void)networks.events->Respond(images, unit); },
                                       [&] { (void)networks.plain->Classes(images); },
                                       [&] { (void)networks.fused->Respond(images, unit); }});
  const double n = static_cast<double>(images.size());
  std::printf("%-18s %8.2f ms %8.2f ms %8.2f ms %8.1fx %8.1fx\n", figure.c_str(), 1e3 * t[0] / n,
              1e3 * t[1] / n, 1e3 * t[2] / n, t[1] / t[0], t[2] / t[0]);
  figures.push_back(absl::StrFormat("figure sim.%s %.2f", figure, t[1] / t[0]));
  figures.push_back(absl::StrFormat("figure sim.%s.fused %.2f", figure, t[2] / t[0]));
  return absl::OkStatus();
}

// The whole network with neurons more or less easily excited: is there a rate from which on a dense
// simulation is faster?
absl::Status ForcedRates(const WeightsFile& file, const std::vector<Image>& images,
                         const Flags& flags, std::vector<std::string>& figures) {
  double least = 1e9;
  std::printf("forced rates: spikes per neuron and step, events, fused torch\n");
  for (const float excitation : {-1.0f, -0.5f, 0.0f, 0.5f, 1.0f, 2.0f, 4.0f}) {
    WeightsFile forced = file;
    for (auto& [name, tensor] : forced.tensors) {
      if (!absl::EndsWith(name, ".norm.bias") || absl::StartsWith(name, "conv1.")) continue;
      for (float& bias : tensor.values) bias += excitation;
    }
    EVOKE_ASSIGN_OR_RETURN(const Networks networks,
                           Load(forced, 50, static_cast<int>(images.size())));
    EVOKE_ASSIGN_OR_RETURN(const std::vector<double> rates, Rates(*networks.events, images));
    const std::vector<NetworkUnit> unit = {Deepest(*networks.events)};
    const std::vector<double> t = Times(flags.runs, CLOCK_PROCESS_CPUTIME_ID,
                                        {[&] { (void)networks.events->Respond(images, unit); },
                                         [&] { (void)networks.fused->Respond(images, unit); }});
    const double n = static_cast<double>(images.size());
    std::printf("%18.3f %8.2f ms %8.2f ms %8.1fx\n", Mean(rates), 1e3 * t[0] / n, 1e3 * t[1] / n,
                t[1] / t[0]);
    least = std::min(least, t[1] / t[0]);
  }
  figures.push_back(absl::StrFormat("figure sim.any_rate.fused %.2f", least));
  return absl::OkStatus();
}

// A unit at the end of the first block (of a ResNet) or the second layer, against the peer's whole
// network, and the whole network against one with the target there.
absl::Status FirstBlock(const WeightsFile& file, const std::vector<Image>& images,
                        const Flags& flags, std::vector<std::string>& figures) {
  EVOKE_ASSIGN_OR_RETURN(const Networks networks, Load(file, 50, 10));
  int layer = 1;
  for (size_t l = 0; l < networks.events->layers().size(); ++l) {
    if (networks.events->layers()[l].name == "layer1.0.2") layer = static_cast<int>(l);
  }
  const std::vector<NetworkUnit> unit = {{layer, 0, -1, -1}};
  const std::vector<double> t = Times(flags.runs, CLOCK_PROCESS_CPUTIME_ID,
                                      {[&] { (void)networks.events->Respond(images, unit); },
                                       [&] { (void)networks.plain->Classes(images); }});
  std::printf("target %s: %.3f ms an image, the peer's whole network %.2f ms: %.1fx\n",
              networks.events->layers()[layer].name.c_str(), 1e3 * t[0] / 10, 1e3 * t[1] / 10,
              t[1] / t[0]);
  figures.push_back(absl::StrFormat("figure sim.first_block %.1f", t[1] / t[0]));
  return absl::OkStatus();
}

absl::Status TwoThreads(const WeightsFile& file, const std::vector<Image>& images,
                        const Flags& flags, std::vector<std::string>& figures) {
  EVOKE_ASSIGN_OR_RETURN(const auto one, SpikingNetwork::Create(file, {.threads = 1}));
  EVOKE_ASSIGN_OR_RETURN(const auto two, SpikingNetwork::Create(file, {.threads = 2}));
  const std::vector<NetworkUnit> unit = {Deepest(*one)};
  const std::vector<double> t =
      Times(flags.runs, CLOCK_MONOTONIC,
            {[&] { (void)one->Respond(images, unit); }, [&] { (void)two->Respond(images, unit); }});
  std::printf("two threads: %.2fx (wall time of %d images)\n", t[0] / t[1],
              static_cast<int>(images.size()));
  figures.push_back(absl::StrFormat("figure sim.threads2 %.2f", t[0] / t[1]));
  return absl::OkStatus();
}

// The share of images whose counts, of every neuron in every layer, are those of the reference in
// double precision; and of the reference in single precision.
absl::Status Equality(const std::string& figure, const WeightsFile& file,
                      const std::vector<Image>& images, std::vector<std::string>& figures) {
  EVOKE_ASSIGN_OR_RETURN(const auto events, SpikingNetwork::Create(file, {.threads = 1}));
  EVOKE_ASSIGN_OR_RETURN(const auto fp32, TorchNetwork::Create(file, {}));
  EVOKE_ASSIGN_OR_RETURN(
      const auto fp64,
      TorchNetwork::Create(file, {.precision = TorchNetworkOptions::Precision::kFloat64}));
  std::vector<bool> equal(images.size(), true);
  std::vector<bool> equal32(images.size(), true);
  for (int l = 0; l < static_cast<int>(events->layers().size()); ++l) {
    for (size_t i = 0; i < images.size(); ++i) {
      EVOKE_ASSIGN_OR_RETURN(const auto expected, fp64->LayerCounts({images[i]}, l));
      EVOKE_ASSIGN_OR_RETURN(const auto ours, events->LayerCounts({images[i]}, l));
      EVOKE_ASSIGN_OR_RETURN(const auto single, fp32->LayerCounts({images[i]}, l));
      equal[i] = equal[i] && ours == expected;
      equal32[i] = equal32[i] && single == expected;
    }
  }
  const auto share = [&](const std::vector<bool>& of) {
    return static_cast<double>(std::count(of.begin(), of.end(), true)) /
           static_cast<double>(of.size());
  };
  std::printf(
      "%s: all counts of an image equal those in double precision: event-driven %.4f, "
      "dense in single precision %.4f, of %d images\n",
      figure.c_str(), share(equal), share(equal32), static_cast<int>(images.size()));
  figures.push_back(absl::StrFormat("figure sim.counts_equal.%s %.4f", figure, share(equal)));
  figures.push_back(
      absl::StrFormat("figure sim.counts_equal.%s.fp32 %.4f", figure, share(equal32)));
  return absl::OkStatus();
}

// What a trial's image costs before the network sees it.
absl::Status Decoding(const Flags& flags, const WeightsFile& small,
                      std::vector<std::string>& figures) {
  EVOKE_ASSIGN_OR_RETURN(const auto network, SpikingNetwork::Create(small, {.threads = 1}));
  const std::vector<NetworkUnit> unit = {Deepest(*network)};
  for (const std::string& name : flags.decoders) {
    EVOKE_ASSIGN_OR_RETURN(const auto generator, LoadGenerator(flags.models, name));
    Rng rng(7);
    std::vector<LatentPoint> points;
    for (int i = 0; i < 64; ++i) points.push_back(generator->latent_space().Sample(rng));
    EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, generator->Decode(points));
    const std::vector<double> t = Times(
        flags.runs, CLOCK_PROCESS_CPUTIME_ID,
        {[&] { (void)generator->Decode(points); }, [&] { (void)network->Respond(images, unit); }});
    std::printf("decode of 64 images, %s: %.1f ms, %.0f %% of decode and small network\n",
                name.c_str(), 1e3 * t[0], 100 * t[0] / (t[0] + t[1]));
    figures.push_back(absl::StrFormat("figure decode64_ms.%s %.1f", name, 1e3 * t[0]));
  }
  return absl::OkStatus();
}

absl::Status Measure(const Flags& flags) {
  EVOKE_ASSIGN_OR_RETURN(const WeightsFile small, ReadModel(flags.models, flags.small));
  EVOKE_ASSIGN_OR_RETURN(const WeightsFile resnet, ReadModel(flags.models, flags.resnet));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, Images(flags, std::max(flags.equal, 64)));
  if (images.size() < 64) return absl::InvalidArgumentError("--images: fewer than 64");
  const std::vector<Image> ten(images.begin(), images.begin() + 10);
  const std::vector<Image> many(images.begin(), images.begin() + 64);
  std::printf("kernel: %s; one thread, processor time per image\n\n", BestKernel().name);
  EVOKE_RETURN_IF_ERROR(PrintRates("small", small, ten));
  EVOKE_RETURN_IF_ERROR(PrintRates("resnet", resnet, ten));
  std::printf("\n%-18s %11s %11s %11s %9s %9s\n", "", "events", "plain torch", "fused torch",
              "plain", "fused");
  std::vector<std::string> figures;
  EVOKE_RETURN_IF_ERROR(Whole("small.n10t50", small, 50, ten, flags, figures));
  EVOKE_RETURN_IF_ERROR(Whole("resnet.n10t50", resnet, 50, ten, flags, figures));
  EVOKE_RETURN_IF_ERROR(Whole("small.n64t4", small, 4, many, flags, figures));
  EVOKE_RETURN_IF_ERROR(Whole("resnet.n64t4", resnet, 4, many, flags, figures));
  std::printf("\n");
  EVOKE_RETURN_IF_ERROR(FirstBlock(resnet, ten, flags, figures));
  EVOKE_RETURN_IF_ERROR(ForcedRates(resnet, ten, flags, figures));
  EVOKE_RETURN_IF_ERROR(TwoThreads(resnet, many, flags, figures));
  EVOKE_RETURN_IF_ERROR(Decoding(flags, small, figures));
  const std::vector<Image> equal(images.begin(), images.begin() + flags.equal);
  EVOKE_RETURN_IF_ERROR(Equality("small", small, equal, figures));
  const std::vector<Image> fewer(equal.begin(), equal.begin() + std::min<size_t>(equal.size(), 64));
  EVOKE_RETURN_IF_ERROR(Equality("resnet", resnet, fewer, figures));
  for (const std::string& figure : figures) std::printf("%s\n", figure.c_str());
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  KeepFreedMemory();
  Flags flags;
  CLI::App app{"The event-driven simulation against dense ones of the same networks"};
  app.add_option("--models", flags.models, "Folder of the models")->capture_default_str();
  app.add_option("--small", flags.small, "The small network")->capture_default_str();
  app.add_option("--resnet", flags.resnet, "The ResNet")->capture_default_str();
  app.add_option("--generator", flags.generator, "Makes the images, if there are none")
      ->capture_default_str();
  app.add_option("--decoders", flags.decoders, "Generators whose decoding is measured")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--images", flags.images, "Test images: cifar10:DIR or fashion-mnist[:DIR]");
  app.add_option("--runs", flags.runs, "Runs that the medians are taken over")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--equal", flags.equal, "Images whose counts are compared")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  SetTorchThreads(1);
  const absl::Status status = Measure(flags);
  if (status.ok()) return 0;
  std::fprintf(stderr, "simulation_benchmark: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace evoke

int main(int argc, char** argv) { return evoke::Main(argc, argv); }
