// The settings of TT sampling.
#ifndef EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_TT_SAMPLING_OPTIONS_H_
#define EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_TT_SAMPLING_OPTIONS_H_

#include "absl/status/status.h"

namespace evoke {

struct TtSamplingOptions {
  // The settings of MANGO (Pospelov et al. 2024), all with rank 5 and binary digits.
  enum class Preset {
    kTt,     // 10 samples, the best one is learnt from
    kTtS,    // 5, 1
    kTtB,    // 25, 5
    kTtExp,  // 100, 10, at twice the learning rate
  };
  static TtSamplingOptions Of(Preset preset);

  // The defaults are TT-b's: five of 25 forgive a lucky count, where TT and TT-s learn from that
  // one alone. Without noise TT-s climbs fastest.
  bool quantized = true;        // a dimension's levels are split into binary digits, one mode each
  int rank = 5;                 // of the tensor train, 1 to 64
  int batch_size = 25;          // samples per batch, 1 to 4096
  int elite = 5;                // how many of the best are learnt from, 1 to batch_size
  double learning_rate = 0.05;  // of Adam, over 0, to 1
  int steps = 1;                // of Adam, per batch, 1 to 1000
  int grid_size = 64;           // levels of a continuous dimension, 2 to 65536

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_TT_SAMPLING_OPTIONS_H_
