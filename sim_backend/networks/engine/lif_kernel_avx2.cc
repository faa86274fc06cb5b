#include "sim_backend/networks/engine/lif_kernel_body.h"

namespace evoke {

extern const LifKernel kAvx2Kernel;
const LifKernel kAvx2Kernel = {"avx2", Run, List, Gather, AddPatterns, Weigh, Below};

}  // namespace evoke
