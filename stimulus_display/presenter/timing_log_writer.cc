#include "stimulus_display/presenter/timing_log_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr absl::Duration kRound = absl::Milliseconds(100);
constexpr size_t kBlockBytes = sizeof(LoggedRefresh);
// An hour and more of a disk that is full, at 144 Hz.
constexpr size_t kMaxPending = 64 << 20;

LoggedRefresh Logged(const RefreshRecord& record) {
  const Flip& flip = record.flip;
  LoggedRefresh logged;
  logged.index = flip.frame_index;
  logged.target_index = flip.target_index;
  logged.predicted_nanos = flip.predicted_nanos;
  logged.commit_begin_nanos = flip.commit_begin_nanos;
  logged.commit_end_nanos = flip.commit_end_nanos;
  logged.presented_nanos = flip.monotonic_nanos;
  logged.uncertainty_nanos = flip.uncertainty_nanos;
  logged.sequence = flip.sequence;
  logged.stimulus = record.request_id;
  logged.sync_code = record.sync_code;
  logged.flags = flip.flags;
  logged.dropped = flip.dropped;
  logged.source = static_cast<uint8_t>(flip.source);
  logged.reason = static_cast<uint8_t>(flip.reason);
  logged.confirmed = flip.confirmed ? 1 : 0;
  logged.patch = record.patch_value;
  return logged;
}

LoggedStimulus Logged(const PresentationResult& result) {
  LoggedStimulus logged;
  logged.id = result.id;
  logged.requested_nanos = result.requested_nanos;
  logged.ready_nanos = result.ready_nanos;
  logged.predicted_onset_nanos = result.predicted_onset_nanos;
  logged.onset_nanos = result.onset_nanos;
  logged.predicted_offset_nanos = result.predicted_offset_nanos;
  logged.offset_nanos = result.offset_nanos;
  logged.uncertainty_nanos = result.uncertainty_nanos;
  logged.onset_index = result.onset_index;
  logged.offset_index = result.offset_index;
  logged.sync_code = result.sync_code;
  logged.on_frames = result.on_frames;
  logged.frames = result.frames_shown;
  logged.dropped = result.dropped_frames;
  logged.late_frames = result.late_frames;
  logged.source = static_cast<uint8_t>(result.source);
  logged.aborted = result.aborted ? 1 : 0;
  logged.patch = result.patch_value;
  return logged;
}

template <typename Enum>
std::string Numbered(absl::string_view (*name)(Enum), int count) {
  std::string list;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&list, i > 0 ? ", " : "", i, " ", name(static_cast<Enum>(i)));
  }
  return list;
}

}  // namespace

TimingSettings DescribeDisplay(const ScreenInfo& screen) {
  utsname machine{};
  uname(&machine);
  return {
      {"created", absl::FormatTime(absl::Now(), absl::UTCTimeZone())},
      {"machine", absl::StrCat(machine.nodename, ", ", machine.sysname, " ", machine.release, " ",
                               machine.machine)},
      {"clock", "CLOCK_MONOTONIC, nanoseconds"},
      {"width", absl::StrCat(screen.width)},
      {"height", absl::StrCat(screen.height)},
      {"nominal-hz", absl::StrFormat("%.6f", screen.nominal_hz)},
      {"measured-hz", absl::StrFormat("%.6f", screen.measured_hz)},
      {"refresh-hz", absl::StrFormat("%.6f", screen.refresh_hz)},
      {"latch-lead-nanos", absl::StrCat(screen.latch_lead_nanos)},
      {"commit-lead-nanos", absl::StrCat(screen.commit_lead_nanos)},
      {"stamps", std::string(StampSourceName(screen.source))},
      {"sources", Numbered(StampSourceName, static_cast<int>(StampSource::kTimerEstimate) + 1)},
      {"miss-reasons", Numbered(MissReasonName, static_cast<int>(MissReason::kUnconfirmed) + 1)},
  };
}

