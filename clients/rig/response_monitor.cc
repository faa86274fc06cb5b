#include "clients/rig/response_monitor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/figure/image_file.h"
#include "common/figure/raster.h"
#include "common/status_macros.h"
#include "google/protobuf/util/time_util.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t kKept = 100;  // presentations of a unit
constexpr size_t kDrawn = 16;  // units
constexpr size_t kMostUnits = 4096;
constexpr double kMostBins = 200;  // more can't be told apart in the picture

double Ms(const google::protobuf::Duration& d) {
  return static_cast<double>(TimeUtil::DurationToNanoseconds(d)) * 1e-6;
}

}  // namespace

ResponseMonitor::ResponseMonitor(std::string path, absl::Duration interval)
    : path_(std::move(path)), interval_(interval), thread_([this] { Loop(); }) {}

ResponseMonitor::~ResponseMonitor() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.Signal();
  }
  thread_.join();
}

void ResponseMonitor::Add(const AnsweredPresentation& answer) {
  const v1::ObjectiveSpec& objective = answer.notice.objective();
  MutexLock lock(&mutex_);
  for (const v1::SpikeTrain& train : answer.response.spike_trains()) {
    if (units_.size() >= kMostUnits && !units_.contains(train.unit())) continue;
    Unit& unit = units_[train.unit()];
    ++unit.presentations;
    std::vector<double> ms;
    for (const int64_t nanos : train.nanos_from_onset()) {
      ms.push_back(static_cast<double>(nanos) * 1e-6);
    }
    unit.trains.push_back(std::move(ms));
    if (unit.trains.size() > kKept) unit.trains.pop_front();
    news_ = true;
  }
  window_start_ms_ = Ms(objective.latency_window().start());
  window_end_ms_ = Ms(objective.latency_window().end());
  from_ms_ = std::min({from_ms_, -100.0, Ms(objective.baseline_window().start())});
  to_ms_ = std::max({to_ms_, window_end_ms_ + 50, Ms(objective.baseline_window().end())});
}

absl::Status ResponseMonitor::Draw() {
  MutexLock drawing(&draw_mutex_);
  std::vector<RasterPanel> panels;
  RasterOptions options;
  {
    MutexLock lock(&mutex_);
    news_ = false;
    std::vector<std::pair<int64_t, std::string>> most;
    for (const auto& [name, unit] : units_) most.emplace_back(-unit.presentations, name);
    std::sort(most.begin(), most.end());
    if (most.size() > kDrawn) most.resize(kDrawn);
    for (const auto& [presentations, name] : most) {
      const Unit& unit = units_.at(name);
      panels.push_back({name, {unit.trains.begin(), unit.trains.end()}});
    }
    options.bin_ms = std::max(options.bin_ms, (to_ms_ - from_ms_) / kMostBins);
    options.from_ms = from_ms_;
    options.to_ms = to_ms_;
    options.window_start_ms = window_start_ms_;
    options.window_end_ms = window_end_ms_;
  }
  if (panels.empty()) return absl::OkStatus();
  options.title = absl::StrCat("The latest ", kKept, " presentations");
  EVOKE_ASSIGN_OR_RETURN(const Image picture, DrawRasters(panels, options));
  return WritePng(path_, picture);
}

void ResponseMonitor::Loop() {
  bool complained = false;
  while (true) {
    bool draw, last;
    {
      MutexLock lock(&mutex_);
      if (!stopping_) wake_.WaitWithTimeout(&mutex_, interval_);
      draw = news_;
      last = stopping_;
    }
    if (draw) {
      const absl::Status status = Draw();
      if (!status.ok() && !std::exchange(complained, true)) {
        spdlog::error("no picture of the responses: {}", std::string(status.message()));
      }
    }
    if (last) return;
  }
}

}  // namespace evoke
