// evoke-train: trains the image generator and the simulated network.
#include <ATen/Parallel.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "sim_backend/networks/tensor_memory.h"
#include "sim_backend/training/image_set.h"
#include "sim_backend/training/model_card.h"
#include "sim_backend/training/spiking_task.h"
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
  if (flags.limit > 0) absl::StrAppend(&command, " --limit ", flags.limit);
  if (flags.training.stop_after > 0) {
    absl::StrAppend(&command, " --stop-after ", flags.training.stop_after);
  }
  return command;
}

std::unique_ptr<TrainingTask> MakeTask(const Flags& flags, const TrainingData& data) {
  if (flags.kind == "vq-vae") {
    VqVaeConfig config;
    config.width = flags.width;
    config.residual_width = (flags.width + 1) / 2;
    return MakeVqVaeTask(config, data, flags.rate);
  }
  SpikingConvConfig config;
  config.channels = {flags.width, 2 * flags.width, 4 * flags.width};
  const ChannelStatistics statistics = Statistics(data.train);
  config.mean = statistics.mean;
  config.deviation = statistics.deviation;
  return MakeSpikingTask(config, data, flags.rate);
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

int Main(int argc, char** argv) {
  KeepFreedMemory();
  CLI::App app{"Trains Evoke's image generator (vq-vae) and its simulated network (spiking)"};
  app.require_subcommand(1);
  Flags spiking{.kind = "spiking", .width = 32, .rate = 0.002};
  spiking.training.epochs = 20;
  spiking.training.batch = 64;
  Flags vq_vae{.kind = "vq-vae", .width = 128, .rate = 0.001};
  vq_vae.training.epochs = 8;
  vq_vae.training.batch = 32;
  AddFlags(*app.add_subcommand("spiking", "A convolutional spiking network that names the class"),
           "Channels of the first convolution; the next two have twice and four times as many",
           spiking);
  AddFlags(*app.add_subcommand("vq-vae", "A generator of images from a map of codes"),
           "Channels at the resolution of the codes", vq_vae);
  CLI11_PARSE(app, argc, argv);
  const Flags& flags = app.got_subcommand("spiking") ? spiking : vq_vae;
  at::set_num_threads(flags.threads);
  const absl::Status status = Train(flags);
  if (status.ok()) return 0;
  std::fprintf(stderr, "evoke-train: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace evoke

int main(int argc, char** argv) { return evoke::Main(argc, argv); }
