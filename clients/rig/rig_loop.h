// The loop of evoke-rig: reads the rig, answers for what was shown.
#ifndef EVOKE_CLIENTS_RIG_RIG_LOOP_H_
#define EVOKE_CLIENTS_RIG_RIG_LOOP_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "clients/recorder/recorder.h"
#include "clients/responder/responder.h"
#include "clients/rig/rig_session.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace evoke {

// What the loop tells the world. All are called on the loop's thread and must not block for long.
struct RigLoopHooks {
  // Our CLOCK_MONOTONIC at the onset, 0 if it can't be told.
  std::function<int64_t(const v1::Instant&)> to_local_nanos;
  std::function<void(const std::string&)> trouble;           // it changed
  std::function<void(const v1::Client::Backend&)> channels;  // there are others
  std::function<void(const RigSession&, const std::vector<AnsweredPresentation>&)> answered;
  std::function<void()> ended;  // nothing is read any more: the source has to end as well
};

// Requires a started recorder with a known sample rate. Until the source ends or Stop(): OK; or the
// recorder's or the source's error. Presentations come in on a thread of the loop's own.
class RigLoop {
 public:
  // All must outlive the loop.
  RigLoop(Recorder* recorder, RigSession* session, PresentationSource* source, ReportSink* sink,
          const Clock* clock, RigLoopHooks hooks, std::string backend);

  absl::Status Run();
  // Any thread.
  void Stop();

 private:
  void TakePresentations();
  void WatchHealth();
  void Report(const std::vector<AnsweredPresentation>& answers);

  Recorder* const recorder_;
  RigSession* const session_;
  PresentationSource* const source_;
  ReportSink* const sink_;
  const Clock* const clock_;
  const RigLoopHooks hooks_;
  const std::string backend_;

  std::vector<ChannelHealth::State> health_;  // as last said
  int64_t health_due_nanos_ = 0;

  Mutex mutex_;
  std::vector<v1::PresentationNotice> notices_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status source_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_RIG_LOOP_H_
