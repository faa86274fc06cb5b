#include "sim_backend/training/sn_gan_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/torch/torch_threads.h"
#include "server/generator/generator.h"
#include "sim_backend/training/cifar10.h"
#include "sim_backend/training/training_loop.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

class SnGanTaskTest : public testing::Test {
 protected:
  SnGanTaskTest() {
    SetTorchThreads(1);  // tests run in parallel; threads that wait for each other are slow
    EXPECT_TRUE(AppendCifar10File("tests/data/cifar10_test_20.bin", data_.train).ok());
    data_.test = data_.train;
    data_.test.Truncate(3);
  }

  static TrainingOptions Options(const std::string& part) {
    TrainingOptions options;
    options.folder = testing::TempDir() + "/sn_gan_" +
                     testing::UnitTest::GetInstance()->current_test_info()->name() + part;
    std::filesystem::remove_all(options.folder);
    options.name = "m";
    options.epochs = 3;
    options.batch = 5;
    return options;
  }

  std::unique_ptr<TrainingTask> Task(int colors = 3, int discriminator_steps = 2) const {
    SnGanConfig config = SnGanConfig::OfWidth(4, colors);
    config.latent = 6;
    return MakeSnGanTask(config, data_, {.discriminator_steps = discriminator_steps});
  }

  static std::string Weights(TrainingTask& task, const std::string& folder) {
    const absl::Status written = task.ExportWeights(folder, "m");
    EXPECT_TRUE(written.ok()) << written;
    std::ifstream stream(folder + "/m.safetensors", std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  TrainingData data_;
};

TEST_F(SnGanTaskTest, StoppedAndResumedTrainingEndsWithTheSameBits) {
  TrainingOptions options = Options("whole");
  const auto whole = Task();
  ASSERT_TRUE(RunTraining(options, *whole).ok());
  const std::string weights = Weights(*whole, options.folder);
  ASSERT_FALSE(weights.empty());

  options = Options("parts");
  options.stop_after = 1;
  ASSERT_TRUE(RunTraining(options, *Task()).ok());
  options.stop_after = 0;
  options.resume = true;
  const auto resumed = Task();
  const auto state = RunTraining(options, *resumed);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->curve.size(), 3u);
  EXPECT_TRUE(weights == Weights(*resumed, options.folder));
}

TEST_F(SnGanTaskTest, SamplesComeNearerToTheImages) {
  data_.test = data_.train;
  TrainingOptions options = Options("");
  options.epochs = 15;
  options.keep_last = true;
  const auto state = RunTraining(options, *Task(3, 1));
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_LT(state->curve.back().test_error, state->curve.front().test_error);
  for (const EpochRecord& row : state->curve) EXPECT_GE(row.loss, 0);
}

TEST_F(SnGanTaskTest, ExportedModelLoadsAndItsCardSaysHowGoodItIs) {
  for (int colors : {1, 3}) {
    TrainingOptions options = Options(colors == 1 ? "gray" : "colour");
    options.epochs = 1;
    const auto task = Task(colors);
    ASSERT_TRUE(RunTraining(options, *task).ok());
    const auto card = task->Export(options.folder, "m");
    ASSERT_TRUE(card.ok()) << card.status();
    EXPECT_THAT(*card, HasSubstr("Frechet distance"));
    EXPECT_THAT(*card, HasSubstr("![samples](m.png)"));
    EXPECT_GT(std::filesystem::file_size(options.folder + "/m.png"), 1000u);
    const auto generator = LoadGenerator(options.folder, "m");
    ASSERT_TRUE(generator.ok()) << generator.status();
    EXPECT_EQ((*generator)->latent_space().size(), 6);
    EXPECT_TRUE((*generator)->Score({data_.test.image(0)}).ok());
  }
}

TEST_F(SnGanTaskTest, DamagedCheckpointsAndOtherTrainingsAreRefused) {
  TrainingOptions options = Options("");
  options.stop_after = 1;
  ASSERT_TRUE(RunTraining(options, *Task()).ok());
  const std::string path = CheckpointPath(options, 1);
  EXPECT_EQ(Task(1)->Load(path).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Task(3, 1)->Load(path).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Task()->Load(path + "x").status().code(), absl::StatusCode::kNotFound);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const absl::Status status = Task()->Load(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

}  // namespace
}  // namespace evoke
