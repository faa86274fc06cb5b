#include "sim_backend/analysis/unit_list.h"

#include <regex>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr size_t kMostUnits = 1'000'000;

// Read from the left: the comma in a position belongs to it. Groups: layer, first channel, last
// channel, position; or, 5, a whole layer.
const std::regex& ItemPattern() {
  static const std::regex* const pattern = new std::regex(
      R"(^(?:(?:([A-Za-z][A-Za-z0-9_.-]*)/)?(\d{1,7})(?:-(\d{1,7}))?(@\d{1,5},\d{1,5})?)"
      R"(|([A-Za-z][A-Za-z0-9_.-]*))(?:,|$))");
  return *pattern;
}

}  // namespace

absl::StatusOr<std::vector<NamedUnit>> ParseUnitList(absl::Span<const NetworkLayer> layers,
                                                     const std::string& list) {
  std::vector<NamedUnit> units;
  std::set<std::string> seen;
  std::string layer_name;
  auto rest = list.cbegin();
  do {
    std::smatch item;
    const std::string from_here(rest, list.cend());
    const auto malformed = [&](absl::string_view why) {
      return absl::InvalidArgumentError(
          absl::StrCat("units: '", from_here, "' ", why,
                       "; write conv3/37, conv3/0-127, conv3/37@4,4 or class, with commas"));
    };
    if (!std::regex_search(from_here, item, ItemPattern())) {
      return malformed("does not begin with a unit");
    }
    const bool whole_layer = item[5].matched;
    if (item[1].matched) layer_name = item[1];
    if (whole_layer) layer_name = item[5];
    if (layer_name.empty()) return malformed("names no layer");
    EVOKE_ASSIGN_OR_RETURN(const int layer, FindLayer(layers, layer_name));
    int first = 0;
    int last = layers[layer].channels - 1;
    if (!whole_layer) {
      first = last = std::stoi(item[2]);
      if (item[3].matched) last = std::stoi(item[3]);
      if (last < first) return malformed("begins with a range that ends before it begins");
    }
    for (int channel = first; channel <= last; ++channel) {
      const std::string name = absl::StrCat(layer_name, "/", channel, item[4].str());
      EVOKE_ASSIGN_OR_RETURN(const NetworkUnit unit, ParseUnit(layers, name));
      if (!seen.insert(name).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("units: ", name, " is given twice; name each unit once"));
      }
      if (units.size() == kMostUnits) return malformed("begins after a million units");
      units.push_back({name, unit});
    }
    rest += item.length();
  } while (rest != list.cend());
  if (!list.empty() && list.back() == ',') {
    return absl::InvalidArgumentError("units: the list ends with a comma");
  }
  return units;
}

}  // namespace evoke
