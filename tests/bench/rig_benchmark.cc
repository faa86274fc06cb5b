// What evoke-rig adds: from the bytes that close a window being sent to the report leaving, and the
// processor time it takes, at many channels that fire. The rig's program runs in a process of its
// own, in the true rhythm of its blocks, on the same machine; the adapter's process has the whole
// of evoke-rig but for the server.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/recorder/intan/intan_program.h"
#include "clients/recorder/intan/intan_recorder.h"
#include "clients/recorder/intan/intan_wire.h"
#include "clients/recorder/open_ephys/open_ephys_program.h"
#include "clients/recorder/open_ephys/open_ephys_recorder.h"
#include "clients/recorder/open_ephys/open_ephys_wire.h"
#include "clients/rig/rig_loop.h"
#include "common/clock.h"
#include "common/random.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr double kOpenEphysRate = 30000, kIntanRate = 20000;
constexpr int kOpenEphysBlock = 690;  // 23 ms
constexpr int kIntanWrite = 2;        // blocks
constexpr int kContinuous = 8;
constexpr double kInterval = 0.1;  // seconds between onsets
constexpr double kWindowEnd = 0.15;
constexpr int kWarmUp = 20;  // presentations
constexpr size_t kMostMessages = 4'000'000;

struct Load {
  int channels = 1024;
  double spikes_hz = 20;
  double seconds = 20;
};

// The presentations: every tenth is left out, so that the series is not regular.
bool Shown(int64_t k) { return k % 10 != 9; }

// Between the two processes.
struct Shared {
  std::atomic<int> port;  // 0: not yet
  std::atomic<int> http_port;
  std::atomic<int64_t> zero_nanos;  // CLOCK_MONOTONIC of sample 0
  std::atomic<bool> done;
  std::atomic<size_t> messages;
  struct Sent {
    int64_t newest_sample;
    int64_t nanos;
  } sent[kMostMessages];
};

// A program that sends the load.
class Sender {
 public:
  Sender(const Load& load, double rate, Shared* shared)
      : load_(load), rate_(rate), shared_(shared), clock_(NewSystemClock()) {}
  virtual ~Sender() = default;

  // Sends blocks of `samples` when they are due, until the time is over.
  void Run(int samples) {
    shared_->zero_nanos = clock_->MonotonicNanos() + 100'000'000;
    const auto blocks = static_cast<int64_t>(load_.seconds * rate_ / samples);
    for (int64_t b = 0; b < blocks; ++b) {
      Prepare(b * samples, samples);
      const int64_t due =
          shared_->zero_nanos +
          static_cast<int64_t>(static_cast<double>((b + 1) * samples) / rate_ * 1e9);
      while (clock_->MonotonicNanos() < due) absl::SleepFor(absl::Microseconds(100));
      Send();
    }
    shared_->done = true;
  }

 protected:
  virtual void Prepare(int64_t first, int samples) = 0;
  virtual void Send() = 0;

  struct Spike {
    int64_t sample;
    int channel;
  };
  std::vector<Spike> DrawSpikes(int64_t first, int samples) {
    std::vector<Spike> spikes;
    const double mean = load_.channels * load_.spikes_hz * samples / rate_;
    std::set<std::pair<int, int64_t>> taken;
    for (int64_t n = rng_.Poisson(mean); n > 0; --n) {
      const Spike spike{first + rng_.Index(samples), rng_.Index(load_.channels)};
      if (taken.insert({spike.channel, spike.sample}).second) spikes.push_back(spike);
    }
    return spikes;
  }
  // Sample and new state of the line within [first, first + samples).
  std::vector<std::pair<int64_t, bool>> Edges(int64_t first, int samples) const {
    std::vector<std::pair<int64_t, bool>> edges;
    for (int64_t k = 0; static_cast<double>(k) * kInterval < load_.seconds; ++k) {
      if (!Shown(k)) continue;
      const auto on = static_cast<int64_t>(static_cast<double>(k + 1) * kInterval * rate_);
      const auto off = on + static_cast<int64_t>(kInterval / 2 * rate_);
      if (on >= first && on < first + samples) edges.emplace_back(on, true);
      if (off >= first && off < first + samples) edges.emplace_back(off, false);
    }
    std::sort(edges.begin(), edges.end());
    return edges;
  }
  void Log(int64_t newest) {
    newest_ = std::max(newest_, newest);
    const size_t at = shared_->messages;
    if (at < kMostMessages) {
      shared_->sent[at] = {newest_, clock_->MonotonicNanos()};
      shared_->messages = at + 1;
    }
  }

