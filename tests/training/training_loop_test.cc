#include "sim_backend/training/training_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>

#include "sim_backend/training/cifar10.h"
#include "sim_backend/training/classification_task.h"
#include "sim_backend/training/vq_vae_task.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Folder(const std::string& part = "") {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string("training_") + info->test_suite_name() + info->name() + part;
  std::replace(name.begin(), name.end(), '/', '_');
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / name;
  std::filesystem::remove_all(folder);
  return folder.string();
}

// Records what the loop asks of a model.
class RecordingTask : public TrainingTask {
 public:
  int train_size() const override { return 10; }
  std::string test_measure() const override { return "error"; }
  void Start(Rng&) override { ++starts; }
  absl::StatusOr<double> Step(absl::Span<const int> indices, double rate_factor, Rng&) override {
    seen.insert(seen.end(), indices.begin(), indices.end());
    rates.push_back(rate_factor);
    return loss;
  }
  absl::StatusOr<double> TestError() override { return 0.25; }
  absl::Status Save(const std::string& path, const TrainingState& state) override {
    std::ofstream(path) << state.curve.size();
    saved = state;
    return absl::OkStatus();
  }
  absl::StatusOr<TrainingState> Load(const std::string& path) override {
    loaded = path;
    return saved;
  }
  absl::StatusOr<std::string> Export(const std::string&, const std::string&) override {
    return std::string();
  }

  int starts = 0;
  double loss = 1;
  std::vector<int> seen;
  std::vector<double> rates;
  TrainingState saved;
  std::string loaded;
};

TrainingOptions Options(const std::string& folder) {
  TrainingOptions options;
  options.folder = folder;
  options.name = "m";
  options.epochs = 3;
  options.batch = 5;
  return options;
}

