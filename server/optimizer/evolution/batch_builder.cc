#include "server/optimizer/evolution/batch_builder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/optimizer/fresh_points.h"

namespace evoke {
namespace {

constexpr int kDraws = 20;

}  // namespace

bool BatchBuilder::Add(LatentPoint point) {
  if (!archive_.IsOpen(point) || !taken_.insert(point).second) return false;
  points_.push_back(std::move(point));
  return true;
}

void BatchBuilder::Fill(int size, Rng& rng, const std::function<LatentPoint()>& make) {
  while (this->size() < size) {
    bool found = false;
    for (int draw = 0; draw < kDraws && !found; ++draw) found = Add(make());
    if (!found) break;
  }
  FillFromPrior(size, rng);
}

void BatchBuilder::FillFromPrior(int size, Rng& rng) {
  const int missing = size - this->size();
  if (missing <= 0) return;
  // The batch is no part of the archive: as many draws more as it could hold of them.
  for (LatentPoint& point :
       DrawFreshPoints(space_, archive_, missing + static_cast<int>(taken_.size()), rng)) {
    if (this->size() < size) Add(std::move(point));
  }
}

absl::StatusOr<std::vector<LatentPoint>> BatchBuilder::Finish(absl::string_view method) && {
  if (points_.empty()) {
    return absl::ResourceExhaustedError(
        absl::StrCat(method, ": every point of the space has been shown; end the experiment"));
  }
  return std::move(points_);
}

std::pair<size_t, size_t> DrawParents(size_t count, Rng& rng) {
  const auto draw = [&] {
    size_t rank;
    do {
      for (rank = 0; rng.Index(2) == 0;) ++rank;
    } while (rank >= count);
    return rank;
  };
  const size_t first = draw();
  size_t second = draw();
  if (second == first) second = (first + 1) % count;
  return {first, second};
}

std::vector<int> ProposedIds(const ObservationArchive& archive,
                             absl::Span<const LatentPoint> proposal, absl::Span<const int> ids) {
  std::vector<int> found;
  for (const LatentPoint& point : proposal) {
    const int id = archive.Find(point);
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) found.push_back(id);
  }
  return found;
}

}  // namespace evoke
