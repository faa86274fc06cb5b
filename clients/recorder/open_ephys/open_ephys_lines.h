// Edges of the stimulus line, with the code that the other lines carried.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_LINES_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_LINES_H_

#include <cstdint>
#include <vector>

#include "clients/recorder/open_ephys/open_ephys_message.h"
#include "clients/recorder/recorder.h"

namespace evoke {

// The GUI sends one message per line that changed, the stimulus line's usually before the code's
// and each with the lines as they were by then; JSON tells no word at all. So the code of a rising
// edge is what all lines show one millisecond later, and edges wait here until that is complete.
// Without code lines edges pass at once. Not thread-safe.
class OpenEphysLines {
 public:
  // Lines from 0. `code_shift`: the first of 8 code lines; -1: none.
  OpenEphysLines(int stimulus_line, int code_shift)
      : stimulus_line_(stimulus_line), code_shift_(code_shift) {}

  void Take(const OpenEphysTtl& ttl, RigData* data);
  // Hands out the edges whose code is complete. Returns before which sample all edges are out:
  // `complete_before`, or less.
  int64_t Release(int64_t complete_before, double sample_rate_hz, RigData* data);
  // Hands out what is left, as before a restart of the clock.
  void ReleaseAll(RigData* data);

 private:
  struct Change {
    int64_t sample;
    int line;
    bool state;
    bool has_word;
    uint64_t word;
  };
  void Apply(const Change& change);
  void Emit(LineEdge edge, int64_t until, RigData* data);

  const int stimulus_line_;
  const int code_shift_;
  std::vector<Change> changes_;  // not yet applied, ascending by sample; as arrived within one
  std::vector<LineEdge> edges_;  // waiting for their code, ascending by sample
  uint64_t word_ = 0;            // after all changes applied
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_LINES_H_
