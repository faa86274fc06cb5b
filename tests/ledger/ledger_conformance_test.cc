// What every ledger does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <climits>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/ledger/ledger.h"
#include "tests/ledger/recorded_run.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kDemo[] = "experiments/demo";

class LedgerConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  LedgerConformanceTest() {
    if (GetParam() == "memory") {
      ledger_ = NewMemoryLedger();
    } else {
      ledger_ = OpenSqliteLedger(FreshPath()).value();
    }
  }

  absl::StatusCode Append(const std::string& experiment, const EventBatch& events) {
    return ledger_->Append(experiment, events).code();
  }
  void AppendRun(const std::string& experiment) {
    for (const EventBatch& batch : RecordedRun(experiment)) {
      const absl::Status status = ledger_->Append(experiment, batch);
      ASSERT_TRUE(status.ok()) << status;
    }
  }
  std::vector<int64_t> Sequences(int64_t after, int limit) {
    std::vector<int64_t> sequences;
    const EventBatch events = ledger_->ReadEvents(kDemo, after, limit).value();
    for (const auto& event : events) {
      sequences.push_back(event.sequence());
    }
    return sequences;
  }
  std::vector<std::string> Listed(const std::string& after, int limit) {
    std::vector<std::string> names;
    const auto experiments = ledger_->ListExperiments(after, limit).value();
    for (const v1::Experiment& experiment : experiments) names.push_back(experiment.name());
    return names;
  }
  std::vector<std::string> TrialNames(int64_t after, int limit) {
    std::vector<std::string> names;
    const auto trials = ledger_->ListTrials(kDemo, after, limit).value();
    for (const v1::Trial& trial : trials) names.push_back(trial.name());
    return names;
  }

  std::unique_ptr<Ledger> ledger_;
};

INSTANTIATE_TEST_SUITE_P(AllLedgers, LedgerConformanceTest, testing::Values("memory", "sqlite"),
                         [](const auto& test) { return test.param; });

TEST_P(LedgerConformanceTest, EventsAreReadAsAppended) {
  AppendRun(kDemo);
  EventBatch all;
  for (const EventBatch& batch : RecordedRun(kDemo)) {
    all.insert(all.end(), batch.begin(), batch.end());
  }
  const EventBatch read = ledger_->ReadEvents(kDemo, 0, INT_MAX).value();
  ASSERT_EQ(read.size(), all.size());
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(read[i].DebugString(), all[i].DebugString());
}

TEST_P(LedgerConformanceTest, EventsAreReadInPages) {
  EventMaker make(kDemo);
  EventBatch events = {make.State(v1::Experiment::STATE_ACTIVE)};
  for (int i = 0; i < 4; ++i) events.push_back(make.Comment("x"));
  ASSERT_EQ(Append(kDemo, events), absl::StatusCode::kOk);
  EXPECT_THAT(Sequences(0, 2), ElementsAre(1, 2));
  EXPECT_THAT(Sequences(2, 2), ElementsAre(3, 4));
  EXPECT_THAT(Sequences(4, 2), ElementsAre(5));
  EXPECT_THAT(Sequences(5, 2), IsEmpty());
  EXPECT_THAT(Sequences(99, 2), IsEmpty());
  EXPECT_THAT(Sequences(-3, 1), ElementsAre(1));
  EXPECT_THAT(Sequences(0, 0), IsEmpty());
  EXPECT_THAT(Sequences(0, -1), IsEmpty());
}

TEST_P(LedgerConformanceTest, AppendOfNothingChangesNothing) {
  EXPECT_EQ(Append(kDemo, {}), absl::StatusCode::kOk);
  EXPECT_THAT(Listed("", 10), IsEmpty());
}

TEST_P(LedgerConformanceTest, GapInSequenceIsRefusedAndNothingOfTheCallIsKept) {
  EventMaker make(kDemo);
  ASSERT_EQ(Append(kDemo, {make.State(v1::Experiment::STATE_ACTIVE)}), absl::StatusCode::kOk);
  const std::string before = Dump(*ledger_);
  EventBatch batch = {make.Planned(1), make.TrialChanged(1, v1::Trial::STATE_LEASED),
                      make.State(v1::Experiment::STATE_PAUSED)};
  batch[2].set_sequence(5);
  const absl::Status status = ledger_->Append(kDemo, batch);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("event 5 of experiments/demo"));
  EXPECT_EQ(Dump(*ledger_), before);
  batch[2].set_sequence(4);
  EXPECT_EQ(Append(kDemo, batch), absl::StatusCode::kOk);
}

