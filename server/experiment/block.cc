#include "server/experiment/block.h"

#include <algorithm>
#include <map>

namespace evoke {

std::vector<std::string> ShuffleBlock(std::vector<std::string> items, const std::string& previous,
                                      Rng& rng) {
  // One draw at a time, each item in proportion to how many of it are left, except the one just
  // shown; an item that fills more than half of what is left has to come now.
  std::map<std::string, int> left;
  for (const std::string& item : items) ++left[item];
  int total = static_cast<int>(items.size());
  std::vector<std::string> order;
  order.reserve(items.size());
  std::string last = previous;
  while (total > 0) {
    const auto most = std::max_element(
        left.begin(), left.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    std::string chosen = most->first;
    const auto last_left = left.find(last);
    const int blocked = last_left == left.end() ? 0 : last_left->second;
    const bool must_take_most = 2 * most->second > total && most->first != last;
    if (!must_take_most && blocked < total) {
      int draw = rng.Index(total - blocked);
      for (const auto& [item, count] : left) {
        if (item == last) continue;
        if (draw < count) {
          chosen = item;
          break;
        }
        draw -= count;
      }
    }
    if (--left[chosen] == 0) left.erase(chosen);
    --total;
    order.push_back(chosen);
    last = chosen;
  }
  return order;
}

}  // namespace evoke
