// Events and progress in words.
#ifndef EVOKE_CLIENTS_CONTROL_EVENT_TEXT_H_
#define EVOKE_CLIENTS_CONTROL_EVENT_TEXT_H_

#include <string>

#include "clients/control/progress_tracker.h"
#include "evoke/v1/event.pb.h"

namespace evoke {

// One line for an event that people want to see: a state that changed, a comment, a confirmation
// that begins, a completed generation (with the progress that follows from it). "" for all others.
std::string EventLine(const v1::ExperimentEvent& event, const ProgressNow& progress);

// "120/500 trials  gen 6  best 14.2 +- 0.8  8.1/s  0:47 left"
std::string ProgressText(const ProgressNow& progress);

// "active", "paused: no display is connected; start evoke-display"
std::string StateText(const v1::Experiment& experiment);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_EVENT_TEXT_H_
