// How many threads torch computes with.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_TORCH_THREADS_H_
#define EVOKE_SIM_BACKEND_NETWORKS_TORCH_THREADS_H_

namespace evoke {

// For the operations that the calling thread starts, and for the linear algebra library beneath,
// of the whole process. The latter (OpenBLAS) has threads of its own, which torch's setting does
// not reach and which spin between calls: with one thread for torch alone, a training keeps two
// cores busy and is no faster. At least 1.
void SetTorchThreads(int threads);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_TORCH_THREADS_H_