TEST(TrainingLoopTest, EveryEpochSeesEveryImageOnceInAnotherOrder) {
  RecordingTask task;
  ASSERT_TRUE(RunTraining(Options(Folder()), task).ok());
  EXPECT_EQ(task.starts, 1);
  ASSERT_EQ(task.seen.size(), 30u);
  const std::vector<int> first(task.seen.begin(), task.seen.begin() + 10);
  const std::vector<int> second(task.seen.begin() + 10, task.seen.begin() + 20);
  EXPECT_NE(first, second);
  for (std::vector<int> epoch : {first, second}) {
    std::sort(epoch.begin(), epoch.end());
    EXPECT_THAT(epoch, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  }
}

TEST(TrainingLoopTest, RateRisesAndEndsAtAHundredth) {
  RecordingTask task;
  ASSERT_TRUE(RunTraining(Options(Folder()), task).ok());
  const auto top = std::max_element(task.rates.begin(), task.rates.end());
  EXPECT_LE(*top, 1);
  EXPECT_LT(top - task.rates.begin(), 2);
  EXPECT_TRUE(std::is_sorted(top, task.rates.end(), std::greater<>()));
  EXPECT_NEAR(task.rates.back(), 0.01, 1e-9);
}

TEST(TrainingLoopTest, KeepsACheckpointPerEpochUnlessToldOtherwise) {
  RecordingTask task;
  TrainingOptions options = Options(Folder("all"));
  ASSERT_TRUE(RunTraining(options, task).ok());
  for (int epoch = 1; epoch <= 3; ++epoch) {
    EXPECT_TRUE(std::filesystem::exists(CheckpointPath(options, epoch)));
  }
  options = Options(Folder("last"));
  options.keep_last = true;
  ASSERT_TRUE(RunTraining(options, task).ok());
  EXPECT_FALSE(std::filesystem::exists(CheckpointPath(options, 2)));
  EXPECT_EQ(LastCheckpoint(options), 3);
}

TEST(TrainingLoopTest, ResumeStartsFromTheNewestCheckpoint) {
  RecordingTask task;
  TrainingOptions options = Options(Folder());
  options.stop_after = 2;
  EXPECT_EQ(RunTraining(options, task)->curve.size(), 2u);
  const std::vector<int> before = task.seen;
  options.stop_after = 0;
  options.resume = true;
  const absl::StatusOr<TrainingState> state = RunTraining(options, task);
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(task.starts, 1);
  EXPECT_EQ(task.loaded, CheckpointPath(options, 2));
  EXPECT_EQ(task.seen.size(), before.size() + 10);
  EXPECT_EQ(state->curve.back().epoch, 3);
}

TEST(TrainingLoopTest, ResumeWithOtherOptionsIsRefused) {
  RecordingTask task;
  TrainingOptions options = Options(Folder());
  options.stop_after = 1;
  ASSERT_TRUE(RunTraining(options, task).ok());
  options.resume = true;
  options.seed = 99;
  const absl::Status status = RunTraining(options, task).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--seed 1"));
}

TEST(TrainingLoopTest, TooFewImagesAndWildLossesAreErrors) {
  RecordingTask task;
  TrainingOptions options = Options(Folder());
  options.batch = 11;
  EXPECT_EQ(RunTraining(options, task).status().code(), absl::StatusCode::kInvalidArgument);
  options.batch = 5;
  task.loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(RunTraining(options, task).status().code(), absl::StatusCode::kInternal);
}

// The real models, made tiny.
class RealTaskTest : public testing::TestWithParam<const char*> {
 protected:
  RealTaskTest() {
    EXPECT_TRUE(AppendCifar10File("tests/data/cifar10_test_20.bin", data_.train).ok());
    data_.test = data_.train;
    data_.test.Truncate(6);
  }

  // `learning` multiplies the rate.
  std::unique_ptr<TrainingTask> MakeTask(int width = 4, double learning = 1) const {
    const std::string kind = GetParam();
    if (kind == "spiking" || kind == "spiking_resnet") {
      Architecture architecture =
          kind == "spiking" ? SmallSpikingNetwork(width) : SpikingResNet18(width, false);
      architecture.train_steps = 4;
      architecture.steps = 5;
      return MakeClassificationTask(architecture, {.rate = 0.01 * learning}, data_);
    }
    if (kind == "convnet") {
      return MakeClassificationTask(ConvNet(width),
                                    {.optimizer = ClassificationOptions::Optimizer::kSgd,
                                     .rate = 0.02 * learning,
                                     .label_smoothing = 0.1,
                                     .cutout = 8},
                                    data_);
    }
    VqVaeConfig config;
    config.width = 2 * width;
    config.residual_width = width;
    config.codes = 16;
    config.code_size = 4;
    return MakeVqVaeTask(config, data_, 0.01 * learning);
  }

  TrainingData data_;
};

std::string Weights(TrainingTask& task, const std::string& folder) {
  const absl::StatusOr<std::string> card = task.Export(folder, "m");
  EXPECT_TRUE(card.ok()) << card.status();
  std::ifstream stream(folder + "/m.safetensors", std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST_P(RealTaskTest, StoppedAndResumedTrainingEndsWithTheSameBits) {
  const std::unique_ptr<TrainingTask> whole = MakeTask();
  const std::string whole_folder = Folder("whole");
  ASSERT_TRUE(RunTraining(Options(whole_folder), *whole).ok());

  TrainingOptions options = Options(Folder("parts"));
  options.stop_after = 1;
  ASSERT_TRUE(RunTraining(options, *MakeTask()).ok());
  options.stop_after = 0;
  options.resume = true;
  const std::unique_ptr<TrainingTask> resumed = MakeTask();
  const absl::StatusOr<TrainingState> state = RunTraining(options, *resumed);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->curve.size(), 3u);

  const std::string weights = Weights(*whole, whole_folder);
  EXPECT_FALSE(weights.empty());
  EXPECT_TRUE(weights == Weights(*resumed, options.folder));
}

TEST(ExportEpochsTest, EveryKeptEpochBecomesAModelOfItsOwn) {
  TrainingData data;
  ASSERT_TRUE(AppendCifar10File("tests/data/cifar10_test_20.bin", data.train).ok());
  data.test = data.train;
  Architecture architecture = SmallSpikingNetwork(4);
  architecture.train_steps = 2;
  const auto task = MakeClassificationTask(architecture, {.rate = 0.01}, data);
  const TrainingOptions options = Options(Folder());
  ASSERT_TRUE(RunTraining(options, *task).ok());
  ASSERT_TRUE(ExportEpochs(options, {1, 3}, *task).ok());
  const auto first = LoadNetwork(options.folder, "m.epoch01");
  const auto last = LoadNetwork(options.folder, "m.epoch03");
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_NE((*first)->weights_sha256(), (*last)->weights_sha256());
  EXPECT_FALSE(LoadNetwork(options.folder, "m.epoch02").ok());
  EXPECT_EQ(ExportEpochs(options, {4}, *task).code(), absl::StatusCode::kNotFound);
  RecordingTask without;
  EXPECT_EQ(ExportEpochs(options, {1}, without).code(), absl::StatusCode::kUnimplemented);
}

// Over 12 epochs of so few images, epochs of an untrained model differ by 3 % at most.
TEST_P(RealTaskTest, TrainingLowersTheLoss) {
  const std::map<std::string, double> most = {
      {"spiking", 0.75}, {"spiking_resnet", 0.92}, {"convnet", 0.9}, {"vq_vae", 0.7}};
  TrainingOptions options = Options(Folder("untrained"));
  options.epochs = 1;
  const absl::StatusOr<TrainingState> untrained = RunTraining(options, *MakeTask(4, 1e-12));
  ASSERT_TRUE(untrained.ok()) << untrained.status();
  options = Options(Folder("trained"));
  options.epochs = 12;
  options.keep_last = true;
  const absl::StatusOr<TrainingState> state = RunTraining(options, *MakeTask());
  ASSERT_TRUE(state.ok()) << state.status();
  double last = 0;
  for (auto epoch = state->curve.end() - 3; epoch != state->curve.end(); ++epoch) {
    last += epoch->loss / 3;
  }
  EXPECT_LT(last, most.at(GetParam()) * untrained->curve.front().loss);
}

TEST_P(RealTaskTest, DamagedCheckpointsAndOtherArchitecturesAreRefused) {
  TrainingOptions options = Options(Folder());
  options.stop_after = 1;
  ASSERT_TRUE(RunTraining(options, *MakeTask()).ok());
  const std::string path = CheckpointPath(options, 1);
  EXPECT_EQ(MakeTask(8)->Load(path).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeTask()->Load(path + "x").status().code(), absl::StatusCode::kNotFound);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const absl::Status status = MakeTask()->Load(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

INSTANTIATE_TEST_SUITE_P(Models, RealTaskTest,
                         testing::Values("spiking", "spiking_resnet", "convnet", "vq_vae"),
                         [](const auto& value) { return std::string(value.param); });

}  // namespace
}  // namespace evoke
