// evoke-train: trains the image generator and the simulated network.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/torch/torch_threads.h"
#include "sim_backend/networks/tensor_memory.h"
#include "sim_backend/training/classification_task.h"
#include "sim_backend/training/generator_comparison.h"
#include "sim_backend/training/image_set.h"
#include "sim_backend/training/model_card.h"
#include "sim_backend/training/sn_gan_task.h"
#include "sim_backend/training/training_loop.h"
#include "sim_backend/training/vq_vae_task.h"

namespace evoke {
namespace {

struct Flags {
  std::string kind;
  std::string data;
  std::string data_note;
  TrainingOptions training;
  int threads = 1;
  int width = 0;
  double rate = 0;
  int limit = 0;
  std::string stem;                // of spiking-resnet
  int train_steps = 0;             // of spiking networks
  int cutout = 0;                  // of rectified networks
  std::vector<int> export_epochs;  // of networks
  SnGanTraining gan;               // but for its rate
};

// What the card shows: everything that decides the result, without this machine's folders.
std::string Command(const Flags& flags) {
  const std::string data = flags.data.substr(0, flags.data.find(':'));
  const bool folder = data.size() != flags.data.size();
  std::string command =
      absl::StrCat("evoke-train ", flags.kind, " --data ", data, folder ? ":DIR" : "");
  if (!flags.data_note.empty()) absl::StrAppend(&command, " --data-note '", flags.data_note, "'");
  absl::StrAppend(&command, " --out OUT --name ", flags.training.name, " --epochs ",
                  flags.training.epochs, " --batch ", flags.training.batch, " --seed ",
                  flags.training.seed, " --rate ", flags.rate, " --width ", flags.width,
                  " --threads ", flags.threads);
  if (!flags.stem.empty()) absl::StrAppend(&command, " --stem ", flags.stem);
  if (flags.train_steps > 0) absl::StrAppend(&command, " --train-steps ", flags.train_steps);
  if (flags.cutout > 0) absl::StrAppend(&command, " --cutout ", flags.cutout);
  if (flags.kind == "sn-gan") {
    absl::StrAppend(&command, " --d-steps ", flags.gan.discriminator_steps, " --d-rate ",
                    flags.gan.discriminator_rate);
  }
  if (flags.limit > 0) absl::StrAppend(&command, " --limit ", flags.limit);
  if (flags.training.stop_after > 0) {
    absl::StrAppend(&command, " --stop-after ", flags.training.stop_after);
  }
  return command;
}

Architecture ArchitectureOf(const Flags& flags) {
  if (flags.kind == "spiking-resnet") return SpikingResNet18(flags.width, flags.stem == "wide");
  if (flags.kind == "convnet") return ConvNet(flags.width);
  if (flags.kind == "resnet") return ResNet(flags.width);
  return SmallSpikingNetwork(flags.width);
}

std::unique_ptr<TrainingTask> MakeTask(const Flags& flags, const TrainingData& data) {
  if (flags.kind == "sn-gan") {
    SnGanTraining training = flags.gan;
    training.rate = flags.rate;
    const int colors = IsGray(data.train) ? 1 : 3;
    return MakeSnGanTask(SnGanConfig::OfWidth(flags.width, colors), data, training);
  }
  if (flags.kind == "vq-vae") {
    VqVaeConfig config;
    config.width = flags.width;
    config.residual_width = (flags.width + 1) / 2;
    return MakeVqVaeTask(config, data, flags.rate);
  }
  Architecture architecture = ArchitectureOf(flags);
  const ChannelStatistics statistics = Statistics(data.train);
  architecture.mean = statistics.mean;
  architecture.deviation = statistics.deviation;
  if (flags.train_steps > 0) architecture.train_steps = flags.train_steps;
  ClassificationOptions options;
  options.rate = flags.rate;
  if (architecture.neurons == NeuronModel::kRectified) {
    options.optimizer = ClassificationOptions::Optimizer::kSgd;
    options.label_smoothing = 0.1;
    options.cutout = flags.cutout;
  }
  return MakeClassificationTask(architecture, options, data);
}

absl::Status Train(const Flags& flags) {
  if (flags.training.name.find('/') != std::string::npos || flags.training.name.front() == '.') {
    return absl::InvalidArgumentError("--name must be a plain name; --out is the folder");
  }
  EVOKE_ASSIGN_OR_RETURN(TrainingData data, LoadTrainingData(flags.data));
  if (flags.limit > 0) {
    data.train.Truncate(flags.limit);
    data.test.Truncate(flags.limit);
  }
  const std::unique_ptr<TrainingTask> task = MakeTask(flags, data);
  ModelCard card;
  EVOKE_ASSIGN_OR_RETURN(card.training, RunTraining(flags.training, *task));
  if (!flags.export_epochs.empty()) {
    EVOKE_RETURN_IF_ERROR(ExportEpochs(flags.training, flags.export_epochs, *task));
    const int last = static_cast<int>(card.training.curve.size());
    EVOKE_RETURN_IF_ERROR(task->Load(CheckpointPath(flags.training, last)).status());
  }
  card.exported_epochs = flags.export_epochs;
  card.folder = flags.training.folder;
  card.name = flags.training.name;
  card.data = data.name;
  card.data_note = flags.data_note;
  card.command = Command(flags);
  card.test_measure = task->test_measure();
  EVOKE_ASSIGN_OR_RETURN(card.description, task->Export(card.folder, card.name));
  EVOKE_RETURN_IF_ERROR(WriteModelCard(card));
  spdlog::info("wrote {0}/{1}.safetensors and {0}/{1}.md", card.folder, card.name);
  return absl::OkStatus();
}

void AddFlags(CLI::App& command, const std::string& width, Flags& flags) {
  TrainingOptions& training = flags.training;
  command.add_option("--data", flags.data, "cifar10:DIR or fashion-mnist[:DIR]")->required();
  command.add_option("--data-note", flags.data_note,
                     "How this copy of the data differs; for the card");
  command.add_option("--out", training.folder, "Folder of checkpoints, weights and card")
      ->required();
  command.add_option("--name", training.name, "Name of the model")->required();
  command.add_option("--epochs", training.epochs, "Passes over the data")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command.add_option("--batch", training.batch, "Images per step")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command.add_option("--seed", training.seed, "Seed of all random draws")->capture_default_str();
  command.add_option("--rate", flags.rate, "Largest learning rate")
      ->check(CLI::Range(1e-8, 1.0))
      ->capture_default_str();
  command.add_option("--width", flags.width, width)
      ->check(CLI::Range(4, 1024))
      ->capture_default_str();
  command
      .add_option("--threads", flags.threads,
                  "Threads; the result depends on their number in its last bits")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command.add_option("--limit", flags.limit, "Use only the first N images, for a quick test")
      ->check(CLI::Range(1, 1000000));
  command
      .add_option("--stop-after", training.stop_after,
                  "Stop after this epoch and export what there is; --resume goes on")
      ->check(CLI::Range(1, 10000));
  command.add_flag("--resume", training.resume, "Continue from the newest checkpoint");
  command.add_flag("--keep-last", training.keep_last, "Delete each checkpoint after the next");
}

void AddNetworkFlags(CLI::App& command, Flags& flags) {
  command
      .add_option("--export-epochs", flags.export_epochs,
                  "Also write NAME.epochNN.safetensors of these epochs, as 1,2,5; --resume writes "
                  "them of a training that has ended")
      ->delimiter(',')
      ->check(CLI::Range(1, 10000));
}

void AddSpikingFlags(CLI::App& command, Flags& flags) {
  command.add_option("--train-steps", flags.train_steps, "Time steps of a response in training")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

void AddRectifiedFlags(CLI::App& command, Flags& flags) {
  command
      .add_option("--cutout", flags.cutout,
                  "Side of a gray square over each training image; 0: none")
      ->check(CLI::Range(0, 32))
      ->capture_default_str();
}

// Of `evoke-train compare`.
struct CompareFlags {
  std::string data;
  ComparisonOptions options;
  int threads = 1;
};

absl::Status Compare(const CompareFlags& flags) {
  EVOKE_ASSIGN_OR_RETURN(const TrainingData data, LoadTrainingData(flags.data));
  EVOKE_ASSIGN_OR_RETURN(const std::string table, CompareGenerators(flags.options, data));
  std::fputs(table.c_str(), stdout);
  return absl::OkStatus();
}

void AddCompareFlags(CLI::App& command, CompareFlags& flags) {
  command.add_option("--data", flags.data, "cifar10:DIR or fashion-mnist[:DIR]")->required();
  command.add_option("--models", flags.options.models, "Folder of generators and network")
      ->required();
  command.add_option("--network", flags.options.network, "Whose features count; a ConvNet")
      ->required();
  command.add_option("--layer", flags.options.layer, "By default the last before the classes");
  command.add_option("--generators", flags.options.generators, "Names, separated by commas")
      ->delimiter(',')
      ->required();
  command.add_option("--samples", flags.options.samples, "Of each, and real images")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  command.add_option("--threads", flags.threads, "Threads")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
}

void AddGanFlags(CLI::App& command, Flags& flags) {
  command
      .add_option("--d-steps", flags.gan.discriminator_steps,
                  "Updates of the discriminator for each of the generator; the paper has 5")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command
      .add_option("--d-rate", flags.gan.discriminator_rate,
                  "The discriminator's learning rate, as a multiple of --rate")
      ->check(CLI::Range(0.01, 100.0))
      ->capture_default_str();
}

int Main(int argc, char** argv) {
  KeepFreedMemory();
  CLI::App app{"Trains Evoke's image generators and simulated networks"};
  app.require_subcommand(1);
  Flags spiking{.kind = "spiking", .width = 32, .rate = 0.002, .train_steps = 4};
  spiking.training.epochs = 20;
  spiking.training.batch = 64;
  Flags spiking_resnet{
      .kind = "spiking-resnet", .width = 16, .rate = 0.002, .stem = "wide", .train_steps = 4};
  spiking_resnet.training.epochs = 20;
  spiking_resnet.training.batch = 64;
  Flags convnet{.kind = "convnet", .width = 32, .rate = 0.1};
  convnet.training.epochs = 12;
  convnet.training.batch = 128;
  Flags resnet{.kind = "resnet", .width = 16, .rate = 0.1};
  resnet.training.epochs = 12;
  resnet.training.batch = 128;
  Flags vq_vae{.kind = "vq-vae", .width = 128, .rate = 0.001};
  vq_vae.training.epochs = 8;
  vq_vae.training.batch = 32;
  CLI::App& spiking_command =
      *app.add_subcommand("spiking", "A convolutional spiking network that names the class");
  AddFlags(spiking_command,
           "Channels of the first convolution; the next two have twice and four times as many",
           spiking);
  AddSpikingFlags(spiking_command, spiking);
  AddNetworkFlags(spiking_command, spiking);
  CLI::App& spiking_resnet_command =
      *app.add_subcommand("spiking-resnet", "A spiking ResNet-18 that names the class");
  AddFlags(spiking_resnet_command, "Channels of the first of four stages; MANGO had 64",
           spiking_resnet);
  AddSpikingFlags(spiking_resnet_command, spiking_resnet);
  AddNetworkFlags(spiking_resnet_command, spiking_resnet);
  spiking_resnet_command
      .add_option("--stem", spiking_resnet.stem,
                  "wide: 7x7 with stride 2 and a max pool, as MANGO's; narrow: 3x3")
      ->check(CLI::IsMember({"wide", "narrow"}))
      ->capture_default_str();
  CLI::App& convnet_command =
      *app.add_subcommand("convnet", "A convolutional network of rectified units");
  AddFlags(convnet_command,
           "Channels of the first convolution; there are two more of 2, 4 and 8 times as many",
           convnet);
  AddRectifiedFlags(convnet_command, convnet);
  AddNetworkFlags(convnet_command, convnet);
  CLI::App& resnet_command = *app.add_subcommand("resnet", "A residual network of rectified units");
  AddFlags(resnet_command, "Channels of the first of three stages", resnet);
  AddRectifiedFlags(resnet_command, resnet);
  AddNetworkFlags(resnet_command, resnet);
  AddFlags(*app.add_subcommand("vq-vae", "A generator of images from a map of codes"),
           "Channels at the resolution of the codes", vq_vae);
  Flags sn_gan{.kind = "sn-gan", .width = 32, .rate = 3e-4};
  sn_gan.training.epochs = 20;
  sn_gan.training.batch = 64;
  CLI::App& sn_gan_command =
      *app.add_subcommand("sn-gan", "A generator of images from normally distributed numbers");
  AddFlags(sn_gan_command, "Channels at the image's full size; twice as many at each half", sn_gan);
  AddGanFlags(sn_gan_command, sn_gan);
  CompareFlags compare;
  AddCompareFlags(*app.add_subcommand("compare", "How near samples of generators come to images"),
                  compare);
  CLI11_PARSE(app, argc, argv);
  const Flags* chosen = nullptr;
  for (const Flags* f : {&spiking, &spiking_resnet, &convnet, &resnet, &vq_vae, &sn_gan}) {
    if (app.got_subcommand(f->kind)) chosen = f;
  }
  SetTorchThreads(chosen == nullptr ? compare.threads : chosen->threads);
  const absl::Status status = chosen == nullptr ? Compare(compare) : Train(*chosen);
  if (status.ok()) return 0;
  std::fprintf(stderr, "evoke-train: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace evoke

int main(int argc, char** argv) { return evoke::Main(argc, argv); }
