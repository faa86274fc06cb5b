#include "server/optimizer/fresh_points.h"

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace evoke {
namespace {

constexpr int kDraws = 100;
// Spaces of more points than this cannot be used up by any session.
constexpr int kMaxWalk = 1 << 20;

int LevelCount(const LatentDimension& d) {
  if (d.kind == LatentDimension::Kind::kCategorical) return d.levels;
  return d.lower == d.upper ? 1 : kMaxWalk + 1;
}

// The number of points of the space, or kMaxWalk + 1 if it has more than kMaxWalk.
int PointCount(const LatentSpace& space) {
  int64_t count = 1;
  for (const LatentDimension& d : space.dimensions) {
    count *= LevelCount(d);
    if (count > kMaxWalk) return kMaxWalk + 1;
  }
  return static_cast<int>(count);
}

// Point number `number` of a small space.
LatentPoint NumberedPoint(const LatentSpace& space, int number) {
  LatentPoint point;
  for (const LatentDimension& d : space.dimensions) {
    const int levels = LevelCount(d);
    const bool categorical = d.kind == LatentDimension::Kind::kCategorical;
    point.push_back(categorical ? number % levels : d.lower);
    number /= levels;
  }
  return point;
}

}  // namespace

std::vector<LatentPoint> DrawFreshPoints(const LatentSpace& space,
                                         const ObservationArchive& archive, int count, Rng& rng) {
  std::vector<LatentPoint> points;
  absl::flat_hash_set<LatentPoint> taken;
  const auto take = [&](LatentPoint point) {
    if (!archive.IsOpen(point) || !taken.insert(point).second) return false;
    points.push_back(std::move(point));
    return true;
  };
  while (static_cast<int>(points.size()) < count) {
    bool found = false;
    for (int draw = 0; draw < kDraws && !found; ++draw) found = take(space.Sample(rng));
    if (found) continue;
    const int total = PointCount(space);
    if (total > kMaxWalk) {
      // A prior with nearly all its mass in a few points (a normal far outside its bounds).
      // Fresh points exist all the same: leave the prior, keep the bounds.
      LatentPoint point = space.Sample(rng);
      for (int i = 0; i < space.size(); ++i) {
        const LatentDimension& d = space.dimensions[i];
        if (d.kind == LatentDimension::Kind::kContinuous) {
          point[i] = rng.Uniform(d.lower, d.upper);
        }
      }
      if (!take(std::move(point))) break;
      continue;
    }
    const int start = rng.Index(total);
    for (int i = 0; i < total && !found; ++i) {
      found = take(NumberedPoint(space, static_cast<int>((int64_t{start} + i) % total)));
    }
    if (!found) break;
  }
  return points;
}

}  // namespace evoke
