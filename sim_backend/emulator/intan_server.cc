#include "sim_backend/emulator/intan_server.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace evoke {
namespace {

constexpr int kChannelsPerPort = 128;
constexpr size_t kMostPieceBytes = 3000;

std::vector<std::string> ChannelNames(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back(absl::StrFormat("%c-%03d", 'A' + i / kChannelsPerPort, i % kChannelsPerPort));
  }
  return names;
}

IntanProgramOptions ProgramOptions(const IntanServerOptions& options,
                                   const std::vector<std::string>& channels) {
  IntanProgramOptions program;
  program.host = options.rig.host;
  program.command_port = options.command_port;
  program.waveform_port = options.waveform_port;
  program.spike_port = options.spike_port;
  program.sample_rate_hz = options.rig.sample_rate_hz;
  program.channels = channels;
  program.running = options.running;
  return program;
}

}  // namespace

IntanServer::IntanServer(IntanServerOptions options)
    : options_(std::move(options)),
      channels_(ChannelNames(options_.rig.channels)),
      program_(ProgramOptions(options_, channels_)),
      random_(options_.rig.seed) {}

bool IntanServer::acquiring() const {
  bool running = false;
  program_.WithSettings([&](IntanSettings& settings) { running = settings.running(); });
  // RHX has sent all of a run when it has stopped.
  if (!running) SendLate();
  return running;
}

int IntanServer::acquisition() const {
  int runs = 0;
  program_.WithSettings([&](IntanSettings& settings) { runs = settings.runs; });
  return runs;
}

void IntanServer::Send(const EmulatedBlock& block) {
  bool running = false;
  bool send_waveform = false;
  int run = 0;
  int blocks_per_write = 1;
  std::vector<bool> enabled(channels_.size());
  program_.WithSettings([&](IntanSettings& settings) {
    running = settings.running();
    run = settings.runs;
    blocks_per_write = settings.blocks_per_write;
    send_waveform = settings.digital_enabled();
    for (const EmulatedSpike& spike : block.spikes) {
      const auto channel = static_cast<size_t>(spike.channel);
      enabled[channel] = settings.spikes_enabled(channels_[channel]);
    }
  });
  if (run != run_) BeginRun(run, block.first_sample);
  if (!running) return;
  for (const EmulatedSpike& spike : block.spikes) {
    if (!enabled[static_cast<size_t>(spike.channel)]) continue;
    spikes_.push_back(spike);
    spikes_.back().sample -= first_sample_;
  }
  TakeWords(block);
  program_.WithSettings(
      [&](IntanSettings& settings) { settings.current_timestamp = next_sample_ - 1; });
  if (waveform_blocks_ >= blocks_per_write) Write(send_waveform);
}

void IntanServer::BeginRun(int run, int64_t first_sample) {
  SendLate();
  run_ = run;
  first_sample_ = first_sample;
  next_sample_ = 0;
  block_fill_ = waveform_blocks_ = 0;
  waveform_.clear();
  spikes_.clear();
}

void IntanServer::TakeWords(const EmulatedBlock& block) {
  auto edge = block.edges.begin();
  for (int i = 0; i < block.samples; ++i) {
    for (; edge != block.edges.end() && edge->sample <= block.first_sample + i; ++edge) {
      word_ = edge->word;
    }
    if (block_fill_ == 0) block_.first_sample = static_cast<uint32_t>(next_sample_);
    block_.words[static_cast<size_t>(block_fill_++)] = word_;
    ++next_sample_;
    if (block_fill_ < kIntanBlockSamples) continue;
    block_fill_ = 0;
    AppendIntanBlock(block_, &waveform_);
    ++waveform_blocks_;
  }
}

void IntanServer::Write(bool send_waveform) {
  // RHX's order, and one spike at most per channel and sample.
  const auto key = [](const EmulatedSpike& s) { return std::tuple(s.sample, s.channel); };
  std::stable_sort(spikes_.begin(), spikes_.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  spikes_.erase(std::unique(spikes_.begin(), spikes_.end(),
                            [&](const auto& a, const auto& b) { return key(a) == key(b); }),
                spikes_.end());
  std::string records;
  for (const EmulatedSpike& spike : spikes_) {
    IntanSpike record;
    const std::string& channel = channels_[static_cast<size_t>(spike.channel)];
    std::copy_n(channel.begin(), record.channel.size(), record.channel.begin());
    record.sample = static_cast<uint32_t>(spike.sample);
    record.id = IntanIdOf(spike.sorted_id);
    AppendIntanSpike(record, &records);
  }
  absl::string_view rest = records;
  SendLate();
  if (options_.rig.unordered) SendInPieces(IntanOutput::kSpikes, TakePart(&rest));
  if (send_waveform) SendInPieces(IntanOutput::kWaveform, waveform_);
  SendInPieces(IntanOutput::kSpikes, options_.rig.unordered ? TakePart(&rest) : rest);
  late_ = options_.rig.unordered ? std::string(rest) : std::string();
  spikes_.clear();
  waveform_.clear();
  waveform_blocks_ = 0;
}

absl::string_view IntanServer::TakePart(absl::string_view* spikes) {
  const size_t count = random_() % (spikes->size() / kIntanSpikeBytes + 1);
  const absl::string_view part = spikes->substr(0, count * kIntanSpikeBytes);
  spikes->remove_prefix(part.size());
  return part;
}

void IntanServer::SendLate() const {
  SendInPieces(IntanOutput::kSpikes, late_);
  late_.clear();
}

void IntanServer::SendInPieces(IntanOutput output, absl::string_view bytes) const {
  while (!bytes.empty()) {
    const size_t piece = options_.rig.unordered
                             ? std::min<size_t>(bytes.size(), 1 + random_() % kMostPieceBytes)
                             : bytes.size();
    // Nobody there: RHX loses it as well.
    if (!program_.Send(output, bytes.substr(0, piece))) return;
    bytes.remove_prefix(piece);
  }
  program_.Flush(output);
}

std::string IntanServer::Describe() const {
  return absl::StrCat("Intan RHX, ", channels_.size(), " channels at ", options_.rig.sample_rate_hz,
                      " Hz, commands on port ", program_.command_port(),
                      "; listen with: evoke-rig run intan-rhx --host ", options_.rig.host,
                      " --port ", program_.command_port(), " --start");
}

}  // namespace evoke
