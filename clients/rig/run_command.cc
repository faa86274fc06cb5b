#include "clients/rig/run_command.h"

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "clients/api/response_client.h"
#include "clients/rig/drift_watch.h"
#include "clients/rig/response_monitor.h"
#include "clients/rig/rig_loop.h"
#include "common/clock.h"
#include "common/end_signal.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr int64_t kSayEveryNanos = 60'000'000'000;

RigSessionOptions::Onset OnsetOf(const std::string& name) {
  if (name == "clock") return RigSessionOptions::Onset::kClock;
  return name == "photodiode" ? RigSessionOptions::Onset::kPhotodiode
                              : RigSessionOptions::Onset::kLine;
}

}  // namespace

CLI::App* RunCommand::AddTo(CLI::App& app) {
  CLI::App* command = app.add_subcommand("run", "Answer for what the display shows, until Ctrl-C");
  recorder.AddTo(command);
  server.AddTo(command);
  command->add_option("--name", name, "This backend's name; keep it over restarts")
      ->capture_default_str();
  command->add_option("--experiment", experiment,
                      "Serve only this one (experiments/NAME); all if not given");
  command
      ->add_option("--onset", onset,
                   "What tells the onset: line (the display's TTL), photodiode, or clock (none: it "
                   "is computed, less surely)")
      ->check(CLI::IsMember({"line", "photodiode", "clock"}))
      ->capture_default_str();
  command
      ->add_option("--rig-delay-ms", rig_delay_ms,
                   "--onset clock: from the electrode to the network, if it is known")
      ->capture_default_str();
  command->add_option("--monitor", monitor,
                      "Keep a picture of rasters and PSTHs in this PNG file, drawn anew every 2 s");
  command->add_option("--before-ms", before_ms, "Spikes kept before the first window, for PSTHs")
      ->capture_default_str();
  command
      ->add_option("--after-ms", after_ms,
                   "Spikes kept after the last window; a response waits for them")
      ->capture_default_str();
  return command;
}

absl::Status RunCommand::Run() const {
  EVOKE_RETURN_IF_ERROR(ValidateId("--name", name));
  RigSessionOptions options;
  options.onset = OnsetOf(onset);
  options.before = absl::Milliseconds(before_ms);
  options.after = absl::Milliseconds(after_ms);
  options.rig_delay = absl::Milliseconds(rig_delay_ms);
  EVOKE_RETURN_IF_ERROR(options.Validate());

  const auto clock = NewSystemClock();
  EVOKE_ASSIGN_OR_RETURN(const Connection connection, server.Read(clock->Now()));
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Recorder> rig, recorder.Make(clock.get()));
  EVOKE_ASSIGN_OR_RETURN(const RigInfo info, rig->Start());
  EVOKE_ASSIGN_OR_RETURN(const RigData first, AwaitFirstData(*rig, *clock));
  spdlog::info("{}, {} samples/s", info.program, rig->sample_rate_hz());
  RigSession session(options, rig->sample_rate_hz());
  session.Take(first, clock->MonotonicNanos());

  const auto describe = [&info](v1::Client::Backend backend) {
    backend.set_adapter(info.adapter);
    return backend;
  };
  v1::Client client;
  client.set_name(ClientName(name));
  *client.mutable_backend() = describe(session.Describe());
  ResponseClient link(connection, client, experiment, clock.get());

  std::unique_ptr<ResponseMonitor> pictures;
  if (!monitor.empty()) pictures = std::make_unique<ResponseMonitor>(monitor);
  DriftWatch drift;
  int64_t said_nanos = clock->MonotonicNanos();
  RigLoopHooks hooks;
  hooks.to_local_nanos = [&](const v1::Instant& instant) {
    const absl::StatusOr<int64_t> local = link.ToLocalNanos(instant);
    return local.ok() ? *local : 0;
  };
  hooks.trouble = [&](const std::string& trouble) { link.SetTrouble(trouble); };
  hooks.channels = [&](const v1::Client::Backend& backend) {
    spdlog::info("{} electrodes", backend.units_size());
    link.UpdateBackend(describe(backend));
  };
  hooks.answered = [&](const RigSession& now, const std::vector<AnsweredPresentation>& answers) {
    for (const AnsweredPresentation& answer : answers) {
      if (pictures != nullptr) pictures->Add(answer);
      const std::string warning = drift.Add(answer, clock->Now());
      if (!warning.empty()) spdlog::warn("{}", warning);
    }
    if (answers.empty() || clock->MonotonicNanos() - said_nanos < kSayEveryNanos) return;
    said_nanos = clock->MonotonicNanos();
    const v1::ClockFit fit = now.clock_fit();
    spdlog::info(
        "{} onsets matched, {} missing, {} pulses extra; clock: drift {:.1f} ppm, residual {:.2f} "
        "ms over {} onsets",
        now.matcher().matched(), now.matcher().missing(), now.matcher().extra(), fit.drift_ppm(),
        static_cast<double>(fit.residual_nanos()) * 1e-6, fit.onsets());
  };
  hooks.ended = [&] { link.Stop(); };
  RigLoop loop(rig.get(), &session, &link, &link, clock.get(), std::move(hooks), client.name());

  std::thread waiter([&] {
    WaitForEndSignal();
    link.Stop();
  });
  absl::Status status = loop.Run();
  RaiseEnd();  // the loop may have ended by itself
  waiter.join();
  if (const absl::Status stopped = rig->Stop(); status.ok()) status = stopped;
  return status;
}

}  // namespace evoke
