#include "server/generator/code_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace evoke {
namespace {

constexpr int kPowerIterations = 100;

class Bisection {
 public:
  Bisection(absl::Span<const float> codes, int count)
      : codes_(codes), size_(static_cast<int>(codes.size()) / count) {}

  // Orders `members`. `before` and `after` are means of what lies on either side, empty at an end.
  void Order(std::span<int> members, const std::vector<double>& before,
             const std::vector<double>& after) const {
    if (members.size() < 2) return;
    const std::vector<double> center = Mean(members);
    const std::vector<double> axis = PrincipalAxis(members, center);
    std::vector<std::pair<double, int>> keyed;
    for (int member : members) keyed.emplace_back(Project(member, center, axis), member);
    std::sort(keyed.begin(), keyed.end());
    for (size_t i = 0; i < members.size(); ++i) members[i] = keyed[i].second;
    // The axis has no sign of its own: the ends face the neighbours that they are closer to.
    const size_t half = members.size() / 2;
    const std::vector<double> low = Mean(members.first(half));
    const std::vector<double> high = Mean(members.last(half));
    if (Distance(high, before) + Distance(low, after) <
        Distance(low, before) + Distance(high, after)) {
      std::reverse(members.begin(), members.end());
    }
    const std::span<int> first = members.first(members.size() - half);
    const std::span<int> second = members.last(half);
    const std::vector<double> first_mean = Mean(first);
    Order(first, before, Mean(second));
    Order(second, first_mean, after);
  }

 private:
  const float* Code(int index) const { return codes_.data() + static_cast<size_t>(index) * size_; }

  std::vector<double> Mean(std::span<const int> members) const {
    std::vector<double> mean(size_, 0);
    for (int member : members) {
      for (int i = 0; i < size_; ++i)
        mean[i] += Code(member)[i] / static_cast<double>(members.size());
    }
    return mean;
  }

  double Project(int member, const std::vector<double>& center,
                 const std::vector<double>& axis) const {
    double sum = 0;
    for (int i = 0; i < size_; ++i) sum += (Code(member)[i] - center[i]) * axis[i];
    return sum;
  }

  // Squared; 0 where one is empty.
  static double Distance(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) return 0;
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
  }

  // By power iteration on the covariance, from the deviation of the member farthest from the mean.
  std::vector<double> PrincipalAxis(std::span<const int> members,
                                    const std::vector<double>& center) const {
    std::vector<double> axis(size_, 0);
    double farthest = -1;
    for (int member : members) {
      std::vector<double> deviation(size_);
      for (int i = 0; i < size_; ++i) deviation[i] = Code(member)[i] - center[i];
      const double distance = Distance(deviation, std::vector<double>(size_, 0));
      if (distance > farthest) {
        farthest = distance;
        axis = deviation;
      }
    }
    for (int iteration = 0; iteration < kPowerIterations; ++iteration) {
      std::vector<double> next(size_, 0);
      for (int member : members) {
        const double projection = Project(member, center, axis);
        for (int i = 0; i < size_; ++i) next[i] += projection * (Code(member)[i] - center[i]);
      }
      double norm = 0;
      for (double value : next) norm += value * value;
      if (norm == 0) break;  // all members are equal
      for (double& value : next) value /= std::sqrt(norm);
      axis = next;
    }
    return axis;
  }

  absl::Span<const float> codes_;
  const int size_;
};

}  // namespace

std::vector<int> BisectionOrder(absl::Span<const float> codes, int count) {
  std::vector<int> order(count);
  std::iota(order.begin(), order.end(), 0);
  if (count > 0) Bisection(codes, count).Order(order, {}, {});
  return order;
}

}  // namespace evoke
