#include "tests/bench/display/report.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace evoke {
namespace {

bool IsTiming(const std::string& name) {
  return absl::StartsWith(name, "realtime.") || absl::StartsWith(name, "injected.");
}

double ValueOf(const PartValues& values, const std::string& name) {
  for (const auto& [key, value] : values) {
    if (key == name) return value;
  }
  return 0;
}

void AddFigure(std::string& out, const std::string& name, double value) {
  absl::StrAppendFormat(&out, "figure display.%s %.6g\n", name, value);
}

// The part of `name` after the prefix.
std::optional<std::string> After(const std::string& prefix, const std::string& name) {
  if (!absl::StartsWith(name, prefix)) return std::nullopt;
  return name.substr(prefix.size());
}

}  // namespace

std::string FormatTables(const std::vector<FinishedPart>& parts) {
  std::string out;
  std::vector<FinishedPart> timing;
  for (const FinishedPart& part : parts) {
    if (IsTiming(part.first)) timing.push_back(part);
  }
  if (!timing.empty()) {
    absl::StrAppendFormat(&out, "%-16s", "");
    for (const FinishedPart& part : timing) absl::StrAppendFormat(&out, " %14s", part.first);
    out += "\n";
    for (const auto& [name, unused] : timing.front().second) {
      absl::StrAppendFormat(&out, "%-16s", name);
      for (const FinishedPart& part : timing) {
        absl::StrAppendFormat(&out, " %14.6g", ValueOf(part.second, name));
      }
      out += "\n";
    }
  }
  for (const auto& [name, values] : parts) {
    if (IsTiming(name)) continue;
    absl::StrAppend(&out, "\n", name, "\n");
    for (const auto& [key, value] : values) {
      absl::StrAppendFormat(&out, "  %-20s %.6g\n", key, value);
    }
  }
  return out;
}

std::string FormatFigures(const std::vector<FinishedPart>& parts) {
  std::string out;
  double undetected = 0, false_alarms = 0;
  bool injected = false;
  for (const auto& [name, values] : parts) {
    if (const auto hz = After("realtime.", name)) {
      AddFigure(out, "missed.realtime." + *hz, ValueOf(values, "missed_onsets"));
      AddFigure(out, "wrong_duration.realtime." + *hz, ValueOf(values, "wrong_durations"));
    } else if (After("injected.", name)) {
      injected = true;
      undetected += ValueOf(values, "undetected");
      false_alarms += ValueOf(values, "false_alarms");
    } else if (name == "jitter") {
      AddFigure(out, "onset_sd_us", ValueOf(values, "predicted_sd_us"));
    } else if (name == "decode") {
      for (const auto& [key, value] : values) {
        if (const auto size = After("median_ms.", key)) {
          AddFigure(out, "decode_to_ready_ms." + *size, value);
        }
      }
    }
  }
  if (injected) {
    AddFigure(out, "undetected", undetected);
    AddFigure(out, "false_alarms", false_alarms);
  }
  return out;
}

}  // namespace evoke