absl::StatusOr<std::unique_ptr<TimingLogWriter>> TimingLogWriter::Open(
    const std::string& path, const std::string& name, const TimingSettings& settings,
    TimingQueues* queues) {
  std::string chosen = path;
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    chosen = absl::StrCat(path, "/", name,
                          absl::FormatTime("-%Y%m%dT%H%M%SZ", absl::Now(), absl::UTCTimeZone()),
                          ".timing");
  }
  const int file = open(chosen.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0 && errno == EEXIST) {
    return absl::AlreadyExistsError(
        absl::StrCat("--timing-log ", chosen,
                     ": exists already; name another file, or a folder in which every "
                     "run makes its own"));
  }
  if (file < 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("--timing-log ", chosen, ": can't be made: ", std::strerror(errno)));
  }
  return std::make_unique<TimingLogWriter>(file, chosen, settings, queues);
}

TimingLogWriter::TimingLogWriter(int file, std::string path, const TimingSettings& settings,
                                 TimingQueues* queues)
    : file_(file),
      path_(std::move(path)),
      queues_(queues),
      pending_(EncodeTimingHeader(settings)),
      thread_([this] { Loop(); }) {}

TimingLogWriter::~TimingLogWriter() {
  stopping_ = true;
  thread_.join();
  close(file_);
}

int64_t TimingLogWriter::lost() const {
  return queues_->refreshes.lost() + queues_->stimuli.lost() + queues_->markers.lost() +
         unwritten_.load(std::memory_order_relaxed);
}

void TimingLogWriter::Add(const std::string& blocks) {
  MutexLock lock(&mutex_);
  added_ += blocks;
}

void TimingLogWriter::Loop() {
  bool more = true;
  while (more || !stopping_) {
    const bool last = stopping_;  // asked before: what comes with the stop is still taken
    more = Collect() || !last;
    TellLosses();
    Write();
  }
}

bool TimingLogWriter::Collect() {
  std::string blocks;
  std::optional<RefreshRecord> refresh = queues_->refreshes.Take(kRound);
  {
    // Before the stimuli: a trial is named before it is shown.
    MutexLock lock(&mutex_);
    blocks.swap(added_);
  }
  for (; refresh; refresh = queues_->refreshes.Take(absl::ZeroDuration())) {
    blocks += EncodeTimingBlock(Logged(*refresh));
  }
  while (const std::optional<PresentationResult> result =
             queues_->stimuli.Take(absl::ZeroDuration())) {
    if (result->aborted) {
      blocks += EncodeTimingText(absl::StrCat("aborted ", result->id, " ", result->reason.str()));
    }
    blocks += EncodeTimingBlock(Logged(*result));
  }
  if (pending_.size() + blocks.size() > kMaxPending) {
    unwritten_ += static_cast<int64_t>(blocks.size() / kBlockBytes);
  } else {
    pending_ += blocks;
  }
  return !blocks.empty();
}

void TimingLogWriter::TellLosses() {
  const int64_t all = lost();
  if (all == told_lost_ || pending_.size() >= kMaxPending) return;
  if (told_lost_ == 0) {
    spdlog::warn("{}: records are lost: the disk is too slow or full", path_);
  }
  pending_ += EncodeTimingText(
      absl::StrFormat("lost refreshes=%d stimuli=%d markers=%d unwritten=%d",
                      queues_->refreshes.lost(), queues_->stimuli.lost(), queues_->markers.lost(),
                      unwritten_.load(std::memory_order_relaxed)));
  told_lost_ = all;
}

void TimingLogWriter::Write() {
  while (!pending_.empty()) {
    const ssize_t written = write(file_, pending_.data(), pending_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      if (!std::exchange(said_full_, true)) {
        spdlog::error("{}: can't be written: {}; trying on", path_, std::strerror(errno));
      }
      return;
    }
    said_full_ = false;
    pending_.erase(0, static_cast<size_t>(written));
  }
}

}  // namespace evoke
