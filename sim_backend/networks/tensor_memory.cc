#include "sim_backend/networks/tensor_memory.h"

#include <cstdlib>  // defines __GLIBC__ where there is one

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace evoke {

void KeepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2047 << 20);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace evoke
