#include "sim_backend/training/training_loop.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <numeric>
#include <span>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "sim_backend/training/progress.h"

namespace evoke {
namespace {

constexpr double kFinalRate = 0.01;
// Salts of the generators, so that none repeats another's draws.
constexpr uint64_t kStartSalt = 0;
constexpr uint64_t kShuffleSalt = 1;
constexpr uint64_t kStepSalt = 2;

double RateFactor(double progress, double warmup) {
  const double ramp = std::min(1.0, progress / warmup);
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * progress));
  return ramp * (kFinalRate + (1 - kFinalRate) * cosine);
}

absl::StatusOr<TrainingState> FirstState(const TrainingOptions& options, TrainingTask& task) {
  TrainingState planned{options.seed, options.epochs, options.batch, task.train_size(), {}};
  const int last = options.resume ? LastCheckpoint(options) : 0;
  if (last == 0) {
    Rng rng(MixSeed({options.seed, kStartSalt}));
    task.Start(rng);
    return planned;
  }
  const std::string path = CheckpointPath(options, last);
  EVOKE_ASSIGN_OR_RETURN(TrainingState state, task.Load(path));
  if (state.seed != planned.seed || state.epochs != planned.epochs ||
      state.batch != planned.batch || state.images != planned.images) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s was made with --seed %d --epochs %d --batch %d on %d images; resume with the same, or "
        "choose another --name",
        path, state.seed, state.epochs, state.batch, state.images));
  }
  return state;
}

}  // namespace

absl::Status TrainingTask::ExportWeights(const std::string&, const std::string& name) {
  return absl::UnimplementedError(
      absl::StrCat(name, ": weights of single epochs are not written of this kind of model"));
}

std::string CheckpointPath(const TrainingOptions& options, int epoch) {
  return (std::filesystem::path(options.folder) / (EpochName(options.name, epoch) + ".ckpt"))
      .string();
}

std::string EpochName(const std::string& name, int epoch) {
  return absl::StrFormat("%s.epoch%02d", name, epoch);
}

int LastCheckpoint(const TrainingOptions& options) {
  for (int epoch = options.epochs; epoch > 0; --epoch) {
    if (std::filesystem::exists(CheckpointPath(options, epoch))) return epoch;
  }
  return 0;
}

absl::StatusOr<TrainingState> RunTraining(const TrainingOptions& options, TrainingTask& task) {
  if (task.train_size() < options.batch) {
    return absl::InvalidArgumentError(absl::StrCat("there are ", task.train_size(),
                                                   " images for a batch of ", options.batch,
                                                   "; lower --batch or raise --limit"));
  }
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make the folder ", options.folder, ": ", error.message()));
  }
  EVOKE_ASSIGN_OR_RETURN(TrainingState state, FirstState(options, task));
  const int batches = task.train_size() / options.batch;
  const double warmup = 0.5 / options.epochs;
  std::vector<int> order(task.train_size());
  const int end =
      options.stop_after > 0 ? std::min(options.stop_after, options.epochs) : options.epochs;
  for (int epoch = static_cast<int>(state.curve.size()) + 1; epoch <= end; ++epoch) {
    const uint64_t number = static_cast<uint64_t>(epoch);
    std::iota(order.begin(), order.end(), 0);
    Rng shuffle(MixSeed({options.seed, kShuffleSalt, number}));
    shuffle.Shuffle(std::span<int>(order));
    Rng rng(MixSeed({options.seed, kStepSalt, number}));
    Progress progress(absl::StrFormat("epoch %d/%d", epoch, options.epochs),
                      int64_t{batches} * options.batch, "images");
    double sum = 0;
    for (int b = 0; b < batches; ++b) {
      const double done = (epoch - 1 + (b + 1.0) / batches) / options.epochs;
      EVOKE_ASSIGN_OR_RETURN(const double loss,
                             task.Step(absl::MakeConstSpan(order).subspan(
                                           size_t{1} * b * options.batch, options.batch),
                                       RateFactor(done, warmup), rng));
      if (!std::isfinite(loss)) {
        return absl::InternalError(absl::StrFormat(
            "the loss of epoch %d, batch %d is not finite; lower --rate", epoch, b + 1));
      }
      sum += loss;
      const double per_epoch = progress.seconds() / (b + 1) * batches;
      progress.Update(int64_t{b + 1} * options.batch, absl::StrFormat("loss %.4f", sum / (b + 1)),
                      per_epoch * (end - epoch));
    }
    EVOKE_ASSIGN_OR_RETURN(const double test_error, task.TestError());
    state.curve.push_back({epoch, sum / batches, test_error, progress.seconds()});
    progress.Finish(
        absl::StrFormat("loss %.4f  %s %.4f", sum / batches, task.test_measure(), test_error));
    EVOKE_RETURN_IF_ERROR(task.Save(CheckpointPath(options, epoch), state));
    if (options.keep_last && epoch > 1) {
      std::filesystem::remove(CheckpointPath(options, epoch - 1), error);
    }
  }
  return state;
}

absl::Status ExportEpochs(const TrainingOptions& options, const std::vector<int>& epochs,
                          TrainingTask& task) {
  for (const int epoch : epochs) {
    EVOKE_RETURN_IF_ERROR(task.Load(CheckpointPath(options, epoch)).status());
    EVOKE_RETURN_IF_ERROR(task.ExportWeights(options.folder, EpochName(options.name, epoch)));
  }
  return absl::OkStatus();
}

}  // namespace evoke
