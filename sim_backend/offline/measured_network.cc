#include "sim_backend/offline/measured_network.h"

#include <map>
#include <utility>

#include "common/status_macros.h"

namespace evoke {

absl::StatusOr<std::vector<std::vector<StepSpikes>>> MeasuredNetwork::Respond(
    absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const {
  const int64_t begin = clock_.MonotonicNanos();
  std::vector<Image> distinct;
  std::vector<size_t> place;              // of each image in `distinct`
  std::multimap<uint32_t, size_t> known;  // by checksum; equal checksums are compared
  for (const Image& image : images) {
    const uint32_t crc = Crc32(image);
    size_t found = distinct.size();
    for (auto [it, end] = known.equal_range(crc); it != end; ++it) {
      if (distinct[it->second] == image) found = it->second;
    }
    if (found == distinct.size()) {
      known.emplace(crc, found);
      distinct.push_back(image);
    }
    place.push_back(found);
  }
  absl::StatusOr<std::vector<std::vector<StepSpikes>>> answers = network_.Respond(distinct, units);
  nanos_ += clock_.MonotonicNanos() - begin;
  if (!answers.ok() || distinct.size() == images.size()) return answers;
  std::vector<std::vector<StepSpikes>> all;
  all.reserve(images.size());
  for (const size_t at : place) all.push_back((*answers)[at]);
  return all;
}

absl::StatusOr<std::vector<std::vector<StepSpikes>>> MeasuredNetwork::RespondSeeded(
    absl::Span<const Image> images, absl::Span<const NetworkUnit> units,
    absl::Span<const uint64_t> seeds) const {
  if (encoding() == InputEncoding::kDirect) return Respond(images, units);
  const int64_t begin = clock_.MonotonicNanos();
  auto answers = network_.RespondSeeded(images, units, seeds);
  nanos_ += clock_.MonotonicNanos() - begin;
  return answers;
}

absl::StatusOr<std::vector<float>> MeasuredNetwork::LayerCounts(absl::Span<const Image> images,
                                                                int layer) const {
  return network_.LayerCounts(images, layer);
}

}  // namespace evoke