  const Load load_;
  const double rate_;
  Shared* const shared_;
  const std::unique_ptr<Clock> clock_;
  Rng rng_{1};
  int64_t newest_ = 0;
};

// A ZeroMQ publisher for one subscriber that writes a whole burst at once (ZMTP 3.0,
// rfc.zeromq.org/23): libzmq's own would take longer for a burst than the adapter does, on the
// cores that both share, and what is measured is the adapter.
class BurstPublisher {
 public:
  BurstPublisher() {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        listen(listener_, 1) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      std::exit(1);
    }
    port_ = ntohs(address.sin_port);
  }
  int port() const { return port_; }

  // Greets the subscriber; it is there once it has subscribed.
  void Accept() {
    client_ = accept(listener_, nullptr, nullptr);
    const int on = 1;
    setsockopt(client_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    std::string greeting(64, '\0');
    greeting[0] = '\xff';
    greeting[9] = '\x7f';
    greeting[10] = 3;
    greeting.replace(12, 4, "NULL");
    Write(greeting);
    Read(64);
    using std::string_literals::operator""s;
    const std::string ready = "\x05READY\x0bSocket-Type\0\0\0\x03PUB"s;
    Write("\x04"s + static_cast<char>(ready.size()) + ready);
    ReadFrame();  // its READY
    ReadFrame();  // its subscription to everything
  }
  static void Append(const std::vector<std::string>& parts, std::string* bytes) {
    for (size_t i = 0; i < parts.size(); ++i) {
      const bool more = i + 1 < parts.size(), is_long = parts[i].size() > 255;
      bytes->push_back(static_cast<char>((more ? 1 : 0) | (is_long ? 2 : 0)));
      for (int byte = is_long ? 7 : 0; byte >= 0; --byte) {
        bytes->push_back(static_cast<char>(parts[i].size() >> (8 * byte)));
      }
      *bytes += parts[i];
    }
  }
  void Write(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = send(client_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return;  // the adapter has gone
      sent += static_cast<size_t>(n);
    }
  }

 private:
  std::string Read(size_t size) {
    std::string bytes(size, '\0');
    if (recv(client_, bytes.data(), size, MSG_WAITALL) != static_cast<ssize_t>(size)) std::exit(1);
    return bytes;
  }
  void ReadFrame() { Read(static_cast<unsigned char>(Read(2)[1])); }

  int listener_ = -1, client_ = -1, port_ = 0;
};

class OpenEphysSender : public Sender {
 public:
  OpenEphysSender(const Load& load, OpenEphysPlugin plugin, OpenEphysFormat format, Shared* shared)
      : Sender(load, kOpenEphysRate, shared), plugin_(plugin), format_(format), program_([&] {
          OpenEphysProgramOptions options;
          options.plugin = plugin;
          options.mode = OpenEphysMode::kAcquire;
          options.sample_rate_hz = kOpenEphysRate;
          return options;
        }()) {
    if (!program_.Start().ok()) std::exit(1);
    shared->http_port = program_.http_port();
    shared->port = publisher_.port();
    publisher_.Accept();
  }
  void Start() { Run(kOpenEphysBlock); }

