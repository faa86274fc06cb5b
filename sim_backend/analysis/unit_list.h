// Lists and ranges of a network's units, as people type them.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_UNIT_LIST_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_UNIT_LIST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sim_backend/networks/network.h"

namespace evoke {

// A unit with the name that the rest of Evoke knows it by.
struct NamedUnit {
  std::string name;  // conv3/37@4,4
  NetworkUnit unit;
  friend bool operator==(const NamedUnit&, const NamedUnit&) = default;
};

// `conv3/0-127,class/3`: items with commas between them. An item is LAYER/CHANNELS, where CHANNELS
// is a number or a range with both ends in it, optionally at a position: `conv3/0-7@4,4`. CHANNELS
// alone stay in the layer of the item before (`conv3/0-3,8`), LAYER alone are all of its channels
// (`class`).
//
// In the order given. INVALID_ARGUMENT, naming the item: it is not of this form, or its unit was
// given before. NOT_FOUND, naming the item and what the network has: no such layer, channel or
// position.
absl::StatusOr<std::vector<NamedUnit>> ParseUnitList(absl::Span<const NetworkLayer> layers,
                                                     const std::string& list);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_UNIT_LIST_H_
