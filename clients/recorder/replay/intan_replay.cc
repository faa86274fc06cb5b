#include "clients/recorder/replay/intan_replay.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/recorder/intan/intan_wire.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr char kEnded[] = "the capture has ended";
constexpr size_t kMostRandomBytes = 2000;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    return absl::NotFoundError(absl::StrCat("cannot open ", path, ": is the path right?"));
  }
  std::string content;
  std::vector<char> buffer(1 << 16);
  int bytes;
  while ((bytes = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    content.append(buffer.data(), static_cast<size_t>(bytes));
  }
  if (gzclose(file) != Z_OK || bytes < 0) {
    return absl::DataLossError(absl::StrCat(path, " is damaged: copy it again"));
  }
  return content;
}

}  // namespace

IntanReplay::~IntanReplay() { Stop().IgnoreError(); }

absl::Status IntanReplay::LoadLog(const std::string& path, IntanOutput output, size_t bytes) {
  EVOKE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  size_t offset = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const std::vector<absl::string_view> fields =
        absl::StrSplit(absl::StripAsciiWhitespace(line), ',');
    if (offset == 0 && fields[0] == "t_s") continue;
    Piece piece{.output = output};
    if (fields.size() != 3 || !absl::SimpleAtod(fields[0], &piece.seconds) ||
        !absl::SimpleAtoi(fields[1], &piece.offset) || !absl::SimpleAtoi(fields[2], &piece.bytes) ||
        piece.offset != offset || piece.bytes > bytes - offset) {
      return absl::DataLossError(absl::StrCat(path, ": \"", line, "\" is not the next piece of a ",
                                              "file of ", bytes, " bytes"));
    }
    offset += piece.bytes;
    pieces_.push_back(piece);
  }
  if (offset != bytes) {
    return absl::DataLossError(absl::StrCat(path, " tells of ", offset, " bytes of ", bytes));
  }
  return absl::OkStatus();
}

absl::Status IntanReplay::Load() {
  EVOKE_ASSIGN_OR_RETURN(spike_bytes_, ReadFile(options_.spikes_path));
  EVOKE_ASSIGN_OR_RETURN(waveform_bytes_, ReadFile(options_.waveform_path));
  pieces_.clear();
  // Stable: the waveform first, as RHX writes it.
  EVOKE_RETURN_IF_ERROR(
      LoadLog(options_.waveform_log_path, IntanOutput::kWaveform, waveform_bytes_.size()));
  EVOKE_RETURN_IF_ERROR(
      LoadLog(options_.spikes_log_path, IntanOutput::kSpikes, spike_bytes_.size()));
  std::stable_sort(pieces_.begin(), pieces_.end(),
                   [](const Piece& a, const Piece& b) { return a.seconds < b.seconds; });
  return absl::OkStatus();
}

absl::StatusOr<RigInfo> IntanReplay::Start() {
  EVOKE_RETURN_IF_ERROR(Stop());
  EVOKE_RETURN_IF_ERROR(Load());
  std::vector<IntanSpike> spikes;
  IntanSpikeParser().Parse(spike_bytes_, &spikes);
  std::set<std::string> channels;
  for (const IntanSpike& spike : spikes) {
    channels.emplace(spike.channel.data(), spike.channel.size());
  }
  std::vector<IntanDigitalBlock> blocks;
  IntanDigitalParser().Parse(waveform_bytes_, &blocks);
  if (blocks.empty()) {
    return absl::DataLossError(absl::StrCat(options_.waveform_path, " holds no block of digital ",
                                            "inputs: was another channel's waveform recorded?"));
  }
  last_sample_ = UnwrapSample(blocks.back().first_sample, 0) + kIntanBlockSamples - 1;
  // A receive may have taken several writes at once, but never a part of one.
  size_t write_bytes = waveform_bytes_.size();
  for (const Piece& piece : pieces_) {
    if (piece.output == IntanOutput::kWaveform) write_bytes = std::min(write_bytes, piece.bytes);
  }
  const size_t blocks_per_write = std::clamp<size_t>(write_bytes / kIntanBlockBytes, 1, 100);

  IntanProgramOptions program;
  program.command_port = program.waveform_port = program.spike_port = 0;
  program.sample_rate_hz = options_.sample_rate_hz;
  program.channels.assign(channels.begin(), channels.end());
  program.blocks_per_write = static_cast<int>(blocks_per_write);
  // So the adapter takes the blocks per write as they were recorded.
  program.running = true;
  // The reader may take its time.
  program.send_timeout = absl::Hours(24);
  program_ = std::make_unique<IntanProgram>(std::move(program));
  EVOKE_RETURN_IF_ERROR(program_->Start());

  IntanRecorderOptions recorder;
  recorder.command_port = program_->command_port();
  recorder.channels.assign(channels.begin(), channels.end());
  recorder.stimulus_line = options_.stimulus_line;
  recorder.sync_code_shift = options_.sync_code_shift;
  recorder.blocks_per_write = static_cast<int>(blocks_per_write);
  {
    MutexLock lock(&recorder_mutex_);
    recorder_ = std::make_unique<IntanRecorder>(std::move(recorder));
  }
  EVOKE_ASSIGN_OR_RETURN(RigInfo info, recorder_->Start());
  absl::StrAppend(&info.program, ", replayed from ", options_.spikes_path);
  random_.seed(options_.seed);
  thread_ = std::thread([this] { Play(); });
  return info;
}