 private:
  void Add(int64_t sample, OpenEphysMessage message) {
    last_sample_ = std::max(last_sample_, sample);
    if (plugin_ == OpenEphysPlugin::kZmqInterface) {
      message.message_num = ++number_;
      BurstPublisher::Append(EncodeZmqInterface(message), &burst_);
    } else if (const auto* spike = std::get_if<OpenEphysSpike>(&message.content)) {
      BurstPublisher::Append(EncodeEventBroadcaster(*spike, format_), &burst_);
    } else if (const auto* ttl = std::get_if<OpenEphysTtl>(&message.content)) {
      BurstPublisher::Append(EncodeEventBroadcaster(*ttl, format_), &burst_);
    }
  }
  void Prepare(int64_t first, int samples) override {
    burst_.clear();
    const std::string waveform(40 * sizeof(float), '\0');
    for (const Spike& s : DrawSpikes(first, samples)) {
      const std::string name = absl::StrCat("SE ", s.channel + 1);
      OpenEphysSpike spike;
      spike.stream = "bench";
      spike.stream_id = 1;
      spike.electrode = name;
      spike.electrode_index = s.channel;
      spike.sample = s.sample;
      spike.sorted_id = 1;
      spike.sample_rate_hz = kOpenEphysRate;
      spike.num_samples = 40;
      spike.amplitudes_uv = {80};
      spike.thresholds_uv = {-60};
      spike.waveform = waveform;
      Add(s.sample, {spike});
    }
    for (const auto& [sample, state] : Edges(first, samples)) {
      OpenEphysTtl ttl;
      ttl.stream = "bench";
      ttl.stream_id = 1;
      ttl.channel_name = "TTL";
      ttl.sample = sample;
      ttl.state = state;
      ttl.word = state ? 1 : 0;
      ttl.sample_rate_hz = kOpenEphysRate;
      Add(sample, {ttl});
    }
    if (plugin_ != OpenEphysPlugin::kZmqInterface) return;
    const std::string data_bytes(static_cast<size_t>(samples) * sizeof(float), '\0');
    for (int channel = 0; channel < kContinuous; ++channel) {
      OpenEphysData data;
      data.stream = "bench";
      data.channel = channel;
      data.channel_name = "CH";
      data.first_sample = first;
      data.num_samples = samples;
      data.sample_rate_hz = kOpenEphysRate;
      data.samples = data_bytes;
      Add(first + samples - 1, {data});
    }
  }
  void Send() override {
    Log(last_sample_);
    publisher_.Write(burst_);
  }

  const OpenEphysPlugin plugin_;
  const OpenEphysFormat format_;
  OpenEphysProgram program_;  // for its HTTP server
  BurstPublisher publisher_;
  int64_t number_ = 0;
  std::string burst_;
  int64_t last_sample_ = 0;
};

