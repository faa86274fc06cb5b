// How a program that computes with large tensors treats its memory.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_TENSOR_MEMORY_H_
#define EVOKE_SIM_BACKEND_NETWORKS_TENSOR_MEMORY_H_

namespace evoke {

// Makes the allocator keep what is freed for the next tensor. By default every layer's megabytes go
// back to the system and come again page by page, which takes as long as the convolutions. Call it
// first in main() of programs that run or train networks; without effect where the C library has no
// such switch.
void KeepFreedMemory();

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_TENSOR_MEMORY_H_
