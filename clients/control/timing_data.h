// What a display's timing log says, as numbers.
#ifndef EVOKE_CLIENTS_CONTROL_TIMING_DATA_H_
#define EVOKE_CLIENTS_CONTROL_TIMING_DATA_H_

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/timing/timing_log.h"
#include "evoke/v1/experiment.pb.h"

namespace evoke {

// Mean and spread of numbers that are not kept (Welford 1962), and the one farthest from zero.
struct RunningSpread {
  int64_t n = 0;
  double mean = 0;
  double squares = 0;  // sum of squared distances from the mean
  double worst = 0;

  void Add(double value) {
    ++n;
    const double step = value - mean;
    mean += step / static_cast<double>(n);
    squares += step * (value - mean);
    if (std::abs(value) > std::abs(worst)) worst = value;
  }
  double sd() const { return n > 1 ? std::sqrt(squares / static_cast<double>(n - 1)) : 0; }
};

// Counts by bins of equal width; what lies outside is in the first or last one.
struct BinnedCounts {
  double from = 0;
  double width = 1;
  std::vector<int64_t> counts;

  void Add(double value);
};

struct MarkerLag {
  int64_t failed = 0;
  RunningSpread after_stamp;  // sent less the stamp of the refresh; ms
  RunningSpread after_known;  // sent less the moment the display knew of it; ms
};

struct TimingData {
  TimingFile file;
  double nominal_hz = 0;  // 0: not known
  double period_ms = 0;   // as the display measured it at its start

  int64_t refreshes = 0;     // frames that were given to the monitor
  double measured_hz = 0;    // over the whole log; 0 with less than two confirmed stamps
  BinnedCounts intervals;    // between consecutive confirmed stamps, ms
  int64_t missed = 0;        // refreshes without a frame of their own
  int64_t missed_on = 0;     // of these, while a stimulus was on
  int64_t refreshes_on = 0;  // of the monitor, while a stimulus was on
  std::map<std::string, int64_t> missed_by;  // reason
  std::map<std::string, int64_t> stamps_by;  // source
  int64_t unconfirmed = 0;

  int64_t stimuli = 0;                        // with an onset
  int64_t completed = 0;                      // not aborted
  int64_t late = 0;                           // onsets at a later refresh than the one chosen
  int64_t wrong_duration = 0;                 // completed, and not on for as long as asked
  std::map<std::string, int64_t> aborted_by;  // reason
  RunningSpread onset_errors;                 // of onsets in time: stamp less prediction, us
  RunningSpread all_onset_errors;             // of all, us
  RunningSpread request_errors;               // stamp less the time that was asked for, ms
  BinnedCounts onset_histogram;               // of onset_errors

  std::vector<std::string> markers;  // names
  std::vector<MarkerLag> lags;       // of each, onsets only

  std::string losses;                              // as the log has it; empty: none
  std::map<std::string, v1::TimingLimits> limits;  // by experiment
};

// Reads the whole log, in constant memory. Errors of ReadTimingLog(); DATA_LOSS: a limit in it
// can't be read.
absl::StatusOr<TimingData> ReadTimingData(const std::string& path);

// What a verdict consists of.
struct LimitCheck {
  std::string what;  // "late onsets"
  std::string found;
  std::string limit;
  bool kept = false;
};

// Each limit that is set against the data. A log with records lost or without a stimulus keeps no
// limits: what is not known is not good.
std::vector<LimitCheck> CheckLimits(const TimingData& data, const v1::TimingLimits& limits);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_TIMING_DATA_H_
