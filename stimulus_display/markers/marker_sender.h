// Sends a mark for every onset and offset, by all markers, and measures how late each was.
#ifndef EVOKE_STIMULUS_DISPLAY_MARKERS_MARKER_SENDER_H_
#define EVOKE_STIMULUS_DISPLAY_MARKERS_MARKER_SENDER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "common/timing/timing_log.h"
#include "stimulus_display/markers/marker_port.h"
#include "stimulus_display/presenter/timing_record.h"

namespace evoke {

// Thread-safe. Sends on a thread of its own, which the refresh thread wakes without waiting for it.
class MarkerSender {
 public:
  // `log` is called on the sender's thread with each mark that was sent or failed; `port` is the
  // marker's place in `markers`. `events` and `clock` outlive the sender.
  MarkerSender(std::vector<std::unique_ptr<MarkerPort>> markers, EventQueue<MarkerEvent>* events,
               const Clock* clock, std::function<void(const LoggedMarker&)> log);
  // Sends what is left. Call after the presenter has stopped.
  ~MarkerSender();

  // The trial of a request, before it can come on. Requests are numbered in the order in which they
  // are shown.
  void Announce(uint64_t request_id, const std::string& trial);

 private:
  void Loop();
  void Send(const MarkerEvent& event);
  std::string TrialOf(const MarkerEvent& event);

  const std::vector<std::unique_ptr<MarkerPort>> markers_;
  EventQueue<MarkerEvent>* const events_;
  const Clock* const clock_;
  const std::function<void(const LoggedMarker&)> log_;

  Mutex mutex_;
  std::map<uint64_t, std::string> trials_ ABSL_GUARDED_BY(mutex_);  // not yet gone off

  std::vector<bool> failing_;  // the thread's own: said once until it works again
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// As the header of a timing log has it: "0 serial /dev/ttyUSB0, 1 udp 127.0.0.1:5000".
std::string MarkerNames(const std::vector<std::unique_ptr<MarkerPort>>& markers);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_MARKERS_MARKER_SENDER_H_
