// Events of small experiments, as a server would record them.
#ifndef EVOKE_TESTS_LEDGER_RECORDED_RUN_H_
#define EVOKE_TESTS_LEDGER_RECORDED_RUN_H_

#include <string>
#include <vector>

#include "evoke/v1/event.pb.h"
#include "server/ledger/ledger.h"

namespace evoke {

using EventBatch = std::vector<v1::ExperimentEvent>;

// Events of one experiment with the sequence number filled in: the n-th made has number n.
class EventMaker {
 public:
  explicit EventMaker(std::string experiment) : experiment_(std::move(experiment)) {}

  v1::ExperimentEvent State(v1::Experiment::State state);
  v1::ExperimentEvent Comment(const std::string& text);
  // A block of three stimuli (latent, reference, blank), shown once each, the reference twice.
  v1::ExperimentEvent Planned(int generation);
  v1::ExperimentEvent Completed(int generation);
  v1::ExperimentEvent TrialChanged(int number, v1::Trial::State state);
  v1::ExperimentEvent Late(int number);

 private:
  v1::ExperimentEvent Next();
  v1::Trial Trial(int number) const;

  const std::string experiment_;
  int64_t sequence_ = 0;
};

// Two blocks from creation to success, in batches as a server would append them.
std::vector<EventBatch> RecordedRun(const std::string& experiment);

// Everything that a ledger knows, as text. A failed read shows as its status.
std::string Dump(const Ledger& ledger);

// A path with nothing there, in a folder of this process that goes with it.
std::string FreshPath();

}  // namespace evoke

#endif  // EVOKE_TESTS_LEDGER_RECORDED_RUN_H_
