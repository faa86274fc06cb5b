// The order in which the stimuli of one block are shown.
#ifndef EVOKE_SERVER_EXPERIMENT_BLOCK_H_
#define EVOKE_SERVER_EXPERIMENT_BLOCK_H_

#include <string>
#include <vector>

#include "common/random.h"

namespace evoke {

// A random order of `items` in which no two neighbours are equal and the first differs from
// `previous` (what was shown last), as far as that is possible: adaptation to a stimulus shown
// twice in a row would lower its second response. Where one item is more than half of all, its
// surplus stands together at the end.
std::vector<std::string> ShuffleBlock(std::vector<std::string> items, const std::string& previous,
                                      Rng& rng);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_BLOCK_H_
