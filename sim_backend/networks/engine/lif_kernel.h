// The inner loops of the event-driven engine, compiled once for each kind of processor.
//
// Weights are integers (fixed_layer.h), so a sum over a set of spikes is the same in whatever order
// it is taken, and the arithmetic in doubles that follows is the same sequence of single IEEE
// operations in every version. Hence all versions give the same spikes.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_ENGINE_LIF_KERNEL_H_
#define EVOKE_SIM_BACKEND_NETWORKS_ENGINE_LIF_KERNEL_H_

#include <cstdint>

#include "sim_backend/networks/lif.h"

namespace evoke {

// Channels are computed in groups: a vector of 32-bit numbers, and 16 bits of a spike mask.
inline constexpr int kLanes = 16;
// Groups whose sums are held in registers at a time.
inline constexpr int kMostGroups = 8;
// Rows of a step that are added at a time: the end of a loop over single ones is hard to predict.
inline constexpr int kRowsAtOnce = 8;
// Numbers of a pixel, each with a row of weights: red, green, blue, and 1 for what is constant.
inline constexpr int kPixel = 4;
// Positions whose image is weighed at a time, so that each row of weights is loaded once for all.
inline constexpr int kImagePositions = 4;
// Numbers that the functions below may read and write behind the end of a list.
inline constexpr int kListSlack = 64;

// The input of one branch to one position of some groups of neurons.
struct EventSums {
  const int32_t* weights = nullptr;  // [row][stride]; the first of the groups at hand
  int64_t stride = 0;                // numbers from row to row
  // The rows that are added in each step, kRowsAtOnce at a time, and where each step's end;
  const uint16_t* rows = nullptr;
  const uint32_t* ends = nullptr;  // [step]
  // or, if `rows` is null, the sums themselves.
  const int32_t* sums = nullptr;  // [step][groups * kLanes]
  // [lane]: the sum over all inputs, if the rows are those of the inputs that did not fire; or
  // null.
  const int32_t* all = nullptr;
  const double* scale = nullptr;  // [lane]: current = scale * sum + shift
  const double* shift = nullptr;
};

// Up to kMostGroups groups of neurons at one position, from rest to the end of the response. Their
// current is the sum of what is given.
struct LifBlock {
  int steps = 0;
  int groups = 1;                    // 1, 2, 4 or 8
  const double* constant = nullptr;  // [lane]: in every step; or null
  int branches = 0;
  EventSums branch[2];
  // Spikes that are added as they are: 16 bits for each group, [step][plane]; or null. A spike of
  // plane p of n is worth 2^(n - 1 - p) * identity_unit.
  const uint16_t* identity = nullptr;
  int64_t identity_stride = 0;  // from plane to plane, in 16 bits
  int identity_planes = 1;
  double identity_unit = 1;
  LifParameters lif;
  uint16_t* out = nullptr;  // 16 bits for each group, [step]
  int64_t out_stride = 0;   // from step to step, in 16 bits
};

// A position that is read: its spikes in all steps, and the row of its first channel.
struct EventSource {
  const uint16_t* channels = nullptr;
  const uint32_t* ends = nullptr;  // [step], counted from `channels`
  uint16_t base = 0;
};

// The row of a neuron that spikes, and which of some patterns in time its spikes make.
struct PatternEvent {
  uint16_t row = 0;
  uint16_t pattern = 0;
};
// The steps in which a pattern has spikes.
struct PatternSteps {
  const uint16_t* steps = nullptr;
  int count = 0;
};

// A pixel that is read.
struct ImageTap {
  int64_t row = 0;     // of the weights of its first number
  int64_t offset = 0;  // in numbers, from the corner of the position's field
};

// What the image gives to some groups of neurons at kImagePositions positions.
struct ImageSums {
  const double* weights = nullptr;  // [row][stride], whole numbers; the first of the groups at hand
  int64_t stride = 0;
  int groups = 1;  // as in LifBlock
  const ImageTap* taps = nullptr;
  int count = 0;
  const double* corners[kImagePositions];
  const double* scale = nullptr;  // [lane]: current = scale * sum + shift
  const double* shift = nullptr;
  bool add = false;            // to the currents that are there
  double* currents = nullptr;  // [position][stride]
};

struct LifKernel {
  const char* name;

  void (*run)(const LifBlock& block);

  // Writes the indices of the set bits of `words` words at `bits`, ascending; returns how many.
  int (*list)(const uint64_t* bits, int words, uint16_t* out);

  // The rows of all sources' spikes, step by step, each step filled up with `empty` to a multiple
  // of kRowsAtOnce, and where each step's end.
  void (*gather)(const EventSource* sources, int count, int steps, uint16_t empty, uint16_t* rows,
                 uint32_t* ends);

  // sums[step][groups * kLanes] of spikes that are listed by their pattern: the rows of pattern p
  // end at input.ends[p]. They are added once, and their sum to every step of the pattern.
  void (*add_patterns)(const EventSums& input, const PatternSteps* patterns, int count, int groups,
                       int steps, int32_t* sums);

  // Sums of pixels times weights, all whole numbers that stay below 2^53.
  void (*weigh)(const ImageSums& image);

  // counts[i]: how many of `limits` (descending) lie above currents[i]; `count` is a multiple of
  // kLanes.
  void (*below)(const double* currents, int count, const double* limits, int limit_count,
                uint16_t* counts);
};

// The best one that this processor can run.
const LifKernel& BestKernel();
// Every one that it can run, for tests; the first is plain C++.
const LifKernel* const* RunnableKernels(int* count);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_ENGINE_LIF_KERNEL_H_
