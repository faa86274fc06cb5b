#include "sim_backend/training/fashion_mnist.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kSide = 28;
constexpr int kPadding = 2;  // to 32, which halves evenly
constexpr int64_t kMaxBytes = int64_t{1} << 30;
constexpr int kUnsignedByte = 8;  // IDX type code

absl::Status Damaged(const std::string& path, const std::string& what) {
  return absl::DataLossError(absl::StrCat(path, ": ", what, "; reinstall the data set"));
}

absl::StatusOr<ImageSet> LoadPart(const std::filesystem::path& folder, const std::string& part) {
  const std::string image_path = (folder / absl::StrCat(part, "-images-idx3-ubyte.gz")).string();
  const std::string label_path = (folder / absl::StrCat(part, "-labels-idx1-ubyte.gz")).string();
  EVOKE_ASSIGN_OR_RETURN(const IdxArray pixels, ReadIdx(image_path));
  EVOKE_ASSIGN_OR_RETURN(const IdxArray labels, ReadIdx(label_path));
  if (pixels.shape.size() != 3 || pixels.shape[1] != kSide || pixels.shape[2] != kSide) {
    return Damaged(image_path, "holds no 28 x 28 images");
  }
  if (labels.shape.size() != 1 || labels.shape[0] != pixels.shape[0]) {
    return Damaged(label_path, absl::StrCat("does not hold ", pixels.shape[0], " labels"));
  }
  ImageSet images;
  images.rgb.assign(pixels.shape[0] * images.image_bytes(), 0);
  images.labels.assign(labels.values.begin(), labels.values.end());
  if (*std::max_element(labels.values.begin(), labels.values.end()) > 9) {
    return Damaged(label_path, "holds a label above 9");
  }
  for (int n = 0; n < images.size(); ++n) {
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const uint8_t gray = pixels.values[(static_cast<size_t>(n) * kSide + y) * kSide + x];
        const size_t at = (y + kPadding) * images.image_size + x + kPadding;
        std::fill_n(images.rgb.begin() + n * images.image_bytes() + at * 3, 3, gray);
      }
    }
  }
  return images;
}

}  // namespace

absl::StatusOr<IdxArray> ReadIdx(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (file == nullptr) {
    return absl::NotFoundError(
        absl::StrCat(path,
                     ": cannot be opened. Install the Debian package dataset-fashion-mnist, "
                     "or give the folder of the .gz files: --data fashion-mnist:DIR"));
  }
  const auto read = [&](void* to, int64_t bytes) {
    return gzread(file.get(), to, static_cast<unsigned>(bytes)) == bytes;
  };
  std::array<uint8_t, 4> head;
  if (!read(head.data(), 4)) return Damaged(path, "is truncated");
  if (head[0] != 0 || head[1] != 0 || head[2] != kUnsignedByte || head[3] < 1 || head[3] > 4) {
    return Damaged(path, "is no IDX file of unsigned bytes");
  }
  IdxArray array;
  int64_t count = 1;
  for (int i = 0; i < head[3]; ++i) {
    std::array<uint8_t, 4> size;
    if (!read(size.data(), 4)) return Damaged(path, "is truncated");
    const int64_t length = (int64_t{size[0]} << 24) | (size[1] << 16) | (size[2] << 8) | size[3];
    count = length == 0 || count > kMaxBytes / length ? 0 : count * length;
    if (count == 0) return Damaged(path, "states an impossible size");
    array.shape.push_back(static_cast<int>(length));
  }
  array.values.resize(count);
  if (!read(array.values.data(), count)) return Damaged(path, "is truncated or damaged");
  uint8_t extra;
  // The read past the end also checks the sum that gzip keeps there.
  if (gzread(file.get(), &extra, 1) != 0)
    return Damaged(path, "is longer than it states or damaged");
  return array;
}

absl::StatusOr<TrainingData> LoadFashionMnist(const std::string& folder) {
  TrainingData data;
  data.name = "Fashion-MNIST";
  data.class_names = {"T-shirt", "trouser", "pullover", "dress", "coat",
                      "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
  EVOKE_ASSIGN_OR_RETURN(data.train, LoadPart(folder, "train"));
  EVOKE_ASSIGN_OR_RETURN(data.test, LoadPart(folder, "t10k"));
  return data;
}

}  // namespace evoke
