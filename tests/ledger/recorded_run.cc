#include "tests/ledger/recorded_run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/resource_name.h"

namespace evoke {
namespace {

constexpr int kTrialsPerBlock = 4;
constexpr int64_t kStartSeconds = 1'772'368'200;

template <typename T>
void DumpAll(const absl::StatusOr<std::vector<T>>& items, std::string* out) {
  if (!items.ok()) {
    absl::StrAppend(out, items.status().ToString(), "\n");
    return;
  }
  for (const T& item : *items) absl::StrAppend(out, item.DebugString(), "\n");
}

// This process's folder, removed at its end.
struct TestFolder {
  TestFolder() : path(absl::StrCat(testing::TempDir(), "evoke-ledger-", getpid())) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  const std::filesystem::path path;
};

}  // namespace

v1::ExperimentEvent EventMaker::Next() {
  v1::ExperimentEvent event;
  event.set_sequence(++sequence_);
  event.mutable_time()->set_seconds(kStartSeconds + sequence_);
  event.mutable_time()->set_nanos(500'000'000);
  event.set_session("run-1");
  return event;
}

v1::ExperimentEvent EventMaker::State(v1::Experiment::State state) {
  v1::ExperimentEvent event = Next();
  v1::Experiment& experiment = *event.mutable_experiment();
  experiment.set_name(experiment_);
  experiment.mutable_optimizer()->set_seed(7);
  experiment.mutable_generator()->set_model("gabor");
  experiment.set_state(state);
  experiment.mutable_create_time()->set_seconds(kStartSeconds);
  experiment.mutable_progress()->set_trials_planned(static_cast<int>(sequence_));
  return event;
}

v1::ExperimentEvent EventMaker::Comment(const std::string& text) {
  v1::ExperimentEvent event = Next();
  event.mutable_comment()->set_text(text);
  event.mutable_comment()->set_author("operator");
  return event;
}

v1::Trial EventMaker::Trial(int number) const {
  static constexpr const char* kStimuli[] = {"", "ref-cat_1.png", "blank", "ref-cat_1.png"};
  const int generation = (number - 1) / kTrialsPerBlock + 1;
  const int position = (number - 1) % kTrialsPerBlock;
  v1::Trial trial;
  trial.set_name(TrialName(experiment_, number));
  trial.set_stimulus(StimulusName(
      experiment_, position == 0 ? absl::StrCat(generation) : std::string(kStimuli[position])));
  trial.set_generation(generation);
  trial.set_kind(position == 0   ? v1::Trial::KIND_CANDIDATE
                 : position == 2 ? v1::Trial::KIND_BLANK
                                 : v1::Trial::KIND_REFERENCE);
  trial.set_repeat(position == 3 ? 1 : 0);
  trial.set_state(v1::Trial::STATE_PENDING);
  return trial;
}

v1::ExperimentEvent EventMaker::Planned(int generation) {
  v1::ExperimentEvent event = Next();
  v1::Generation& block = *event.mutable_generation();
  block.set_number(generation);
  block.set_state(v1::Generation::STATE_PLANNED);
  block.set_kind(v1::Generation::KIND_SEARCH);
  v1::Stimulus& latent = *block.add_stimuli();
  latent.set_name(StimulusName(experiment_, absl::StrCat(generation)));
  for (const double value : {0.25, -1.5, 0.1}) latent.mutable_latent()->add_values(value);
  latent.set_image_crc32(0xFFFFFFF0u);
  latent.mutable_image()->set_rgb("pixels");
  block.add_candidates(latent.name());
  if (generation == 1) {
    v1::Stimulus& reference = *block.add_stimuli();
    reference.set_name(StimulusName(experiment_, "ref-cat_1.png"));
    reference.set_reference("cat_1.png");
    v1::Stimulus& blank = *block.add_stimuli();
    blank.set_name(StimulusName(experiment_, "blank"));
    blank.set_blank(true);
  }
  for (int i = 1; i <= kTrialsPerBlock; ++i) {
    *block.add_trials() = Trial((generation - 1) * kTrialsPerBlock + i);
  }
  return event;
}

v1::ExperimentEvent EventMaker::Completed(int generation) {
  v1::ExperimentEvent event = Next();
  v1::Generation& block = *event.mutable_generation();
  block.set_number(generation);
  block.set_state(v1::Generation::STATE_COMPLETED);
  block.set_kind(v1::Generation::KIND_SEARCH);
  block.set_best_score(12);
  v1::Progress& progress = *block.mutable_progress();
  progress.set_generation(generation);
  progress.set_candidate_trials_done(generation);
  progress.set_trials_done(generation * kTrialsPerBlock);
  progress.mutable_best()->set_stimulus(StimulusName(experiment_, "1"));
  progress.mutable_best()->set_score(11.5);
  return event;
}

v1::ExperimentEvent EventMaker::TrialChanged(int number, v1::Trial::State state) {
  v1::ExperimentEvent event = Next();
  v1::Trial& trial = *event.mutable_trial();
  trial = Trial(number);
  trial.set_state(state);
  trial.set_attempt(1);
  trial.set_display("clients/screen");
  if (state == v1::Trial::STATE_LEASED) return event;
  trial.mutable_presentation()->mutable_onset()->set_session_nanos(number * 1'000'000'000LL);
  trial.mutable_presentation()->set_frames(12);
  if (state != v1::Trial::STATE_SUCCEEDED) return event;
  v1::Response& response = *trial.mutable_response();
  response.add_units("conv2/17");
  response.add_units("odd \"unit\"\t");
  response.add_spike_counts(number);
  response.add_spike_counts(2 * number);
  response.add_baseline_counts(1);
  response.add_baseline_counts(0);
  response.set_backend("clients/sim");
  trial.set_score(1.5 * number);
  return event;
}

v1::ExperimentEvent EventMaker::Late(int number) {
  v1::ExperimentEvent event = Next();
  event.mutable_late_report()->set_trial(TrialName(experiment_, number));
  event.mutable_late_report()->set_attempt(1);
  return event;
}

std::vector<EventBatch> RecordedRun(const std::string& experiment) {
  EventMaker make(experiment);
  std::vector<EventBatch> batches;
  batches.push_back({make.State(v1::Experiment::STATE_ACTIVE), make.Planned(1)});
  for (const int generation : {1, 2}) {
    const int last = generation * kTrialsPerBlock;
    for (int number = last - kTrialsPerBlock + 1; number <= last; ++number) {
      batches.push_back({make.TrialChanged(number, v1::Trial::STATE_LEASED)});
      batches.push_back({make.TrialChanged(number, v1::Trial::STATE_PRESENTED)});
      batches.push_back({make.TrialChanged(number, v1::Trial::STATE_SUCCEEDED)});
    }
    if (generation == 1) {
      batches.push_back({make.Completed(1), make.Planned(2), make.Late(1)});
      batches.push_back({make.Comment("the animal is asleep")});
    }
  }
  batches.push_back({make.Completed(2), make.State(v1::Experiment::STATE_SUCCEEDED)});
  return batches;
}

std::string Dump(const Ledger& ledger) {
  constexpr int kAll = 1'000'000;
  std::string out;
  const auto experiments = ledger.ListExperiments("", kAll);
  DumpAll(experiments, &out);
  if (!experiments.ok()) return out;
  for (const v1::Experiment& experiment : *experiments) {
    const auto events = ledger.ReadEvents(experiment.name(), 0, kAll);
    DumpAll(events, &out);
    DumpAll(ledger.ListTrials(experiment.name(), 0, kAll), &out);
    if (!events.ok()) continue;
    for (const v1::ExperimentEvent& event : *events) {
      for (const v1::Stimulus& stimulus : event.generation().stimuli()) {
        const auto stored = ledger.GetStimulus(stimulus.name());
        absl::StrAppend(&out, stored.ok() ? stored->DebugString() : stored.status().ToString());
      }
    }
  }
  return out;
}

std::string FreshPath() {
  static const TestFolder folder;
  static int count = 0;
  return folder.path / absl::StrCat("run", ++count, ".db");
}

}  // namespace evoke