void IntanReplay::Play() {
  const absl::Time start = absl::Now();
  for (const Piece& piece : pieces_) {
    if (options_.speed > 0) {
      const double seconds = (piece.seconds - pieces_.front().seconds) / options_.speed;
      if (!WaitUntil(start + absl::Seconds(seconds))) return;
    }
    if (!SendPiece(piece)) return;
  }
  {
    MutexLock lock(&mutex_);
    all_sent_ = true;
  }
  Wake();
}

bool IntanReplay::WaitUntil(absl::Time due) {
  MutexLock lock(&mutex_);
  while (!stopping_ && absl::Now() < due) changed_.WaitWithTimeout(&mutex_, due - absl::Now());
  return !stopping_;
}

bool IntanReplay::SendPiece(const Piece& piece) {
  const std::string& all = piece.output == IntanOutput::kSpikes ? spike_bytes_ : waveform_bytes_;
  absl::string_view rest = absl::string_view(all).substr(piece.offset, piece.bytes);
  while (!rest.empty()) {
    size_t bytes = rest.size();
    if (options_.chunks == IntanReplayOptions::Chunks::kSingleBytes) bytes = 1;
    if (options_.chunks == IntanReplayOptions::Chunks::kRandom) {
      bytes = std::min<size_t>(bytes, 1 + random_() % kMostRandomBytes);
    }
    if (!program_->Send(piece.output, rest.substr(0, bytes))) return false;
    rest.remove_prefix(bytes);
  }
  return program_->Flush(piece.output);
}

absl::Status IntanReplay::Read(absl::Duration timeout, RigData* data) {
  *data = RigData();
  if (recorder_ == nullptr) {
    return absl::FailedPreconditionError("replay of Intan RHX: Read() before Start()");
  }
  if (ended_) {
    ReadEnd(timeout, data);
    return absl::OkStatus();
  }
  bool all_sent;
  {
    MutexLock lock(&mutex_);
    all_sent = all_sent_;
  }
  EVOKE_RETURN_IF_ERROR(recorder_->Read(timeout, data));
  const bool nothing = data->newest_received_nanos == 0 && data->spikes.empty() &&
                       data->edges.empty() && data->faults.empty() && !data->clock_restarted;
  if (data->newest_received_nanos != 0) newest_sample_ = data->newest_sample;
  // A Read() that finds nothing after the last byte was sent and its sample read: that was all.
  ended_ = all_sent && nothing && newest_sample_ >= last_sample_;
  if (ended_) {
    data->complete_before = std::numeric_limits<int64_t>::max();
    data->trouble = kEnded;
  }
  return absl::OkStatus();
}

void IntanReplay::ReadEnd(absl::Duration timeout, RigData* data) {
  data->complete_before = std::numeric_limits<int64_t>::max();
  data->trouble = kEnded;
  const absl::Time until = absl::Now() + timeout;
  MutexLock lock(&mutex_);
  while (!woken_ && absl::Now() < until) {
    changed_.WaitWithTimeout(&mutex_, until - absl::Now());
  }
  woken_ = false;
}

absl::Status IntanReplay::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  // Ends a send that waits for its reader.
  if (program_ != nullptr) program_->Stop();
  if (thread_.joinable()) thread_.join();
  {
    MutexLock lock(&recorder_mutex_);
    recorder_.reset();
  }
  program_.reset();
  ended_ = false;
  newest_sample_ = -1;
  MutexLock lock(&mutex_);
  stopping_ = all_sent_ = woken_ = false;
  return absl::OkStatus();
}

void IntanReplay::Wake() {
  {
    MutexLock lock(&mutex_);
    woken_ = true;
    changed_.SignalAll();
  }
  MutexLock lock(&recorder_mutex_);
  if (recorder_ != nullptr) recorder_->Wake();
}

}  // namespace evoke
