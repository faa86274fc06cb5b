// The peer of the simulation benchmark: a spiking network in plain LibTorch.
#ifndef EVOKE_TESTS_BENCH_PLAIN_TORCH_NETWORK_H_
#define EVOKE_TESTS_BENCH_PLAIN_TORCH_NETWORK_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/image.h"
#include "common/weights_file.h"
#include "sim_backend/networks/architecture.h"

namespace evoke {

// As a PyTorch library for spiking networks does it in its multi-step mode: every layer handles all
// T x N images of all steps as one batch (convolution, batch norm, pooling: oneDNN and ATen, in
// channels-last memory, inference mode), then its neurons step through T by tensor operations.
class PlainTorchNetwork {
 public:
  static absl::StatusOr<std::unique_ptr<PlainTorchNetwork>> Create(const WeightsFile& file,
                                                                   int steps);
  ~PlainTorchNetwork();

  // Spike counts of the class neurons, [image][class].
  std::vector<float> Classes(absl::Span<const Image> images) const;

 private:
  struct Tensors;
  PlainTorchNetwork(const Architecture& architecture, std::unique_ptr<Tensors> tensors);
  const Architecture architecture_;
  const std::unique_ptr<Tensors> tensors_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_PLAIN_TORCH_NETWORK_H_
