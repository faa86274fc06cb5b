#include "common/weights_file.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/half_float.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr uint64_t kMaxHeader = 16 << 20;
constexpr char kSuffix[] = ".safetensors";
constexpr char kMetadata[] = "__metadata__";
constexpr char kDataSum[] = "evoke.data_sha256";
constexpr char kHeaderSum[] = "evoke.header_sha256";

absl::Status Damaged(const std::string& path, const std::string& what) {
  return absl::DataLossError(absl::StrCat(path, ": ", what));
}

std::string Sha256(std::span<const char> bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<char*>(digest), size));
}

size_t BytesOf(WeightType type) { return type == WeightType::kFloat16 ? 2 : 4; }

absl::StatusOr<std::vector<char>> ReadBytes(const std::string& path) {
  std::error_code error;
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be opened; check the path"));
  }
  std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) return absl::UnavailableError(absl::StrCat(path, ": cannot be read"));
  return bytes;
}

std::string HeaderSum(json header) {
  if (header.contains(kMetadata)) header[kMetadata].erase(kHeaderSum);
  return Sha256(header.dump());
}

// Where an array lies in the data section.
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;
  std::string name;
};

absl::StatusOr<WeightTensor> ParseTensor(const std::string& path, const Range& range,
                                         const json& entry, std::span<const char> data) {
  WeightTensor tensor;
  const std::string type = entry.at("dtype");
  if (type != "F16" && type != "F32") {
    return Damaged(path,
                   absl::StrCat(range.name, " has type ", type, "; only F16 and F32 are read"));
  }
  tensor.type = type == "F16" ? WeightType::kFloat16 : WeightType::kFloat32;
  uint64_t count = 1;
  for (const json& length : entry.at("shape")) {
    const int64_t size = length.get<int64_t>();
    if (size < 0 || (size > 0 && count > data.size() / static_cast<uint64_t>(size))) {
      return Damaged(path, absl::StrCat(range.name, " has a shape beyond the file's size"));
    }
    tensor.shape.push_back(size);
    count *= static_cast<uint64_t>(size);
  }
  if (range.begin > range.end || range.end > data.size() ||
      range.end - range.begin != count * BytesOf(tensor.type)) {
    return Damaged(path, absl::StrCat("bytes ", range.begin, " to ", range.end, " of ", range.name,
                                      " do not fit its shape or the file"));
  }
  tensor.values.resize(count);
  const char* from = data.data() + range.begin;
  if (tensor.type == WeightType::kFloat32) {
    std::memcpy(tensor.values.data(), from, count * sizeof(float));
  } else {
    for (size_t i = 0; i < count; ++i) {
      uint16_t half;
      std::memcpy(&half, from + 2 * i, 2);
      tensor.values[i] = HalfToFloat(half);
    }
  }
  for (float value : tensor.values) {
    if (!std::isfinite(value)) {
      return Damaged(path, absl::StrCat(range.name, " holds a value that is not finite"));
    }
  }
  return tensor;
}

absl::Status ParseTensors(const json& header, std::span<const char> data, WeightsFile& file) {
  std::vector<Range> ranges;
  for (const auto& [name, entry] : header.items()) {
    if (name == kMetadata) continue;
    const json& offsets = entry.at("data_offsets");
    ranges.push_back({offsets.at(0).get<uint64_t>(), offsets.at(1).get<uint64_t>(), name});
    EVOKE_ASSIGN_OR_RETURN(file.tensors[name], ParseTensor(file.path, ranges.back(), entry, data));
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t end = 0;
  for (const Range& range : ranges) {
    if (range.begin != end) {
      return Damaged(file.path,
                     absl::StrCat(range.name, range.begin < end ? " overlaps the array before it"
                                                                : " leaves a gap before it"));
    }
    end = range.end;
  }
  if (end == data.size()) return absl::OkStatus();
  return Damaged(file.path, absl::StrCat(data.size() - end, " bytes follow the last array"));
}

absl::StatusOr<std::vector<char>> Pack(const std::string& name, const WeightTensor& tensor) {
  int64_t count = 1;
  for (int64_t length : tensor.shape) count *= length;
  if (count != static_cast<int64_t>(tensor.values.size())) {
    return absl::InvalidArgumentError(absl::StrCat("weights ", name, ": ", tensor.values.size(),
                                                   " values do not fill the shape [",
                                                   absl::StrJoin(tensor.shape, ", "), "]"));
  }
  const bool half = tensor.type == WeightType::kFloat16;
  const float limit = half ? kLargestHalf : std::numeric_limits<float>::max();
  std::vector<char> bytes(tensor.values.size() * BytesOf(tensor.type));
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    const float value = tensor.values[i];
    if (!(std::abs(value) <= limit)) {
      return absl::InvalidArgumentError(
          absl::StrCat("weights ", name, ": ", value, " is not finite or too large to store"));
    }
    if (half) {
      const uint16_t bits = FloatToHalf(value);
      std::memcpy(bytes.data() + 2 * i, &bits, 2);
    } else {
      std::memcpy(bytes.data() + 4 * i, &value, 4);
    }
  }
  return bytes;
}

}  // namespace

