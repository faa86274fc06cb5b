#include "clients/control/timing_data.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/control/text.h"
#include "common/status_macros.h"
#include "google/protobuf/text_format.h"

namespace evoke {
namespace {

constexpr int kBins = 200;
constexpr double kNanosPerMs = 1e6, kNanosPerUs = 1e3;

// "0 feedback, 1 OML" as {"feedback", "OML"}.
std::vector<std::string> NumberedNames(const std::string& setting) {
  std::vector<std::string> names;
  for (const absl::string_view item : absl::StrSplit(setting, ", ", absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(item, absl::MaxSplits(' ', 1));
    names.push_back(parts.second);
  }
  return names;
}

std::string NameOf(const std::vector<std::string>& names, size_t number) {
  return number < names.size() ? names[number] : absl::StrCat("number ", number);
}

double NumberSetting(const TimingFile& file, const char* name) {
  double value = 0;
  return absl::SimpleAtod(file.Setting(name), &value) ? value : 0;
}

// Follows the log from record to record.
class Reader {
 public:
  explicit Reader(TimingData* data) : data_(*data) {}

  // What the numbers mean stands in the header, which is read twice: first of all, alone.
  void Begin(const TimingFile& file) {
    sources_ = NumberedNames(file.Setting("sources"));
    reasons_ = NumberedNames(file.Setting("miss-reasons"));
    data_.markers = NumberedNames(file.Setting("markers"));
    data_.lags.resize(data_.markers.size());
    data_.nominal_hz = NumberSetting(file, "nominal-hz");
    const double hz = NumberSetting(file, "refresh-hz");
    data_.period_ms = hz > 0 ? 1e3 / hz : 0;
    // Four periods hold two missed refreshes in a row; a tenth of one each way holds the jitter.
    data_.intervals = {0, 4 * data_.period_ms / kBins, std::vector<int64_t>(kBins, 0)};
    const double reach = 0.1 * data_.period_ms * 1e3;
    data_.onset_histogram = {-reach, 2 * reach / kBins, std::vector<int64_t>(kBins, 0)};
  }

  void Take(const LoggedRefresh& r) {
    ++data_.refreshes;
    ++data_.stamps_by[NameOf(sources_, r.source)];
    data_.missed += r.dropped;
    if (r.dropped > 0) data_.missed_by[NameOf(reasons_, r.reason)] += r.dropped;
    // At the refreshes before this one the frame before stayed on.
    if (last_ && last_->stimulus != 0) {
      data_.missed_on += r.dropped;
      data_.refreshes_on += r.dropped;
    }
    if (r.stimulus != 0) ++data_.refreshes_on;
    if (r.confirmed == 0) {
      ++data_.unconfirmed;
    } else {
      if (last_ && last_->confirmed != 0) {
        data_.intervals.Add(static_cast<double>(r.presented_nanos - last_->presented_nanos) /
                            kNanosPerMs);
      }
      if (!first_) first_ = r;
      if (r.index > first_->index) {
        data_.measured_hz = static_cast<double>(r.index - first_->index) * 1e9 /
                            static_cast<double>(r.presented_nanos - first_->presented_nanos);
      }
    }
    last_ = r;
  }

  void Take(const LoggedStimulus& s) {
    if (s.aborted != 0) {
      ++data_.aborted_by[abort_reason_.first == s.id ? abort_reason_.second : "not known"];
    }
    if (s.onset_nanos == 0) return;
    ++data_.stimuli;
    if (s.aborted == 0) {
      ++data_.completed;
      if (s.frames != s.on_frames) ++data_.wrong_duration;
    }
    const double error = static_cast<double>(s.onset_nanos - s.predicted_onset_nanos) / kNanosPerUs;
    data_.all_onset_errors.Add(error);
    if (s.late_frames > 0) {
      ++data_.late;
    } else {
      data_.onset_errors.Add(error);
      data_.onset_histogram.Add(error);
    }
    if (s.requested_nanos != 0) {
      data_.request_errors.Add(static_cast<double>(s.onset_nanos - s.requested_nanos) /
                               kNanosPerMs);
    }
  }

  void Take(const LoggedMarker& m) {
    if (m.offset != 0 || m.port >= data_.lags.size()) return;
    MarkerLag& lag = data_.lags[m.port];
    if (m.failed != 0) {
      ++lag.failed;
      return;
    }
    lag.after_stamp.Add(static_cast<double>(m.sent_nanos - m.stamp_nanos) / kNanosPerMs);
    lag.after_known.Add(static_cast<double>(m.sent_nanos - m.known_nanos) / kNanosPerMs);
  }

  void Take(const std::string& text) {
    absl::string_view rest = text;
    if (absl::ConsumePrefix(&rest, "lost ")) {
      data_.losses = std::string(rest);
    } else if (absl::ConsumePrefix(&rest, "aborted ")) {
      const std::pair<absl::string_view, absl::string_view> parts =
          absl::StrSplit(rest, absl::MaxSplits(' ', 1));
      uint64_t id = 0;
      if (absl::SimpleAtoi(parts.first, &id)) abort_reason_ = {id, Printable(parts.second)};
    } else if (absl::ConsumePrefix(&rest, "limits ")) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(rest, absl::MaxSplits(' ', 1));
      if (!google::protobuf::TextFormat::ParseFromString(parts.second,
                                                         &data_.limits[parts.first])) {
        status_ = absl::DataLossError(
            absl::StrCat("the limits of ", parts.first, " can't be read; give them by --limits"));
      }
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  TimingData& data_;
  std::vector<std::string> sources_, reasons_;
  std::optional<LoggedRefresh> first_, last_;
  std::pair<uint64_t, std::string> abort_reason_;  // stands before its stimulus
  absl::Status status_;
};

std::string Percent(double share) { return absl::StrFormat("%.3g %%", 100 * share); }

double Share(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void BinnedCounts::Add(double value) {
  const double bin = (value - from) / width;
  const double last = static_cast<double>(counts.size() - 1);
  // Written so that a value that is not a number lands in the first one.
  ++counts[bin > 0 ? static_cast<size_t>(std::min(bin, last)) : 0];
}

absl::StatusOr<TimingData> ReadTimingData(const std::string& path) {
  TimingData data;
  Reader reader(&data);
  TimingVisitor visitor;
  visitor.begin = [&](const TimingFile& file) { reader.Begin(file); };
  visitor.refresh = [&](const LoggedRefresh& r) { reader.Take(r); };
  visitor.stimulus = [&](const LoggedStimulus& s) { reader.Take(s); };
  visitor.marker = [&](const LoggedMarker& m) { reader.Take(m); };
  visitor.text = [&](const std::string& text) { reader.Take(text); };
  EVOKE_ASSIGN_OR_RETURN(data.file, ReadTimingLog(path, visitor));
  if (!reader.status().ok()) {
    return absl::DataLossError(absl::StrCat(path, ": ", reader.status().message()));
  }
  return data;
}

std::vector<LimitCheck> CheckLimits(const TimingData& data, const v1::TimingLimits& limits) {
  std::vector<LimitCheck> checks;
  if (!data.losses.empty()) {
    checks.push_back({"records lost", data.losses, "none", false});
  }
  if (data.stimuli == 0) {
    checks.push_back({"stimuli in the log", "none", "at least one", false});
    return checks;
  }
  if (limits.has_max_late_share()) {
    const double share = Share(data.late, data.stimuli);
    checks.push_back({"late onsets", Percent(share), Percent(limits.max_late_share()),
                      share <= limits.max_late_share()});
  }
  if (limits.has_max_missed_share()) {
    const double share = Share(data.missed_on, data.refreshes_on);
    checks.push_back({"missed refreshes while a stimulus was on", Percent(share),
                      Percent(limits.max_missed_share()), share <= limits.max_missed_share()});
  }
  if (limits.has_max_onset_sd()) {
    const double limit_us = absl::ToDoubleMicroseconds(ToDuration(limits.max_onset_sd()));
    checks.push_back({"sd of onsets in time about their prediction",
                      absl::StrFormat("%.4g us", data.onset_errors.sd()),
                      absl::StrFormat("%.4g us", limit_us),
                      data.onset_errors.n > 1 && data.onset_errors.sd() <= limit_us});
  }
  if (limits.has_max_refresh_deviation_ppm()) {
    LimitCheck check{"refresh rate against the nominal one", "not known",
                     absl::StrFormat("%.4g ppm", limits.max_refresh_deviation_ppm()), false};
    if (data.nominal_hz > 0 && data.measured_hz > 0) {
      const double ppm = (data.measured_hz / data.nominal_hz - 1) * 1e6;
      check.found = absl::StrFormat("%+.4g ppm", ppm);
      check.kept = std::abs(ppm) <= limits.max_refresh_deviation_ppm();
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace evoke
