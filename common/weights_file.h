// Named arrays of numbers in a file: the weights of generators and networks.
//
// The format is safetensors (https://github.com/huggingface/safetensors): the length of a JSON
// header as a little-endian 64-bit number, the header, then the arrays one after another. Types are
// F32 and F16. The header's `__metadata__` holds texts; two of them are check sums, so that a file
// verifies itself: evoke.data_sha256 (of the arrays' bytes) and evoke.header_sha256 (of the header
// without this entry, as compact JSON with sorted keys).
#ifndef EVOKE_COMMON_WEIGHTS_FILE_H_
#define EVOKE_COMMON_WEIGHTS_FILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evoke {

enum class WeightType { kFloat32, kFloat16 };

struct WeightTensor {
  std::vector<int64_t> shape;
  std::vector<float> values;               // row-major; halves are widened
  WeightType type = WeightType::kFloat32;  // in the file
};

struct WeightsFile {
  std::string path;  // for messages
  std::map<std::string, WeightTensor> tensors;
  std::map<std::string, std::string> metadata;  // "evoke.kind", "evoke.config", ...
  std::string sha256;                           // of the whole file, in hex; set by the reader

  // DATA_LOSS if there is no such entry or it has another shape.
  absl::StatusOr<const WeightTensor*> Tensor(const std::string& name,
                                             const std::vector<int64_t>& shape) const;
  // DATA_LOSS if there is no such entry.
  absl::StatusOr<std::string> Metadata(const std::string& name) const;
  // The entry "evoke.config" of a model of this "evoke.kind". INVALID_ARGUMENT if the file holds
  // another one: "FILE holds no `name` but a model of kind KIND".
  absl::StatusOr<std::string> ConfigOf(const std::string& kind, const std::string& name) const;
};

// Replaces the file at `path` in one step; `file.path`, `file.sha256` and the check sums in the
// metadata are ignored and made anew. INVALID_ARGUMENT if an array does not fit its shape, holds a
// value that is not finite or too large for its type; UNAVAILABLE if the disk does not take it.
absl::Status WriteWeights(const std::string& path, const WeightsFile& file);

// NOT_FOUND if it cannot be opened; DATA_LOSS, naming the file and the defect, if it is truncated,
// changed in any byte, malformed, or holds values that are not finite.
absl::StatusOr<WeightsFile> ReadWeights(const std::string& path);

// `folder`/`model`.safetensors. NOT_FOUND lists the models that there are; INVALID_ARGUMENT if
// `model` is not a plain name.
absl::StatusOr<WeightsFile> ReadModel(const std::string& folder, const std::string& model);

// In hex. NOT_FOUND if the file cannot be read.
absl::StatusOr<std::string> Sha256OfFile(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_COMMON_WEIGHTS_FILE_H_
