#include "sim_backend/networks/engine/lif_kernel.h"

namespace evoke {

extern const LifKernel kPortableKernel;
#if defined(__x86_64__)
extern const LifKernel kAvx2Kernel;
extern const LifKernel kAvx512Kernel;
#endif

const LifKernel* const* RunnableKernels(int* count) {
  static const LifKernel* kernels[3];
  static const int found = [] {
    int n = 0;
    kernels[n++] = &kPortableKernel;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) kernels[n++] = &kAvx2Kernel;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vbmi2")) {
      kernels[n++] = &kAvx512Kernel;
    }
#endif
    return n;
  }();
  *count = found;
  return kernels;
}

const LifKernel& BestKernel() {
  int count = 0;
  const LifKernel* const* kernels = RunnableKernels(&count);
  return *kernels[count - 1];
}

}  // namespace evoke