class IntanSender : public Sender {
 public:
  IntanSender(const Load& load, Shared* shared)
      : Sender(load, kIntanRate, shared), program_([&] {
          IntanProgramOptions options;
          options.command_port = options.waveform_port = options.spike_port = 0;
          options.sample_rate_hz = kIntanRate;
          for (int c = 0; c < load.channels; ++c) {
            options.channels.push_back(
                absl::StrFormat("%c-%03d", static_cast<char>('A' + c / 128), c % 128));
          }
          options.blocks_per_write = kIntanWrite;
          options.running = true;
          names_ = options.channels;
          return options;
        }()) {
    if (!program_.Start().ok()) std::exit(1);
    shared->port = program_.command_port();
    while (!program_.connected(IntanOutput::kWaveform) ||
           !program_.connected(IntanOutput::kSpikes)) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  void Start() { Run(kIntanWrite * kIntanBlockSamples); }

 private:
  void Prepare(int64_t first, int samples) override {
    waveform_.clear();
    spikes_.clear();
    last_ = first + samples - 1;
    auto edges = Edges(first, samples);
    size_t edge = 0;
    for (int64_t at = first; at < first + samples; at += kIntanBlockSamples) {
      IntanDigitalBlock block;
      block.first_sample = static_cast<uint32_t>(at);
      for (int i = 0; i < kIntanBlockSamples; ++i) {
        while (edge < edges.size() && edges[edge].first <= at + i) word_ = edges[edge++].second;
        block.words[static_cast<size_t>(i)] = word_;
      }
      AppendIntanBlock(block, &waveform_);
    }
    std::vector<Spike> drawn = DrawSpikes(first, samples);
    std::sort(drawn.begin(), drawn.end(),
              [](const Spike& a, const Spike& b) { return a.sample < b.sample; });
    for (const Spike& s : drawn) {
      IntanSpike spike;
      const std::string& name = names_[static_cast<size_t>(s.channel)];
      std::copy(name.begin(), name.end(), spike.channel.begin());
      spike.sample = static_cast<uint32_t>(s.sample);
      spike.id = 1;
      AppendIntanSpike(spike, &spikes_);
    }
  }
  void Send() override {
    Log(last_);
    program_.Send(IntanOutput::kWaveform, waveform_);
    program_.Send(IntanOutput::kSpikes, spikes_);
  }

  std::vector<std::string> names_;
  IntanProgram program_;
  std::string waveform_, spikes_;
  int64_t last_ = 0;
  uint16_t word_ = 0;
};

// Passes a recorder's data on and remembers what closed which window.
class WatchedRecorder : public Recorder {
 public:
  explicit WatchedRecorder(Recorder* recorder) : recorder_(recorder) {}
  absl::StatusOr<RigInfo> Start() override { return recorder_->Start(); }
  absl::Status Read(absl::Duration timeout, RigData* data) override {
    const absl::Status status = recorder_->Read(timeout, data);
    if (data->newest_received_nanos != 0) newest_ = data->newest_sample;
    if (data->complete_before != INT64_MIN) hold_ = newest_ - data->complete_before;
    faults += data->faults.size();
    spikes += data->spikes.size();
    return status;
  }
  absl::Status Stop() override { return recorder_->Stop(); }
  void Wake() override { recorder_->Wake(); }
  double sample_rate_hz() const override { return recorder_->sample_rate_hz(); }
  int64_t hold() const { return hold_; }

  size_t faults = 0, spikes = 0;

 private:
  Recorder* const recorder_;
  int64_t newest_ = 0, hold_ = 0;
};

// Tells of each presentation when it is over.
class Presentations : public PresentationSource {
 public:
  Presentations(const Load& load, const std::string& unit, const Shared* shared, const Clock* clock)
      : load_(load), unit_(unit), shared_(shared), clock_(clock) {}
  absl::StatusOr<std::vector<v1::PresentationNotice>> Next(int) override {
    while (!Shown(next_)) ++next_;
    const double onset = static_cast<double>(next_ + 1) * kInterval;
    const auto due = [&] {
      return shared_->zero_nanos + static_cast<int64_t>((onset + 0.09) * 1e9);
    };
    while (shared_->zero_nanos == 0 || clock_->MonotonicNanos() < due()) {
      if (stop) return std::vector<v1::PresentationNotice>();
      absl::SleepFor(absl::Milliseconds(1));
    }
    if (stop || onset + 0.5 > load_.seconds) {
      while (!stop) absl::SleepFor(absl::Milliseconds(1));
      return std::vector<v1::PresentationNotice>();
    }
    v1::PresentationNotice notice;
    notice.mutable_trial()->set_name(absl::StrCat("experiments/x/trials/", next_ + 1));
    v1::Instant& instant = *notice.mutable_trial()->mutable_presentation()->mutable_onset();
    instant.set_session("s");
    instant.set_session_nanos(static_cast<int64_t>(onset * 1e9));
    notice.mutable_objective()->add_units()->set_unit(unit_);
    notice.mutable_objective()->mutable_latency_window()->mutable_start()->set_nanos(50'000'000);
    notice.mutable_objective()->mutable_latency_window()->mutable_end()->set_nanos(
        static_cast<int32_t>(kWindowEnd * 1e9));
    ++next_;
    return std::vector<v1::PresentationNotice>{notice};
  }
  std::atomic<bool> stop = false;

