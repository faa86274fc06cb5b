#include "sim_backend/training/cifar10.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr size_t kPlane = 32 * 32;
constexpr size_t kRecord = 1 + 3 * kPlane;

}  // namespace

absl::Status AppendCifar10File(const std::string& path, ImageSet& images) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(
        absl::StrCat(path,
                     ": cannot be opened. Get the \"CIFAR-10 binary version\" from "
                     "https://www.cs.toronto.edu/~kriz/cifar.html, unpack it and give "
                     "--data cifar10:FOLDER/cifar-10-batches-bin"));
  }
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty() || bytes.size() % kRecord != 0) {
    return absl::DataLossError(absl::StrCat(path, ": ", bytes.size(),
                                            " bytes are no whole number of records of ", kRecord,
                                            " bytes; download the file again"));
  }
  for (size_t begin = 0; begin < bytes.size(); begin += kRecord) {
    const uint8_t* record = bytes.data() + begin;
    if (record[0] > 9) {
      return absl::DataLossError(absl::StrCat(path, ": record ", begin / kRecord, " has label ",
                                              static_cast<int>(record[0]),
                                              ", must be 0 to 9; download the file again"));
    }
    images.labels.push_back(record[0]);
    for (size_t i = 0; i < kPlane; ++i) {
      for (size_t c = 0; c < 3; ++c) images.rgb.push_back(record[1 + c * kPlane + i]);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainingData> LoadCifar10(const std::string& folder) {
  TrainingData data;
  data.name = "CIFAR-10";
  data.class_names = {"airplane", "automobile", "bird",  "cat",  "deer",
                      "dog",      "frog",       "horse", "ship", "truck"};
  const std::filesystem::path base(folder);
  for (int i = 1; i <= 5; ++i) {
    const std::string file = absl::StrCat("data_batch_", i, ".bin");
    EVOKE_RETURN_IF_ERROR(AppendCifar10File((base / file).string(), data.train));
  }
  EVOKE_RETURN_IF_ERROR(AppendCifar10File((base / "test_batch.bin").string(), data.test));
  return data;
}

}  // namespace evoke
