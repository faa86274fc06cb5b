// What has to be computed to know some units' spikes.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_ENGINE_RUN_PLAN_H_
#define EVOKE_SIM_BACKEND_NETWORKS_ENGINE_RUN_PLAN_H_

#include <vector>

#include "absl/types/span.h"
#include "sim_backend/networks/engine/fixed_layer.h"
#include "sim_backend/networks/network.h"

namespace evoke {

// In each layer the positions that the units look at, directly or through other layers, and of the
// layers that nobody else looks at only the channels asked for.
struct RunPlan {
  // A run of the kernel: groups of a block.
  struct Piece {
    int block = 0;
    int offset = 0;  // groups from the block's first one
    int first_group = 0;
    int groups = 1;
  };
  struct Layer {
    std::vector<int> positions;  // ascending; empty: not needed
    std::vector<Piece> pieces;
    // Of periodic neurons: the channels of which more is asked for than their periods.
    std::vector<int> spiking_channels;
  };
  struct View {
    std::vector<int> positions;  // that are read
    bool events = false;         // by weights
    bool bits = false;           // as they are
  };
  std::vector<Layer> layers;
  std::vector<View> views;

  // The units must be the network's.
  RunPlan(const FixedNetwork& network, absl::Span<const NetworkUnit> units);
};

// The taps of a branch that lie inside the map of side `side` that it reads: calls
// `visit(position, index of the kernel's weights)`.
template <typename Visit>
void ForTaps(const FixedBranch& branch, int side, int row, int col, const Visit& visit) {
  const int top = row * branch.stride - branch.padding;
  const int left = col * branch.stride - branch.padding;
  for (const Tap& tap : branch.taps) {
    const int r = top + tap.row;
    const int c = left + tap.col;
    if (r >= 0 && r < side && c >= 0 && c < side) visit(r * side + c, tap.index);
  }
}

// The positions under a pooled one, inside the map of side `side`: calls `visit(position)`.
template <typename Visit>
void ForPooled(Branch::Pool pool, int side, int row, int col, const Visit& visit) {
  const int size = pool == Branch::Pool::kMax3 ? 3 : pool == Branch::Pool::kAverage2 ? 2 : 1;
  const int stride = size == 1 ? 1 : 2;
  const int top = row * stride - (size == 3 ? 1 : 0);
  const int left = col * stride - (size == 3 ? 1 : 0);
  for (int r = top; r < top + size; ++r) {
    for (int c = left; c < left + size; ++c) {
      if (r >= 0 && r < side && c >= 0 && c < side) visit(r * side + c);
    }
  }
}

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_ENGINE_RUN_PLAN_H_