 private:
  const Load load_;
  const std::string unit_;
  const Shared* const shared_;
  const Clock* const clock_;
  int64_t next_ = 0;
};

class Reports : public ReportSink {
 public:
  Reports(const Shared* shared, const WatchedRecorder* recorder, double rate, const Clock* clock)
      : shared_(shared), recorder_(recorder), rate_(rate), clock_(clock) {}
  void Report(v1::ReportResponseRequest report) override {
    const int64_t now = clock_->MonotonicNanos();
    if (!report.response().failure().empty()) {
      ++failed;
      return;
    }
    ++answered;
    const int64_t end =
        report.response().recorded_onset().sample() + static_cast<int64_t>(kWindowEnd * rate_);
    // The first message that made the window complete.
    const Shared::Sent* const begin = shared_->sent;
    const Shared::Sent* const all = begin + shared_->messages.load();
    const Shared::Sent* const closing = std::lower_bound(
        begin, all, end + recorder_->hold(),
        [](const Shared::Sent& sent, int64_t sample) { return sent.newest_sample < sample; });
    if (closing == all) return;
    // The first waited for the offset of the clocks to be found: they say nothing about the
    // adapter.
    if (answered > kWarmUp) {
      latencies_ms.push_back(1e-6 * static_cast<double>(now - closing->nanos));
    }
  }
  int answered = 0, failed = 0;
  std::vector<double> latencies_ms;

 private:
  const Shared* const shared_;
  const WatchedRecorder* const recorder_;
  const double rate_;
  const Clock* const clock_;
};

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double Quantile(std::vector<double> values, double q) {
  if (values.empty()) return -1;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(q * static_cast<double>(values.size())))];
}

