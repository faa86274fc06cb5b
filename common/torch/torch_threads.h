// How many threads torch computes with.
#ifndef EVOKE_COMMON_TORCH_TORCH_THREADS_H_
#define EVOKE_COMMON_TORCH_TORCH_THREADS_H_

namespace evoke {

// For the operations of the calling thread and of threads that begin to use torch later, and for
// the linear algebra library beneath, of the whole process. The latter (OpenBLAS) has threads of
// its own, which torch's setting does not reach and which spin between calls: with one thread for
// torch alone, a training keeps two cores busy and is no faster, and on a busy machine threads that
// wait for each other take many times longer than one. At least 1.
void SetTorchThreads(int threads);

}  // namespace evoke

#endif  // EVOKE_COMMON_TORCH_TORCH_THREADS_H_
