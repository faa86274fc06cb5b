// The options of outputs.h.
#include "CLI/CLI.hpp"
#include "stimulus_display/outputs.h"

namespace evoke {

void OutputOptions::AddTo(CLI::App& app) {
  const char* const group = "Timing, markers, aborts";
  app.add_option("--timing-log", timing_log,
                 "Write every refresh and stimulus to this new file, or to one in this folder; "
                 "evokectl timing reads it")
      ->group(group);
  app.add_option("--marker-serial", marker_serial,
                 "Mark onsets by a byte on this port (/dev/ttyUSB0): the sync code, modulo 255; "
                 "may be given several times")
      ->group(group);
  app.add_option("--marker-udp", marker_udp,
                 "Mark onsets and offsets by a datagram to HOST:PORT; may be given several times")
      ->group(group);
  app.add_option("--abort-udp", abort_udp,
                 "Abort the stimulus that is on at every datagram to [HOST:]PORT of this machine; "
                 "its text is the reason")
      ->group(group);
}

}  // namespace evoke
