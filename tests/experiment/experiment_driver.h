// Drives an experiment's state machine as a runner would, without threads, keeping the log.
#ifndef EVOKE_TESTS_EXPERIMENT_EXPERIMENT_DRIVER_H_
#define EVOKE_TESTS_EXPERIMENT_EXPERIMENT_DRIVER_H_

#include <cmath>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/experiment/experiment.h"
#include "server/experiment/spec.h"
#include "tests/support/fake_generator.h"
#include "tests/support/specs.h"

namespace evoke {

class ExperimentDriver {
 public:
  static constexpr char kDisplay[] = "clients/display";
  // What the neurons answer; the trial tells stimulus and repeat.
  using Answer = std::function<v1::Response(const v1::Stimulus&, const v1::Trial&)>;

  // 40 spikes of a/0 for the liked codes, one less for each step away; images without codes get 40.
  static double Liking(const v1::Stimulus& stimulus, const std::vector<double>& liked) {
    double count = 40;
    for (int i = 0; i < stimulus.latent().values_size(); ++i) {
      count -= std::abs(stimulus.latent().values(i) - liked[i]);
    }
    return count;
  }
  static v1::Response OneUnit(const v1::Stimulus& stimulus, const v1::Trial&) {
    // One pattern of codes, that no uniform image comes near.
    return CountsOf("a/0", static_cast<uint32_t>(Liking(stimulus, {7, 0, 3, 5, 1, 6})));
  }

  explicit ExperimentDriver(v1::Experiment spec, ReferenceNames references = {},
                            Answer answer = OneUnit)
      : references_(std::move(references)), answer_(std::move(answer)) {
    spec = WithDefaults(std::move(spec));
    spec.set_name("experiments/e");
    spec.set_state(v1::Experiment::STATE_ACTIVE);
    *spec.mutable_latent_space() = ToProto(FakeGenerator().latent_space());
    v1::ExperimentEvent created;
    created.set_sequence(1);
    *created.mutable_experiment() = std::move(spec);
    log.push_back(created);
    experiment = *Experiment::Create(created, references_, nullptr);
  }

  void Record(v1::ExperimentEvent event) {
    event.set_sequence(experiment->last_sequence() + 1);
    const absl::Status status = experiment->Apply(event);
    ASSERT_TRUE(status.ok()) << status;
    log.push_back(std::move(event));
  }
  void Record(const Decision& decision) {
    for (const v1::ExperimentEvent& event : decision.events) Record(event);
  }
  void Plan() {
    while (experiment->NeedsPlan()) {
      const absl::StatusOr<std::vector<v1::ExperimentEvent>> events = experiment->Plan();
      ASSERT_TRUE(events.ok()) << events.status();
      for (const v1::ExperimentEvent& event : *events) Record(event);
    }
  }
  void RunTrial(int64_t number, bool lost = false) {
    Record(experiment->DecideLease(number, kDisplay, 1));
    const v1::Trial& trial = *experiment->trials().Find(number);
    if (lost) {
      Record(experiment->DecideFailedAttempt(number, "lost"));
      return;
    }
    Record(
        *experiment->DecidePresentation(number, trial.attempt(), CompletedPresentation(kDisplay)));
    Record(*experiment->DecideResponse(
        number, trial.attempt(), answer_(*experiment->FindStimulus(trial.stimulus()), trial)));
  }
  void RunToTheEnd(int steps = 10000) {
    Plan();
    while (steps-- > 0 && experiment->trials().NextPending() != 0) {
      RunTrial(experiment->trials().NextPending());
      Plan();
    }
  }
  std::unique_ptr<Experiment> Replay(size_t events) const {
    auto replayed = *Experiment::Create(log[0], references_, nullptr);
    for (size_t i = 1; i < events; ++i) {
      const absl::Status status = replayed->Apply(log[i]);
      EXPECT_TRUE(status.ok()) << status;
    }
    return replayed;
  }
  // After a crash behind so many events: what was on its way is lost, then all goes on.
  ExperimentDriver Resume(size_t events) const {
    ExperimentDriver resumed(log[0].experiment(), references_, answer_);
    resumed.experiment = Replay(events);
    EXPECT_TRUE(resumed.experiment->diverged_generations().empty());
    const TrialQueue& trials = resumed.experiment->trials();
    for (const int64_t n : std::set<int64_t>(trials.leased())) {
      resumed.Record(resumed.experiment->DecideFailedAttempt(n, "crash"));
    }
    for (const int64_t n : std::set<int64_t>(trials.presented())) {
      resumed.Record(resumed.experiment->DecideFailedAttempt(n, "crash"));
    }
    resumed.RunToTheEnd();
    return resumed;
  }

  std::vector<v1::ExperimentEvent> log;
  std::unique_ptr<Experiment> experiment;

 private:
  const ReferenceNames references_;
  const Answer answer_;
};

// After a crash behind every `step`th event, from the one numbered `first` on, the same stimuli are
// shown and get the same scores, and the experiment ends in the same state.
inline void ExpectEveryReplayGoesOnAlike(const ExperimentDriver& whole, size_t step,
                                         size_t first = 1) {
  for (size_t cut = first; cut < whole.log.size(); cut += step) {
    SCOPED_TRACE(cut);
    const ExperimentDriver resumed = whole.Resume(cut);
    ASSERT_EQ(resumed.experiment->trials().size(), whole.experiment->trials().size());
    for (int64_t n = 1; n <= whole.experiment->trials().size(); ++n) {
      const v1::Trial& a = *whole.experiment->trials().Find(n);
      const v1::Trial& b = *resumed.experiment->trials().Find(n);
      ASSERT_EQ(a.stimulus(), b.stimulus());
      ASSERT_EQ(a.repeat(), b.repeat());
      ASSERT_EQ(a.has_score(), b.has_score());
      ASSERT_EQ(a.score(), b.score());
      ASSERT_EQ(a.site(), b.site());
      ASSERT_TRUE(std::equal(a.site_scores().begin(), a.site_scores().end(),
                             b.site_scores().begin(), b.site_scores().end()));
    }
    ASSERT_EQ(resumed.experiment->snapshot().SerializeAsString(),
              whole.experiment->snapshot().SerializeAsString());
  }
}

}  // namespace evoke

#endif  // EVOKE_TESTS_EXPERIMENT_EXPERIMENT_DRIVER_H_
