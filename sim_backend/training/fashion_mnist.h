// Fashion-MNIST (Xiao et al. 2017): gzipped IDX files of 28 x 28 gray images.
#ifndef EVOKE_SIM_BACKEND_TRAINING_FASHION_MNIST_H_
#define EVOKE_SIM_BACKEND_TRAINING_FASHION_MNIST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim_backend/training/image_set.h"

namespace evoke {

// Where Debian's package dataset-fashion-mnist puts the files.
inline constexpr char kFashionMnistFolder[] = "/usr/share/datasets/fashion-mnist";

// An array of unsigned bytes in the IDX format, row-major.
struct IdxArray {
  std::vector<int> shape;
  std::vector<uint8_t> values;
};
// Reads a gzipped (or plain) IDX file. NOT_FOUND if it cannot be opened, DATA_LOSS if it is
// damaged, of another type, or over 1 GiB.
absl::StatusOr<IdxArray> ReadIdx(const std::string& path);

absl::StatusOr<TrainingData> LoadFashionMnist(const std::string& folder);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_FASHION_MNIST_H_
