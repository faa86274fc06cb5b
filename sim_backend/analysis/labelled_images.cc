#include "sim_backend/analysis/labelled_images.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/figure/image_file.h"
#include "common/status_macros.h"
#include "sim_backend/training/cifar10.h"
#include "sim_backend/training/image_set.h"

namespace evoke {
namespace {

namespace fs = std::filesystem;

LabelledImages FromSet(const ImageSet& set, const std::string& name,
                       std::vector<std::string> class_names, int limit) {
  LabelledImages result;
  const int count = limit > 0 ? std::min(limit, set.size()) : set.size();
  for (int i = 0; i < count; ++i) {
    result.names.push_back(absl::StrCat(name, "/", i));
    result.images.push_back(set.image(i));
    result.labels.push_back(set.labels[i]);
  }
  result.class_names = std::move(class_names);
  return result;
}

absl::StatusOr<LabelledImages> FromDataSet(const ImageRequest& request) {
  EVOKE_ASSIGN_OR_RETURN(const TrainingData data, LoadTrainingData(request.from));
  return FromSet(request.training_images ? data.train : data.test,
                 absl::StrCat(data.name, request.training_images ? " training" : " test"),
                 data.class_names, request.limit);
}

absl::StatusOr<LabelledImages> FromCifarFile(const ImageRequest& request) {
  ImageSet set;
  EVOKE_RETURN_IF_ERROR(AppendCifar10File(request.from, set));
  std::vector<std::string> digits;
  for (int i = 0; i < 10; ++i) digits.push_back(absl::StrCat(i));
  return FromSet(set, fs::path(request.from).filename().string(), std::move(digits), request.limit);
}

absl::Status Append(const std::string& folder, const std::string& prefix, LabelledImages& result) {
  EVOKE_ASSIGN_OR_RETURN(std::vector<NamedImage> files, ReadImageFolder(folder));
  for (NamedImage& file : files) {
    result.names.push_back(prefix + file.name);
    result.images.push_back(std::move(file.image));
  }
  return absl::OkStatus();
}

absl::StatusOr<LabelledImages> FromFolder(const std::string& folder) {
  LabelledImages result;
  std::vector<std::string> classes;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (it->is_directory(error) && name.front() != '.') classes.push_back(name);
  }
  const absl::Status direct = Append(folder, "", result);
  if (direct.ok() || classes.empty()) {
    if (!direct.ok()) return direct;
    return result;
  }
  if (!absl::IsNotFound(direct)) return direct;  // a damaged image, say
  std::sort(classes.begin(), classes.end());
  for (const std::string& name : classes) {
    EVOKE_RETURN_IF_ERROR(Append(absl::StrCat(folder, "/", name), name + "/", result));
    result.labels.resize(result.images.size(), static_cast<int>(result.class_names.size()));
    result.class_names.push_back(name);
  }
  return result;
}

absl::StatusOr<LabelledImages> Read(const ImageRequest& request) {
  const std::string& from = request.from;
  if (absl::StartsWith(from, "cifar10") || absl::StartsWith(from, "fashion-mnist")) {
    // A folder of that name is a folder.
    if (!fs::exists(from)) return FromDataSet(request);
  }
  if (fs::is_directory(from)) return FromFolder(from);
  if (absl::EndsWith(from, ".bin")) return FromCifarFile(request);
  LabelledImages one;
  EVOKE_ASSIGN_OR_RETURN(Image image, ReadImage(from));
  one.names.push_back(fs::path(from).filename().string());
  one.images.push_back(std::move(image));
  return one;
}

}  // namespace

std::string LabelledImages::ClassOf(size_t index) const {
  return labels.empty() ? "" : class_names[labels[index]];
}

absl::StatusOr<LabelledImages> LoadImages(const ImageRequest& request, int width, int height) {
  EVOKE_ASSIGN_OR_RETURN(LabelledImages result, Read(request));
  if (request.limit > 0 && result.size() > static_cast<size_t>(request.limit)) {
    result.names.resize(request.limit);
    result.images.resize(request.limit);
    if (!result.labels.empty()) result.labels.resize(request.limit);
  }
  for (size_t i = 0; i < result.size(); ++i) {
    Image& image = result.images[i];
    if (image.width == width && image.height == height) continue;
    if (!request.resize) {
      return absl::InvalidArgumentError(absl::StrCat(
          result.names[i], " is ", image.width, " x ", image.height, " pixels, the network sees ",
          width, " x ", height, "; give images of this size, or --resize"));
    }
    EVOKE_ASSIGN_OR_RETURN(image, Resize(image, width, height));
  }
  return result;
}

}  // namespace evoke
