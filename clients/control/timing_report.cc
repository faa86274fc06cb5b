#include "clients/control/timing_report.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/control/text.h"
#include "common/figure/plot.h"
#include "common/status_macros.h"
#include "nlohmann/json.hpp"

namespace evoke {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string SpreadText(const RunningSpread& spread, const char* unit) {
  if (spread.n == 0) return "none";
  return absl::StrFormat("mean %.4g, sd %.4g, worst %.4g %s (n = %d)", spread.mean, spread.sd(),
                         spread.worst, unit, spread.n);
}

std::string CountsText(const std::map<std::string, int64_t>& counts) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts) parts.push_back(absl::StrCat(count, " ", name));
  return absl::StrJoin(parts, ", ");
}

std::string RefreshRateText(const TimingData& data) {
  if (data.measured_hz == 0) return "not known";
  std::string text = absl::StrFormat("%.5f Hz measured", data.measured_hz);
  if (data.nominal_hz > 0) {
    absl::StrAppendFormat(&text, ", %.5g Hz nominal (%+.4g ppm)", data.nominal_hz,
                          (data.measured_hz / data.nominal_hz - 1) * 1e6);
  }
  return text;
}

std::string VerdictText(const TimingVerdict& verdict) {
  std::string text = absl::StrCat("verdict by ", verdict.of, ": ",
                                  verdict.checks.empty() ? "no limits are set\n"
                                  : verdict.kept()       ? "within the limits\n"
                                                         : "OUTSIDE the limits\n");
  for (const LimitCheck& check : verdict.checks) {
    absl::StrAppend(&text, check.kept ? "  ok   " : "  BAD  ", check.what, ": ", check.found,
                    " (limit ", check.limit, ")\n");
  }
  return text;
}

nlohmann::ordered_json SpreadJson(const RunningSpread& spread) {
  return {{"n", spread.n}, {"mean", spread.mean}, {"sd", spread.sd()}, {"worst", spread.worst}};
}

nlohmann::ordered_json MarkersJson(const TimingData& data) {
  nlohmann::ordered_json markers = nlohmann::ordered_json::array();
  for (size_t i = 0; i < data.markers.size(); ++i) {
    markers.push_back({{"marker", data.markers[i]},
                       {"after_stamp_ms", SpreadJson(data.lags[i].after_stamp)},
                       {"after_known_ms", SpreadJson(data.lags[i].after_known)},
                       {"failed", data.lags[i].failed}});
  }
  return markers;
}

nlohmann::ordered_json VerdictsJson(const std::vector<TimingVerdict>& verdicts) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const TimingVerdict& verdict : verdicts) {
    nlohmann::ordered_json checks = nlohmann::ordered_json::array();
    for (const LimitCheck& check : verdict.checks) {
      checks.push_back({{"what", check.what},
                        {"found", check.found},
                        {"limit", check.limit},
                        {"kept", check.kept}});
    }
    all.push_back({{"of", verdict.of}, {"kept", verdict.kept()}, {"checks", checks}});
  }
  return all;
}

// Logarithmic counts: one missed refresh is to be seen beside a million good ones.
absl::StatusOr<Image> DrawHistogram(const BinnedCounts& histogram, const std::string& title,
                                    const std::string& x_label) {
  Series series;
  series.style.shape = SeriesShape::kSteps;
  for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    series.x.push_back(histogram.from + static_cast<double>(bin) * histogram.width);
    series.y.push_back(std::log10(1.0 + static_cast<double>(histogram.counts[bin])));
  }
  PlotOptions options;
  options.title = title;
  options.x_label = x_label;
  options.y_label = "log10(1 + count)";
  options.height = 500;
  options.y_from_zero = true;
  return DrawLinePlot({series}, options);
}

}  // namespace

bool TimingVerdict::kept() const {
  return std::all_of(checks.begin(), checks.end(), [](const LimitCheck& c) { return c.kept; });
}