TEST_P(LedgerConformanceTest, RepeatedSequenceIsRefused) {
  EventMaker make(kDemo);
  ASSERT_EQ(Append(kDemo, {make.State(v1::Experiment::STATE_ACTIVE)}), absl::StatusCode::kOk);
  const EventBatch comment = {make.Comment("once")};
  EXPECT_EQ(Append(kDemo, comment), absl::StatusCode::kOk);
  EXPECT_EQ(Append(kDemo, comment), absl::StatusCode::kFailedPrecondition);
}

TEST_P(LedgerConformanceTest, SecondCreationOfAnExperimentIsRefused) {
  AppendRun(kDemo);
  const std::string before = Dump(*ledger_);
  EXPECT_EQ(Append(kDemo, RecordedRun(kDemo)[0]), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Dump(*ledger_), before);
}

TEST_P(LedgerConformanceTest, FirstEventMustCarryTheExperiment) {
  EventMaker make(kDemo);
  EXPECT_EQ(Append(kDemo, {make.Comment("too early")}), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Append(kDemo, {make.State(v1::Experiment::STATE_ACTIVE)}),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Listed("", 10), IsEmpty());
}

TEST_P(LedgerConformanceTest, MalformedEventsAreRefusedNamingTheEvent) {
  EventMaker make(kDemo);
  ASSERT_EQ(Append(kDemo, {make.State(v1::Experiment::STATE_ACTIVE)}), absl::StatusCode::kOk);
  const std::string before = Dump(*ledger_);

  v1::ExperimentEvent empty = make.Comment("");
  empty.clear_event();
  v1::ExperimentEvent foreign_experiment = empty;
  foreign_experiment.mutable_experiment()->set_name("experiments/other");
  EventMaker other("experiments/other");
  v1::ExperimentEvent foreign_trial = other.TrialChanged(1, v1::Trial::STATE_LEASED);
  foreign_trial.set_sequence(2);
  v1::ExperimentEvent foreign_stimulus = other.Planned(1);
  foreign_stimulus.set_sequence(2);
  v1::ExperimentEvent bad_trial = empty;
  bad_trial.mutable_trial()->set_name("experiments/demo/trials/zero");
  for (const auto& event :
       {empty, foreign_experiment, foreign_trial, foreign_stimulus, bad_trial}) {
    const absl::Status status = ledger_->Append(kDemo, {event});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << event.DebugString();
    EXPECT_THAT(std::string(status.message()), HasSubstr("event 2 of experiments/demo"));
  }
  EXPECT_EQ(Append("demo", RecordedRun(kDemo)[0]), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Dump(*ledger_), before);
}

