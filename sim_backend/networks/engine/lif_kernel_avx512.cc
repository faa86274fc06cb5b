#include "sim_backend/networks/engine/lif_kernel_body.h"

namespace evoke {

extern const LifKernel kAvx512Kernel;
const LifKernel kAvx512Kernel = {"avx512", Run, List, Gather, AddPatterns, Weigh, Below};

}  // namespace evoke