std::string TimingText(const TimingData& data, const std::vector<TimingVerdict>& verdicts) {
  Rows rows = {{"refresh rate", RefreshRateText(data)},
               {"stamps", data.stamps_by.empty() ? "none" : CountsText(data.stamps_by)},
               {"refreshes",
                absl::StrCat(data.refreshes, " shown, ", data.missed, " missed (", data.missed_on,
                             " while a stimulus was on), ", data.unconfirmed, " not confirmed")}};
  if (!data.missed_by.empty()) rows.push_back({"missed for", CountsText(data.missed_by)});
  rows.push_back({"stimuli", absl::StrCat(data.stimuli, " came on, ", data.completed,
                                          " ran to their end, ", data.late, " came on late, ",
                                          data.wrong_duration, " of the wrong duration")});
  if (!data.aborted_by.empty()) rows.push_back({"aborted for", CountsText(data.aborted_by)});
  rows.push_back({"onset - predicted", SpreadText(data.onset_errors, "us")});
  if (data.late > 0) rows.push_back({"  with late ones", SpreadText(data.all_onset_errors, "us")});
  if (data.request_errors.n > 0) {
    rows.push_back({"onset - requested", SpreadText(data.request_errors, "ms")});
  }
  for (size_t i = 0; i < data.markers.size(); ++i) {
    const MarkerLag& lag = data.lags[i];
    rows.push_back(
        {data.markers[i], "after the onset's stamp: " + SpreadText(lag.after_stamp, "ms")});
    rows.push_back({"", "after the display knew:  " + SpreadText(lag.after_known, "ms")});
    if (lag.failed > 0) rows.push_back({"", absl::StrCat(lag.failed, " NOT SENT")});
  }
  if (!data.losses.empty()) rows.push_back({"RECORDS LOST", Printable(data.losses)});
  if (data.file.damaged_blocks > 0) {
    rows.push_back({"damaged records", absl::StrCat(data.file.damaged_blocks, ", left out")});
  }
  if (data.file.torn_bytes > 0) {
    rows.push_back({"end of the file", "torn: the display did not end in good order"});
  }
  std::string text = AlignColumns(rows);
  for (const TimingVerdict& verdict : verdicts) text += VerdictText(verdict);
  return text;
}

std::string TimingJson(const TimingData& data, const std::vector<TimingVerdict>& verdicts) {
  nlohmann::ordered_json json;
  json["nominal_hz"] = data.nominal_hz;
  json["measured_hz"] = data.measured_hz;
  json["refreshes"] = data.refreshes;
  json["missed"] = data.missed;
  json["missed_while_on"] = data.missed_on;
  json["refreshes_while_on"] = data.refreshes_on;
  json["missed_by_reason"] = data.missed_by;
  json["stamps"] = data.stamps_by;
  json["unconfirmed"] = data.unconfirmed;
  json["stimuli"] = data.stimuli;
  json["completed"] = data.completed;
  json["late"] = data.late;
  json["wrong_duration"] = data.wrong_duration;
  json["aborted_by_reason"] = data.aborted_by;
  json["onset_error_us"] = SpreadJson(data.onset_errors);
  json["onset_error_with_late_us"] = SpreadJson(data.all_onset_errors);
  json["request_error_ms"] = SpreadJson(data.request_errors);
  json["markers"] = MarkersJson(data);
  json["lost"] = data.losses;
  json["damaged_blocks"] = data.file.damaged_blocks;
  json["torn_bytes"] = data.file.torn_bytes;
  json["interval_histogram_ms"] = {{"from", data.intervals.from},
                                   {"width", data.intervals.width},
                                   {"counts", data.intervals.counts}};
  json["verdicts"] = VerdictsJson(verdicts);
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::StatusOr<Image> DrawTiming(const TimingData& data) {
  if (data.refreshes < 2 || data.period_ms == 0) {
    return absl::FailedPreconditionError("the log has too few refreshes for a picture");
  }
  EVOKE_ASSIGN_OR_RETURN(
      Image picture, DrawHistogram(data.intervals,
                                   absl::StrCat("Intervals between ", data.refreshes, " refreshes"),
                                   "Interval (ms)"));
  EVOKE_ASSIGN_OR_RETURN(
      const Image onsets,
      DrawHistogram(data.onset_histogram,
                    absl::StrCat("Onsets of ", data.onset_errors.n, " stimuli in time"),
                    "Onset - predicted (us)"));
  picture.rgb.insert(picture.rgb.end(), onsets.rgb.begin(), onsets.rgb.end());
  picture.height += onsets.height;
  return picture;
}

}  // namespace evoke
