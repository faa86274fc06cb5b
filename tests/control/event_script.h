// Records of made-up experiments, event by event, as a server would write them.
#ifndef EVOKE_TESTS_CONTROL_EVENT_SCRIPT_H_
#define EVOKE_TESTS_CONTROL_EVENT_SCRIPT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/control/experiment_record.h"
#include "evoke/v1/event.pb.h"

namespace evoke {

class EventScript {
 public:
  // Created and active.
  explicit EventScript(v1::Experiment spec);

  const std::vector<v1::ExperimentEvent>& events() const { return events_; }
  ExperimentRecord Record() const;
  const v1::Trial& trial(int number) const { return trials_[number - 1]; }
  int trial_count() const { return static_cast<int>(trials_.size()); }
  std::string Stimulus(const std::string& id) const;

  void Advance(absl::Duration d) { time_ += d; }
  void SetSession(const std::string& session) { session_ = session; }

  // Plans a generation: each candidate once, in order (known stimuli by id, new ones with the given
  // point), then the controls ("blank", "ref-face.png").
  void PlanSearch(const std::map<std::string, std::vector<double>>& candidates,
                  const std::vector<std::string>& controls = {});
  // Each of the ids `repeats` times.
  void PlanConfirmation(const std::vector<std::string>& ids, int repeats);
  // Completes the latest generation.
  void Complete(const std::string& best_id, double best_score, const std::string& recommended_id,
                double estimate, double standard_error);

  void Lease(int number);
  void Present(int number);
  // Spikes of each unit of the objective; scores their sum.
  void Answer(int number, const std::vector<uint32_t>& counts);
  // Lease, present, answer.
  void Run(int number, const std::vector<uint32_t>& counts);
  void ChangeTrial(v1::Trial trial);
  void State(v1::Experiment::State state, const std::string& reason);
  void Comment(const std::string& author, const std::string& text);

 private:
  v1::ExperimentEvent& Next();
  void AddTrial(v1::Generation& generation, const std::string& id, v1::Trial::Kind kind);

  v1::Experiment experiment_;
  std::vector<v1::ExperimentEvent> events_;
  std::vector<v1::Trial> trials_;
  std::map<std::string, bool> known_;
  std::map<std::string, int> repeats_;
  std::vector<std::string> candidates_;
  v1::Generation::Kind kind_ = v1::Generation::KIND_SEARCH;
  int generation_ = 0;
  int candidates_done_ = 0;
  absl::Time time_ = absl::FromUnixSeconds(1'772'373'600);  // 2026-03-01 14:00 UTC
  std::string session_ = "5e551011";
};

// A search of `generations` generations of `batch` candidates that finds better and better stimuli,
// with a confirmation of 20 showings each; `gain` says how much better.
EventScript RealisticRun(const std::string& name, bool tt_cross, int generations, int batch,
                         double gain, uint64_t seed);

}  // namespace evoke

#endif  // EVOKE_TESTS_CONTROL_EVENT_SCRIPT_H_
