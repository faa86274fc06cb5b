#include "common/torch/torch_threads.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

namespace evoke {

void SetTorchThreads(int threads) {
  at::set_num_threads(threads);
  // Which library it is, is decided when the program starts (Debian's alternatives).
  if (void* symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
    reinterpret_cast<void (*)(int)>(symbol)(threads);
  }
}

}  // namespace evoke
