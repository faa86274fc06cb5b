#include "sim_backend/networks/engine/lif_kernel_body.h"

namespace evoke {

extern const LifKernel kPortableKernel;
const LifKernel kPortableKernel = {"portable", Run, List, Gather, AddPatterns, Weigh, Below};

}  // namespace evoke
