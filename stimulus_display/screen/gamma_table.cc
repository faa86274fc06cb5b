#include "stimulus_display/screen/gamma_table.h"

#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr char kHeader[] = "level,red,green,blue";
constexpr const char* kChannelNames[] = {"red", "green", "blue"};

absl::Status CheckRising(const GammaTable& table) {
  for (size_t c = 0; c < 3; ++c) {
    const GammaTable::Channel& channel = table.rgb[c];
    for (size_t i = 1; i < channel.size(); ++i) {
      if (channel[i] < channel[i - 1]) {
        return absl::InvalidArgumentError(
            absl::StrFormat("%s falls from %d to %d at level %d: a brighter level must not be "
                            "darker; measure the monitor again",
                            kChannelNames[c], channel[i - 1], channel[i], i));
      }
    }
    if (channel.front() == channel.back()) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "%s is %d at all levels: nothing could be seen; measure the monitor again",
          kChannelNames[c], channel.front()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<GammaTable> ParseGammaTable(absl::string_view text) {
  GammaTable table;
  int line_number = 0;
  int level = 0;
  bool header = false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++line_number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    if (!header) {
      if (line != kHeader) {
        return absl::InvalidArgumentError(absl::StrFormat(
            "line %d: expected the heading \"%s\" of a gamma table", line_number, kHeader));
      }
      header = true;
      continue;
    }
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ',');
    int read_level = -1;
    if (fields.size() != 4 || !absl::SimpleAtoi(fields[0], &read_level) || read_level != level ||
        level >= GammaTable::kLevels) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "line %d: expected \"%d,RED,GREEN,BLUE\"; the levels are 0 to 255, in order", line_number,
          level));
    }
    for (size_t c = 0; c < 3; ++c) {
      double value = -1;
      if (!absl::SimpleAtod(fields[c + 1], &value) || !(value >= 0 && value <= 255)) {
        return absl::InvalidArgumentError(
            absl::StrFormat("line %d: %s must be from 0 to 255", line_number, kChannelNames[c]));
      }
      table.rgb[c][static_cast<size_t>(level)] = static_cast<uint8_t>(std::lround(value));
    }
    ++level;
  }
  if (level != GammaTable::kLevels) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "a gamma table needs %d levels, this one has %d", GammaTable::kLevels, level));
  }
  EVOKE_RETURN_IF_ERROR(CheckRising(table));
  return table;
}

std::string FormatGammaTable(const GammaTable& table, absl::string_view comment) {
  std::string text;
  for (absl::string_view line : absl::StrSplit(absl::StripSuffix(comment, "\n"), '\n')) {
    absl::StrAppend(&text, "# ", line, "\n");
  }
  absl::StrAppend(&text, kHeader, "\n");
  for (size_t i = 0; i < GammaTable::kLevels; ++i) {
    absl::StrAppend(&text, i, ",", table.rgb[0][i], ",", table.rgb[1][i], ",", table.rgb[2][i],
                    "\n");
  }
  return text;
}

absl::StatusOr<GammaTable> ReadGammaTable(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return absl::NotFoundError(absl::StrFormat(
        "%s: no such file, or it may not be read; `evoke-display calibrate gamma` makes one",
        path));
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  absl::StatusOr<GammaTable> table = ParseGammaTable(text);
  if (!table.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", table.status().message()));
  }
  return table;
}

}  // namespace evoke
