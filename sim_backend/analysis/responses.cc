#include "sim_backend/analysis/responses.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/control/csv.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Images in one call of the network: enough to keep the cores busy, few enough for its memory.
constexpr size_t kBatch = 64;

std::vector<NetworkUnit> Units(absl::Span<const NamedUnit> named) {
  std::vector<NetworkUnit> units;
  for (const NamedUnit& unit : named) units.push_back(unit.unit);
  return units;
}

absl::Status InBatches(absl::Span<const Image> images, const AnswerProgress& progress,
                       absl::FunctionRef<absl::Status(absl::Span<const Image>)> answer) {
  for (size_t begin = 0; begin < images.size(); begin += kBatch) {
    EVOKE_RETURN_IF_ERROR(answer(images.subspan(begin, kBatch)));
    if (progress && !progress(std::min(begin + kBatch, images.size()))) {
      return absl::CancelledError("interrupted");
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<float> Responses::Column(size_t column) const {
  std::vector<float> values;
  for (size_t image = 0; image < rows(); ++image) values.push_back(at(image, column));
  return values;
}

absl::StatusOr<Responses> RespondAll(const Network& network, absl::Span<const Image> images,
                                     absl::Span<const NamedUnit> units,
                                     const AnswerProgress& progress) {
  Responses responses;
  for (const NamedUnit& unit : units) responses.columns.push_back(unit.name);
  const std::vector<NetworkUnit> asked = Units(units);
  EVOKE_RETURN_IF_ERROR(InBatches(images, progress, [&](absl::Span<const Image> batch) {
    EVOKE_ASSIGN_OR_RETURN(const auto answers, network.Respond(batch, asked));
    for (const auto& answer : answers) {
      for (const StepSpikes& steps : answer) {
        responses.counts.push_back(std::accumulate(steps.begin(), steps.end(), 0.0f));
      }
    }
    return absl::OkStatus();
  }));
  return responses;
}

absl::StatusOr<Responses> RespondLayer(const Network& network, absl::Span<const Image> images,
                                       int layer, const AnswerProgress& progress) {
  EVOKE_RETURN_IF_ERROR(CheckLayer(network.layers(), layer));
  const NetworkLayer& shape = network.layers()[layer];
  Responses responses;
  for (int channel = 0; channel < shape.channels; ++channel) {
    for (int row = 0; row < shape.rows; ++row) {
      for (int col = 0; col < shape.cols; ++col) {
        const bool one = shape.rows * shape.cols == 1;
        const NetworkUnit unit =
            one ? NetworkUnit{layer, channel} : NetworkUnit{layer, channel, row, col};
        responses.columns.push_back(UnitName(shape, unit));
      }
    }
  }
  EVOKE_RETURN_IF_ERROR(InBatches(images, progress, [&](absl::Span<const Image> batch) {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<float> counts, network.LayerCounts(batch, layer));
    responses.counts.insert(responses.counts.end(), counts.begin(), counts.end());
    return absl::OkStatus();
  }));
  return responses;
}

absl::StatusOr<std::vector<float>> RespondInSteps(const Network& network,
                                                  absl::Span<const Image> images,
                                                  absl::Span<const NamedUnit> units,
                                                  const AnswerProgress& progress) {
  std::vector<float> course;
  const std::vector<NetworkUnit> asked = Units(units);
  EVOKE_RETURN_IF_ERROR(InBatches(images, progress, [&](absl::Span<const Image> batch) {
    EVOKE_ASSIGN_OR_RETURN(const auto answers, network.Respond(batch, asked));
    for (const auto& answer : answers) {
      for (const StepSpikes& steps : answer)
        course.insert(course.end(), steps.begin(), steps.end());
    }
    return absl::OkStatus();
  }));
  return course;
}

std::string ResponseTable(const Responses& responses, absl::Span<const std::string> names,
                          absl::Span<const std::string> classes) {
  std::vector<std::string> fields = {"image", "class"};
  fields.insert(fields.end(), responses.columns.begin(), responses.columns.end());
  std::string table = CsvRecord(fields);
  for (size_t image = 0; image < names.size(); ++image) {
    fields = {names[image], classes[image]};
    for (size_t c = 0; c < responses.columns.size(); ++c) {
      fields.push_back(CsvNumber(responses.at(image, c)));
    }
    table += CsvRecord(fields);
  }
  return table;
}

std::string NpyBytes(absl::Span<const size_t> shape, absl::Span<const float> values) {
  static_assert(std::endian::native == std::endian::little, "the file holds little-endian floats");
  std::string header =
      absl::StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': (",
                   absl::StrJoin(shape, ", "), shape.size() == 1 ? ",), }" : "), }");
  // Magic, version, and length take 10 bytes; the data begins at a multiple of 64.
  constexpr size_t kPreamble = 10;
  header.append(63 - (kPreamble + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += '\x01';
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  const size_t at = bytes.size();
  bytes.resize(at + values.size() * sizeof(float));
  if (!values.empty()) std::memcpy(bytes.data() + at, values.data(), values.size() * sizeof(float));
  return bytes;
}

}  // namespace evoke
