#include "sim_backend/networks/engine/run_plan.h"

#include <set>

namespace evoke {
namespace {

using Set = std::vector<bool>;

std::vector<int> Listed(const Set& set) {
  std::vector<int> list;
  for (size_t i = 0; i < set.size(); ++i) {
    if (set[i]) list.push_back(static_cast<int>(i));
  }
  return list;
}

// Whole blocks if others read the layer; else the wanted groups alone, unless they are most.
std::vector<RunPlan::Piece> PiecesOf(const FixedLayer& layer, bool read,
                                     const std::set<int>& wanted) {
  std::vector<RunPlan::Piece> pieces;
  int first = 0;
  for (int block = 0; block < static_cast<int>(layer.blocks.size()); ++block) {
    const int size = layer.blocks[block];
    std::vector<int> inside;
    for (int g = 0; g < size; ++g) {
      if (wanted.contains(first + g)) inside.push_back(g);
    }
    if (read || 2 * inside.size() > static_cast<size_t>(size)) {
      pieces.push_back({block, 0, first, size});
    } else {
      for (const int g : inside) pieces.push_back({block, g, first + g, 1});
    }
    first += size;
  }
  return pieces;
}

}  // namespace

RunPlan::RunPlan(const FixedNetwork& network, absl::Span<const NetworkUnit> units)
    : layers(network.layers.size()), views(network.views.size()) {
  const int depth = static_cast<int>(network.layers.size());
  std::vector<Set> needed;
  for (const FixedLayer& layer : network.layers) needed.emplace_back(layer.positions());
  std::vector<Set> viewed;
  for (const SpikeView& view : network.views) viewed.emplace_back(view.positions());
  std::vector<std::set<int>> wanted(depth);           // groups of channels
  std::vector<std::set<int>> wanted_channels(depth);  // of them
  for (const NetworkUnit& unit : units) {
    wanted[unit.layer].insert(unit.channel / kLanes);
    wanted_channels[unit.layer].insert(unit.channel);
    Set& positions = needed[unit.layer];
    if (unit.row < 0) {
      positions.assign(positions.size(), true);
    } else {
      positions[static_cast<size_t>(unit.row) * network.layers[unit.layer].side + unit.col] = true;
    }
  }
  std::vector<bool> read(depth, false);
  for (int l = depth - 1; l >= 0; --l) {
    const FixedLayer& layer = network.layers[l];
    layers[l].positions = Listed(needed[l]);
    layers[l].pieces = PiecesOf(layer, read[l], wanted[l]);
    if (layers[l].positions.empty()) continue;
    for (const FixedBranch& branch : layer.branches) {
      if (branch.view < 0) continue;
      const SpikeView& view = network.views[branch.view];
      Set& seen = viewed[branch.view];
      (branch.identity ? views[branch.view].bits : views[branch.view].events) = true;
      for (const int position : layers[l].positions) {
        if (branch.identity) {
          seen[position] = true;
        } else {
          ForTaps(branch, view.side, position / layer.side, position % layer.side,
                  [&](int p, int) { seen[p] = true; });
        }
      }
      if (view.source == Branch::kImage) continue;
      read[view.source] = true;
      for (const int p : Listed(seen)) {
        ForPooled(view.pool, network.layers[view.source].side, p / view.side, p % view.side,
                  [&](int source) { needed[view.source][source] = true; });
      }
    }
  }
  for (size_t v = 0; v < views.size(); ++v) {
    views[v].positions = Listed(viewed[v]);
    const SpikeView& view = network.views[v];
    if (view.source == Branch::kImage) continue;
    // Pooled patterns make their own bits; all else is made of the layer's.
    const bool from_bits = !view.patterns || (views[v].bits && view.pool == Branch::Pool::kNone);
    if (views[v].positions.empty() || !from_bits) continue;
    for (int c = 0; c < network.layers[view.source].channels; ++c) {
      wanted_channels[view.source].insert(c);
    }
  }
  for (int l = 0; l < depth; ++l) {
    layers[l].spiking_channels.assign(wanted_channels[l].begin(), wanted_channels[l].end());
  }
}

}  // namespace evoke
