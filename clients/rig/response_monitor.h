// Rasters and PSTHs of what the units answer, as a picture that is drawn anew while the experiment
// runs.
#ifndef EVOKE_CLIENTS_RIG_RESPONSE_MONITOR_H_
#define EVOKE_CLIENTS_RIG_RESPONSE_MONITOR_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/rig/rig_session.h"
#include "common/mutex.h"

namespace evoke {

// Thread-safe. Keeps the latest presentations of each unit, and draws those units that answered
// most, on a thread of its own.
class ResponseMonitor {
 public:
  // `path`: of the PNG file. Viewers that reload it see the old picture or the whole new one.
  explicit ResponseMonitor(std::string path, absl::Duration interval = absl::Seconds(2));
  ~ResponseMonitor();  // draws what is new

  // Cheap; no I/O. A failure is passed over.
  void Add(const AnsweredPresentation& answer);
  // Draws now. OK without doing anything if nothing was added yet.
  absl::Status Draw();

 private:
  struct Unit {
    int64_t presentations = 0;
    std::deque<std::vector<double>> trains;  // ms
  };
  void Loop();

  const std::string path_;
  const absl::Duration interval_;
  Mutex draw_mutex_;  // one writer of the file at a time
  Mutex mutex_;
  CondVar wake_;
  std::map<std::string, Unit> units_ ABSL_GUARDED_BY(mutex_);
  double from_ms_ ABSL_GUARDED_BY(mutex_) = 0;  // that any train reaches
  double to_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  double window_start_ms_ ABSL_GUARDED_BY(mutex_) = 0;  // of the latest
  double window_end_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  bool news_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_RESPONSE_MONITOR_H_
