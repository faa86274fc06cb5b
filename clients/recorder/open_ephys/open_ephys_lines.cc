#include "clients/recorder/open_ephys/open_ephys_lines.h"

#include <algorithm>
#include <limits>

namespace evoke {
namespace {

constexpr double kSettleSeconds = 0.001;

// Behind what has the same sample: messages of one sample keep their order.
template <typename T>
void InsertBySample(const T& value, std::vector<T>* values) {
  values->insert(std::upper_bound(values->begin(), values->end(), value,
                                  [](const T& a, const T& b) { return a.sample < b.sample; }),
                 value);
}

}  // namespace

void OpenEphysLines::Take(const OpenEphysTtl& ttl, RigData* data) {
  const bool is_edge = ttl.line == stimulus_line_;
  const LineEdge edge{ttl.sample, ttl.state, 0};
  if (code_shift_ < 0) {
    if (is_edge) data->edges.push_back(edge);
    return;
  }
  InsertBySample<Change>(
      {ttl.sample, ttl.line, ttl.state, ttl.word.has_value(), ttl.word.value_or(0)}, &changes_);
  if (is_edge) InsertBySample(edge, &edges_);
}

void OpenEphysLines::Apply(const Change& change) {
  if (change.has_word) {
    word_ = change.word;
    return;
  }
  if (change.line >= 64) return;
  const uint64_t bit = uint64_t{1} << change.line;
  word_ = change.state ? word_ | bit : word_ & ~bit;
}

void OpenEphysLines::Emit(LineEdge edge, int64_t until, RigData* data) {
  size_t applied = 0;
  while (applied < changes_.size() && changes_[applied].sample <= until) Apply(changes_[applied++]);
  changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(applied));
  if (edge.rising) edge.sync_code = static_cast<uint32_t>(word_ >> code_shift_) & 0xff;
  data->edges.push_back(edge);
}

int64_t OpenEphysLines::Release(int64_t complete_before, double sample_rate_hz, RigData* data) {
  const auto settle = static_cast<int64_t>(kSettleSeconds * sample_rate_hz);
  size_t out = 0;
  while (out < edges_.size() && edges_[out].sample + settle < complete_before) {
    Emit(edges_[out], edges_[out].sample + settle, data);
    ++out;
  }
  edges_.erase(edges_.begin(), edges_.begin() + static_cast<std::ptrdiff_t>(out));
  // Lines that change on and on without an edge must not pile up.
  if (edges_.empty()) {
    const auto end = std::find_if(changes_.begin(), changes_.end(), [&](const Change& change) {
      return change.sample >= complete_before;
    });
    for (auto change = changes_.begin(); change != end; ++change) Apply(*change);
    changes_.erase(changes_.begin(), end);
  }
  return edges_.empty() ? complete_before : std::min(complete_before, edges_.front().sample);
}

void OpenEphysLines::ReleaseAll(RigData* data) {
  for (const LineEdge& edge : edges_) {
    Emit(edge, edge.sample, data);
  }
  edges_.clear();
  for (const Change& change : changes_) Apply(change);
  changes_.clear();
}

}  // namespace evoke
