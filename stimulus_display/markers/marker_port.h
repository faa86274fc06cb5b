// Where onsets are marked for another system: a port, a network, a library. The plug-in point for
// markers; docs/timing.md shows how to write one.
#ifndef EVOKE_STIMULUS_DISPLAY_MARKERS_MARKER_PORT_H_
#define EVOKE_STIMULUS_DISPLAY_MARKERS_MARKER_PORT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace evoke {

// A stimulus came on or went off the screen.
struct Mark {
  bool onset = true;        // false: the offset
  std::string trial;        // experiments/{experiment}/trials/{trial}; empty if not known
  uint32_t sync_code = 0;   // of this presentation: 1 .. 65535, then 1 again
  int64_t stamp_nanos = 0;  // CLOCK_MONOTONIC: of the refresh, as in the record
};

// Used by one thread, which is not the refresh thread.
class MarkerPort {
 public:
  virtual ~MarkerPort() = default;
  // For people: "serial /dev/ttyUSB0".
  virtual std::string name() const = 0;
  // False: only onsets are sent.
  virtual bool marks_offsets() const { return true; }
  // Sends the mark. By whatever it waits, the marks after it are late. An error is logged, with the
  // mark as failed; the next mark is sent nevertheless, so that a port that was unplugged may open
  // again here.
  virtual absl::Status Send(const Mark& mark) = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_MARKERS_MARKER_PORT_H_