absl::StatusOr<const WeightTensor*> WeightsFile::Tensor(const std::string& name,
                                                        const std::vector<int64_t>& shape) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) return Damaged(path, absl::StrCat("has no weights ", name));
  if (found->second.shape != shape) {
    return Damaged(path,
                   absl::StrCat(name, " has shape [", absl::StrJoin(found->second.shape, ", "),
                                "], the architecture asks for [", absl::StrJoin(shape, ", "), "]"));
  }
  return &found->second;
}

absl::StatusOr<std::string> WeightsFile::Metadata(const std::string& name) const {
  const auto found = metadata.find(name);
  if (found == metadata.end()) return Damaged(path, absl::StrCat("has no metadata ", name));
  return found->second;
}

absl::StatusOr<std::string> WeightsFile::ConfigOf(const std::string& kind,
                                                  const std::string& name) const {
  const auto found = metadata.find("evoke.kind");
  if (found != metadata.end() && found->second == kind) return Metadata("evoke.config");
  return absl::InvalidArgumentError(absl::StrCat(
      path, " holds no ", name,
      found == metadata.end() ? "" : absl::StrCat(" but a model of kind ", found->second)));
}

absl::Status WriteWeights(const std::string& path, const WeightsFile& file) {
  json header = json::object();
  std::vector<char> data;
  for (const auto& [name, tensor] : file.tensors) {
    if (name == kMetadata) {
      return absl::InvalidArgumentError("weights cannot be named __metadata__");
    }
    EVOKE_ASSIGN_OR_RETURN(const std::vector<char> bytes, Pack(name, tensor));
    header[name] = {{"dtype", tensor.type == WeightType::kFloat16 ? "F16" : "F32"},
                    {"shape", tensor.shape},
                    {"data_offsets", {data.size(), data.size() + bytes.size()}}};
    data.insert(data.end(), bytes.begin(), bytes.end());
  }
  header[kMetadata] = file.metadata;
  header[kMetadata][kDataSum] = Sha256(data);
  std::string text;
  try {
    header[kMetadata][kHeaderSum] = HeaderSum(header);
    text = header.dump();
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": names and metadata must be UTF-8: ", error.what()));
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // arrays start at a multiple of 8 bytes
  const uint64_t length = text.size();

  const std::string temporary = absl::StrCat(path, ".", getpid(), ".tmp");
  std::ofstream stream(temporary, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(&length), sizeof(length));
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  stream.write(data.data(), static_cast<std::streamsize>(data.size()));
  stream.close();
  std::error_code error;
  if (stream) std::filesystem::rename(temporary, path, error);
  if (stream && !error) return absl::OkStatus();
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  return absl::UnavailableError(
      absl::StrCat(path, ": cannot be written; check that the folder exists and has space"));
}

absl::StatusOr<WeightsFile> ReadWeights(const std::string& path) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<char> bytes, ReadBytes(path));
  uint64_t length = 0;
  if (bytes.size() < sizeof(length)) return Damaged(path, "is truncated");
  std::memcpy(&length, bytes.data(), sizeof(length));
  if (length > kMaxHeader) return Damaged(path, "is no safetensors file (its header is too long)");
  if (length > bytes.size() - sizeof(length)) return Damaged(path, "is truncated in its header");
  const auto text = std::span(bytes).subspan(sizeof(length), length);
  const auto data = std::span(bytes).subspan(sizeof(length) + length);

  WeightsFile file;
  file.path = path;
  try {
    const json header = json::parse(text.begin(), text.end());
    if (header.contains(kMetadata)) header.at(kMetadata).get_to(file.metadata);
    EVOKE_ASSIGN_OR_RETURN(const std::string header_sum, file.Metadata(kHeaderSum));
    if (header_sum != HeaderSum(header)) return Damaged(path, "its header does not match its sum");
    // Before the sum: where a file is cut short, its ranges say so more clearly.
    EVOKE_RETURN_IF_ERROR(ParseTensors(header, data, file));
  } catch (const json::exception& error) {
    return Damaged(path, absl::StrCat("its header is damaged: ", error.what()));
  }
  EVOKE_ASSIGN_OR_RETURN(const std::string data_sum, file.Metadata(kDataSum));
  if (data_sum != Sha256(data)) return Damaged(path, "its weights do not match their sum");
  file.sha256 = Sha256(bytes);
  return file;
}

absl::StatusOr<WeightsFile> ReadModel(const std::string& folder, const std::string& model) {
  if (model.empty() || model.front() == '.' || model.find('/') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("model \"", model, "\": give a plain name, as in ", folder, "/NAME", kSuffix));
  }
  const std::filesystem::path base(folder);
  const std::filesystem::path path = base / (model + kSuffix);
  std::error_code error;
  if (std::filesystem::exists(path, error)) return ReadWeights(path.string());
  std::set<std::string> models;
  for (std::filesystem::directory_iterator it(base, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == kSuffix) models.insert(it->path().stem().string());
  }
  return absl::NotFoundError(
      absl::StrCat("there is no model \"", model, "\" in ", folder, "; ",
                   models.empty() ? "the folder has none"
                                  : absl::StrCat("it has ", absl::StrJoin(models, ", "))));
}

absl::StatusOr<std::string> Sha256OfFile(const std::string& path) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<char> bytes, ReadBytes(path));
  return Sha256(bytes);
}

}  // namespace evoke
