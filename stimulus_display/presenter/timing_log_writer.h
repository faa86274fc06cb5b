// Writes what the refresh thread tells into a timing log (common/timing/timing_log.h).
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_TIMING_LOG_WRITER_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_TIMING_LOG_WRITER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/timing/timing_log.h"
#include "stimulus_display/presenter/timing_record.h"

namespace evoke {

// What a log begins with, beside the caller's settings: the screen, the clocks, the machine, and
// what the numbers of sources and reasons mean.
TimingSettings DescribeDisplay(const ScreenInfo& screen);

// Thread-safe. Reads the queues of refreshes and stimuli on a thread of its own, which alone waits
// for the disk. A disk that stands still for long makes the queues run full: what is lost is
// counted, and written down once there is room. What was written survives the program.
class TimingLogWriter {
 public:
  // Makes the file; in a folder, one that is named by `name` and the time (UTC). `queues` outlives
  // the writer. ALREADY_EXISTS: there is such a file. FAILED_PRECONDITION: it can't be made.
  static absl::StatusOr<std::unique_ptr<TimingLogWriter>> Open(const std::string& path,
                                                               const std::string& name,
                                                               const TimingSettings& settings,
                                                               TimingQueues* queues);
  // As Open(), to an open file, which is closed at the end.
  TimingLogWriter(int file, std::string path, const TimingSettings& settings, TimingQueues* queues);
  // Writes all that is left. Call after the presenter has stopped.
  ~TimingLogWriter();

  const std::string& path() const { return path_; }

  // Neither waits for the disk.
  void AddText(const std::string& text) { Add(EncodeTimingText(text)); }
  void AddMarker(const LoggedMarker& marker) { Add(EncodeTimingBlock(marker)); }

  // Blocks that are not in the file, for want of room in memory or on the disk.
  int64_t lost() const;

 private:
  void Add(const std::string& blocks);
  void Loop();
  // Takes what is there, waiting a little for the first refresh. False if there was nothing.
  bool Collect();
  void Write();
  void TellLosses();

  const int file_;
  const std::string path_;
  TimingQueues* const queues_;

  Mutex mutex_;
  std::string added_ ABSL_GUARDED_BY(mutex_);

  // The thread's own.
  std::string pending_;  // not yet written
  bool said_full_ = false;
  int64_t told_lost_ = 0;

  std::atomic<int64_t> unwritten_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_TIMING_LOG_WRITER_H_
