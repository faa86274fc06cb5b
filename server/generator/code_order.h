// Orders the code book of a VQ-VAE so that neighbours look alike.
#ifndef EVOKE_SERVER_GENERATOR_CODE_ORDER_H_
#define EVOKE_SERVER_GENERATOR_CODE_ORDER_H_

#include <vector>

#include "absl/types/span.h"

namespace evoke {

// Recursive principal-axis bisection: the codes are split at the median along their first principal
// axis, then each half likewise. The result lists old indices in their new order; with a power of
// two of codes, the bits of a new index walk the tree from its root. Each half is turned so that
// its ends face the neighbours that they are closer to. `codes` holds `count` rows of equal length.
// Deterministic.
std::vector<int> BisectionOrder(absl::Span<const float> codes, int count);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_CODE_ORDER_H_