TEST_P(LedgerConformanceTest, UnknownNamesAreNotFound) {
  AppendRun(kDemo);
  for (const std::string name : {"experiments/none", "demo", "other/demo", "experiments/demo/x"}) {
    EXPECT_EQ(ledger_->ReadEvents(name, 0, 1).status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(ledger_->GetExperiment(name).status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(ledger_->ListTrials(name, 0, 1).status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(ledger_->ListExperiments(name, 1).status().code(), absl::StatusCode::kNotFound);
  }
  EXPECT_EQ(ledger_->GetStimulus("experiments/demo/stimuli/99").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ledger_->GetStimulus("experiments/none/stimuli/1").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ledger_->GetStimulus("1").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(LedgerConformanceTest, ExperimentIsAsAfterItsLatestStateEvent) {
  EventMaker make(kDemo);
  ASSERT_EQ(Append(kDemo, {make.State(v1::Experiment::STATE_ACTIVE)}), absl::StatusCode::kOk);
  const v1::ExperimentEvent paused = make.State(v1::Experiment::STATE_PAUSED);
  ASSERT_EQ(Append(kDemo, {paused, make.Comment("why")}), absl::StatusCode::kOk);
  EXPECT_EQ(ledger_->GetExperiment(kDemo)->DebugString(), paused.experiment().DebugString());
}

TEST_P(LedgerConformanceTest, CompletedGenerationBringsProgressOnly) {
  EventMaker make(kDemo);
  const v1::ExperimentEvent created = make.State(v1::Experiment::STATE_ACTIVE);
  const v1::ExperimentEvent planned = make.Planned(1);
  const v1::ExperimentEvent completed = make.Completed(1);
  ASSERT_EQ(Append(kDemo, {created, planned}), absl::StatusCode::kOk);
  EXPECT_EQ(ledger_->GetExperiment(kDemo)->DebugString(), created.experiment().DebugString());
  ASSERT_EQ(Append(kDemo, {completed}), absl::StatusCode::kOk);
  v1::Experiment expected = created.experiment();
  *expected.mutable_progress() = completed.generation().progress();
  EXPECT_EQ(ledger_->GetExperiment(kDemo)->DebugString(), expected.DebugString());
}

TEST_P(LedgerConformanceTest, ExperimentsAreListedNewestFirstInPages) {
  for (const std::string name : {"b", "c", "a"}) AppendRun(absl::StrCat("experiments/", name));
  EXPECT_THAT(Listed("", 10), ElementsAre("experiments/a", "experiments/c", "experiments/b"));
  EXPECT_THAT(Listed("", 2), ElementsAre("experiments/a", "experiments/c"));
  EXPECT_THAT(Listed("experiments/c", 2), ElementsAre("experiments/b"));
  EXPECT_THAT(Listed("experiments/b", 2), IsEmpty());
  EXPECT_THAT(Listed("", 0), IsEmpty());
  EXPECT_THAT(Listed("", -1), IsEmpty());
}

TEST_P(LedgerConformanceTest, LaterEventsDoNotChangeTheOrderOfExperiments) {
  EventMaker old("experiments/old");
  ASSERT_EQ(Append("experiments/old", {old.State(v1::Experiment::STATE_ACTIVE)}),
            absl::StatusCode::kOk);
  AppendRun("experiments/new");
  ASSERT_EQ(Append("experiments/old", {old.State(v1::Experiment::STATE_PAUSED)}),
            absl::StatusCode::kOk);
  EXPECT_THAT(Listed("", 10), ElementsAre("experiments/new", "experiments/old"));
}

TEST_P(LedgerConformanceTest, ActiveAndPausedExperimentsAreUnfinishedOldestFirst) {
  for (const auto state :
       {v1::Experiment::STATE_PAUSED, v1::Experiment::STATE_STOPPED, v1::Experiment::STATE_ACTIVE,
        v1::Experiment::STATE_FAILED, v1::Experiment::STATE_SUCCEEDED}) {
    const std::string name = absl::StrCat("experiments/e", 9 - state);
    EventMaker make(name);
    ASSERT_EQ(Append(name, {make.State(v1::Experiment::STATE_ACTIVE), make.State(state)}),
              absl::StatusCode::kOk);
  }
  EXPECT_THAT(ledger_->UnfinishedExperiments().value(),
              ElementsAre(absl::StrCat("experiments/e", 9 - v1::Experiment::STATE_PAUSED),
                          absl::StrCat("experiments/e", 9 - v1::Experiment::STATE_ACTIVE)));
}

TEST_P(LedgerConformanceTest, TrialsAreAsAfterTheirLatestEventInNumberOrder) {
  EventMaker make(kDemo);
  const v1::ExperimentEvent created = make.State(v1::Experiment::STATE_ACTIVE);
  const v1::ExperimentEvent planned = make.Planned(1);
  ASSERT_EQ(Append(kDemo, {created, planned}), absl::StatusCode::kOk);
  const v1::ExperimentEvent leased = make.TrialChanged(3, v1::Trial::STATE_LEASED);
  const v1::ExperimentEvent done = make.TrialChanged(3, v1::Trial::STATE_SUCCEEDED);
  ASSERT_EQ(Append(kDemo, {leased, done}), absl::StatusCode::kOk);
  const std::vector<v1::Trial> trials = ledger_->ListTrials(kDemo, 0, 10).value();
  ASSERT_EQ(trials.size(), 4u);
  for (const int i : {0, 1, 3}) {
    EXPECT_EQ(trials[i].DebugString(), planned.generation().trials(i).DebugString());
  }
  EXPECT_EQ(trials[2].DebugString(), done.trial().DebugString());
}

TEST_P(LedgerConformanceTest, TrialsAreListedInPagesInNumericOrder) {
  EventMaker make(kDemo);
  ASSERT_EQ(Append(kDemo, {make.State(v1::Experiment::STATE_ACTIVE), make.Planned(3),
                           make.Planned(2), make.Planned(1)}),
            absl::StatusCode::kOk);
  EXPECT_THAT(TrialNames(8, 2),
              ElementsAre("experiments/demo/trials/9", "experiments/demo/trials/10"));
  EXPECT_THAT(TrialNames(11, 5), ElementsAre("experiments/demo/trials/12"));
  EXPECT_THAT(TrialNames(12, 5), IsEmpty());
  EXPECT_THAT(TrialNames(0, 0), IsEmpty());
  EXPECT_THAT(TrialNames(0, -1), IsEmpty());
  EXPECT_THAT(TrialNames(-1, 1), ElementsAre("experiments/demo/trials/1"));
}

TEST_P(LedgerConformanceTest, StimuliAreKeptWithoutTheirImage) {
  EventMaker make(kDemo);
  const v1::ExperimentEvent created = make.State(v1::Experiment::STATE_ACTIVE);
  const v1::ExperimentEvent planned = make.Planned(1);
  ASSERT_EQ(Append(kDemo, {created, planned}), absl::StatusCode::kOk);
  ASSERT_TRUE(planned.generation().stimuli(0).has_image());
  for (const v1::Stimulus& stimulus : planned.generation().stimuli()) {
    v1::Stimulus expected = stimulus;
    expected.clear_image();
    EXPECT_EQ(ledger_->GetStimulus(stimulus.name())->DebugString(), expected.DebugString());
  }
}

TEST_P(LedgerConformanceTest, ExperimentsAreSeparate) {
  AppendRun("experiments/one");
  const std::string one = Dump(*ledger_);
  AppendRun("experiments/two");
  EXPECT_THAT(Dump(*ledger_), HasSubstr(one.substr(one.size() / 2)));
  EXPECT_EQ(ledger_->ListTrials("experiments/one", 0, 100)->size(), 8u);
}

TEST_P(LedgerConformanceTest, ConcurrentAppendsToManyExperimentsAllArriveInOrder) {
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, i] { AppendRun(absl::StrCat("experiments/e", i)); });
  }
  for (std::thread& thread : threads) thread.join();
  size_t events = 0;
  for (const EventBatch& batch : RecordedRun(kDemo)) events += batch.size();
  for (int i = 0; i < kThreads; ++i) {
    const std::string name = absl::StrCat("experiments/e", i);
    EXPECT_EQ(ledger_->ReadEvents(name, 0, 1000)->size(), events);
    EXPECT_EQ(ledger_->GetExperiment(name)->state(), v1::Experiment::STATE_SUCCEEDED);
  }
}

TEST_P(LedgerConformanceTest, OfConcurrentAppendsOfTheSameEventExactlyOneSucceeds) {
  EventMaker make(kDemo);
  ASSERT_EQ(Append(kDemo, {make.State(v1::Experiment::STATE_ACTIVE)}), absl::StatusCode::kOk);
  constexpr int kThreads = 4;
  constexpr int kEvents = 25;
  EventBatch comments;
  for (int i = 0; i < kEvents; ++i) comments.push_back(make.Comment("x"));
  std::vector<std::atomic<int>> successes(kEvents);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEvents; ++i) {
        const absl::StatusCode code = Append(kDemo, {comments[i]});
        if (code == absl::StatusCode::kOk) ++successes[i];
        EXPECT_TRUE(code == absl::StatusCode::kOk || code == absl::StatusCode::kFailedPrecondition);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& count : successes) EXPECT_EQ(count, 1);
  EXPECT_THAT(Sequences(0, 100), SizeIs(1 + kEvents));
}

TEST_P(LedgerConformanceTest, ReadersSeeWholeAppendsOnly) {
  EventMaker make(kDemo);
  ASSERT_EQ(Append(kDemo, {make.State(v1::Experiment::STATE_ACTIVE)}), absl::StatusCode::kOk);
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const size_t size = ledger_->ReadEvents(kDemo, 0, 1000).value().size();
      EXPECT_EQ(size % 3, 1u);
    }
  });
  for (int i = 0; i < 50; ++i) {
    const EventBatch batch = {make.Comment("a"), make.Comment("b"), make.Comment("c")};
    EXPECT_EQ(Append(kDemo, batch), absl::StatusCode::kOk);
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace evoke
