// Round numbers along an axis.
#ifndef EVOKE_COMMON_FIGURE_TICKS_H_
#define EVOKE_COMMON_FIGURE_TICKS_H_

#include <string>
#include <vector>

namespace evoke {

// The smallest of 1, 2 and 5 times a power of ten that divides [low, high] into at most
// max_intervals steps (Heckbert 1990, "Nice numbers for graph labels"); at least 1 if `whole`.
// Needs finite low < high and max_intervals >= 1.
double NiceStep(double low, double high, int max_intervals, bool whole = false);

// The multiples of step in [low, high], ascending; rounding errors neither lose nor add one.
std::vector<double> TicksWithin(double low, double high, double step);

// The number with as many decimals as its step needs: "0.25", "40", "-3", "2e+09".
std::string TickLabel(double value, double step);

// One axis: its range, and the ticks in it.
struct Axis {
  double min = 0;
  double max = 1;
  double step = 1;
  std::vector<double> ticks;
};

struct AxisFit {
  int max_intervals = 6;
  bool whole = false;         // ticks at whole numbers only: generations, trials
  bool end_on_ticks = false;  // extend the range to the next tick at both ends
  double padding = 0;         // of the data's range, at both ends
  bool stop_at_zero = false;  // padding of data on one side of zero doesn't carry the axis past it
};

// The axis for data from low to high (finite, low <= high); data of one value get a range around
// it.
Axis FitAxis(double low, double high, const AxisFit& fit);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_TICKS_H_