// One adapter: the sender in a child, the adapter here.
bool Bench(const std::string& name, const Load& load, std::string* figures) {
  auto* const shared = static_cast<Shared*>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (shared == MAP_FAILED) return false;
  const bool intan = name == "intan-rhx";
  const bool zmq = name == "open-ephys-zmq-interface";
  const OpenEphysPlugin plugin =
      zmq ? OpenEphysPlugin::kZmqInterface : OpenEphysPlugin::kEventBroadcaster;
  const pid_t child = fork();
  if (child == 0) {
    if (intan) {
      IntanSender(load, shared).Start();
    } else {
      OpenEphysSender(load, plugin,
                      name == "open-ephys-broadcaster-binary" ? OpenEphysFormat::kBinary
                                                              : OpenEphysFormat::kJson,
                      shared)
          .Start();
    }
    absl::SleepFor(absl::Seconds(1));  // what is left in the sockets
    std::_Exit(0);
  }
  const auto clock = NewSystemClock();
  while (shared->port == 0) absl::SleepFor(absl::Milliseconds(1));
  std::unique_ptr<Recorder> adapter;
  const double rate = intan ? kIntanRate : kOpenEphysRate;
  if (intan) {
    IntanRecorderOptions options;
    options.command_port = shared->port;
    adapter = std::make_unique<IntanRecorder>(options);
  } else {
    OpenEphysRecorderOptions options;
    options.plugin = plugin;
    options.port = shared->port;
    options.heartbeat_port = -1;
    options.http_port = shared->http_port;
    for (int c = 1; c <= load.channels; ++c) options.electrodes.push_back(absl::StrCat("SE ", c));
    adapter = std::make_unique<OpenEphysRecorder>(options, clock.get());
  }
  WatchedRecorder recorder(adapter.get());
  if (const auto info = recorder.Start(); !info.ok()) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), std::string(info.status().message()).c_str());
    return false;
  }
  RigSessionOptions options;
  options.after = absl::ZeroDuration();
  RigSession session(options, rate);
  Presentations source(load, intan ? "A-005/1" : "SE 6/1", shared, clock.get());
  Reports reports(shared, &recorder, rate, clock.get());
  RigLoopHooks hooks;
  hooks.to_local_nanos = [](const v1::Instant&) { return int64_t{0}; };
  hooks.trouble = [](const std::string&) {};
  hooks.channels = [](const v1::Client::Backend&) {};
  hooks.answered = [](const RigSession&, const std::vector<AnsweredPresentation>&) {};
  hooks.ended = [&] { source.stop = true; };
  RigLoop loop(&recorder, &session, &source, &reports, clock.get(), hooks, "clients/bench");
  while (shared->zero_nanos == 0) absl::SleepFor(absl::Milliseconds(1));
  const double cpu = CpuSeconds();
  const int64_t begin = clock->MonotonicNanos();
  std::thread stopper([&] {
    while (!shared->done) absl::SleepFor(absl::Milliseconds(10));
    loop.Stop();
  });
  const absl::Status status = loop.Run();
  const double seconds = 1e-9 * static_cast<double>(clock->MonotonicNanos() - begin);
  const double cores = (CpuSeconds() - cpu) / seconds;
  stopper.join();
  (void)recorder.Stop();
  waitpid(child, nullptr, 0);
  const double p50 = Quantile(reports.latencies_ms, 0.5),
               p99 = Quantile(reports.latencies_ms, 0.99);
  std::printf("%-30s %9.0f %9d %7d %7zu %8.2f %8.2f %8.2f %7.3f\n", name.c_str(),
              static_cast<double>(recorder.spikes) / seconds, reports.answered, reports.failed,
              recorder.faults, p50, p99, Quantile(reports.latencies_ms, 1), cores);
  std::fflush(stdout);
  absl::StrAppendFormat(figures,
                        "figure rig.added_latency_p99_ms.%s %.3f\nfigure rig.cpu_cores.%s %.3f\n",
                        name, p99, name, cores);
  munmap(shared, sizeof(Shared));
  return status.ok() && p99 >= 0;
}

}  // namespace
}  // namespace evoke

int main(int argc, char** argv) {
  CLI::App app{
      "What evoke-rig adds, for each adapter: milliseconds from the bytes that close a window "
      "being "
      "sent to the report leaving, and processor cores. Quote medians of several runs."};
  evoke::Load load;
  std::vector<std::string> adapters = {"open-ephys-zmq-interface", "open-ephys-broadcaster-json",
                                       "open-ephys-broadcaster-binary", "intan-rhx"};
  app.add_option("--channels", load.channels, "Spike channels")
      ->check(CLI::Range(8, 1024))
      ->capture_default_str();
  app.add_option("--spikes-hz", load.spikes_hz, "Spikes/s of each")->capture_default_str();
  app.add_option("--seconds", load.seconds, "Of recording, per adapter")
      ->check(CLI::Range(5.0, 60.0))
      ->capture_default_str();
  app.add_option("--adapters", adapters, "Which")->delimiter(',')->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  spdlog::set_level(spdlog::level::off);
  std::printf("%d channels, %g spikes/s each, %g s; a presentation every 100 ms\n", load.channels,
              load.spikes_hz, load.seconds);
  std::printf("%-30s %9s %9s %7s %7s %8s %8s %8s %7s\n", "adapter", "spikes/s", "answered",
              "failed", "faults", "p50 ms", "p99 ms", "max ms", "cores");
  std::fflush(stdout);
  std::string figures;
  bool good = true;
  for (const std::string& adapter : adapters) good &= evoke::Bench(adapter, load, &figures);
  std::printf("%s", figures.c_str());
  return good ? 0 : 1;
}
