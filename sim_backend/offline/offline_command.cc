#include "sim_backend/offline/offline_command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/control/atomic_file.h"
#include "clients/control/live_line.h"
#include "clients/control/spec_file.h"
#include "common/end_signal.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/generator/generator.h"
#include "sim_backend/offline/offline_jobs.h"
#include "sim_backend/offline/offline_report.h"
#include "sim_backend/offline/offline_text.h"
#include "sim_backend/offline/parallel_generator.h"
#include "sim_backend/offline/unit_jobs.h"

namespace evoke {
namespace {

constexpr absl::Duration kPlainLines = absl::Seconds(10);

size_t TerminalColumns() {
  if (!isatty(STDOUT_FILENO)) return 0;
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// A line that is written over on a terminal; elsewhere one for the first trials, then now and then.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(const Clock* clock) : clock_(*clock), begin_(clock->MonotonicNanos()) {
    if (const size_t columns = TerminalColumns(); columns > 0) live_.emplace(&std::cout, columns);
  }

  void Show(const OfflineProgress& progress) {
    const int64_t now = clock_.MonotonicNanos();
    const std::string line = ProgressLine(progress, absl::Nanoseconds(now - begin_));
    if (live_) return live_->Draw(line, now);
    if (progress.presentations == 0 || now < next_) return;
    next_ = now + absl::ToInt64Nanoseconds(kPlainLines);
    std::cout << line << "\n" << std::flush;
  }
  absl::Duration elapsed() const { return absl::Nanoseconds(clock_.MonotonicNanos() - begin_); }

 private:
  const Clock& clock_;
  const int64_t begin_;
  int64_t next_ = begin_;
  std::optional<LiveLine> live_;
};

std::string NewSession() {
  std::random_device random;
  return absl::StrFormat("offline-%08x%08x", random(), random());
}

}  // namespace

CLI::App* OfflineCommand::AddTo(CLI::App& app, NetworkCommand& network, NeuronCommand& neurons) {
  CLI::App* command = app.add_subcommand(
      "offline", "Run an experiment here and now: optimizer, generator and network in one process");
  command->footer(
      "The same seed gives the same result as over the network. Ctrl-C pauses; the same command\n"
      "goes on with it. evoke-server --ledger FILE serves the record to evokectl afterwards.");
  command
      ->add_option("SPEC", spec,
                   "evoke.v1.Experiment as *.textproto or *.json; - reads standard input")
      ->required();
  command->add_option("--name", name,
                      "The experiment's; that in SPEC, or that of the file, if not given");
  command->add_option("--units", units,
                      "One experiment for each unit, instead of SPEC's objective: lists and "
                      "ranges, conv3/0-127,class/3");
  command->add_option("--ledger", ledger, "SQLite file that keeps the experiments")
      ->capture_default_str();
  command->add_flag("--in-memory", in_memory, "Keep no record");
  command->add_option(
      "--out", out,
      "Folder for figures, tables and summary, as evokectl report writes them; with "
      "--units a folder in it for each experiment, and units.csv");
  command->add_option("--references", references, "Folder of reference sets")
      ->capture_default_str();
  command->add_option("--earlier", earlier, "Folder of earlier ledgers and tables to begin from")
      ->capture_default_str();
  command->add_option("--jobs", threads, "Experiments that run at a time; 0: one for each core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command->add_option("--batch", batch, "Trials that the network answers in one call")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  network.AddTo(command);
  neurons.AddTo(command);
  return command;
}

absl::StatusOr<std::string> OfflineCommand::BaseId(const v1::Experiment& specification) const {
  std::string id = name;
  if (id.empty() && !specification.name().empty()) {
    EVOKE_ASSIGN_OR_RETURN(id, ParseExperimentName(specification.name()));
  }
  if (id.empty() && spec != "-") id = std::filesystem::path(spec).stem().string();
  const absl::Status valid = ValidateId("the experiment's id", id);
  if (valid.ok()) return id;
  return absl::InvalidArgumentError(absl::StrCat(valid.message(), "; give --name"));
}

absl::Status OfflineCommand::Run(const NetworkCommand& network_command,
                                 const NeuronCommand& neurons) const {
  const std::unique_ptr<Clock> clock = NewSystemClock();
  EVOKE_ASSIGN_OR_RETURN(const v1::Experiment specification, ReadSpec(spec, std::cin));
  OfflineParts parts;
  EVOKE_ASSIGN_OR_RETURN(parts.neurons, neurons.Options());
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Network> network, network_command.Load());
  EVOKE_ASSIGN_OR_RETURN(const std::string base, BaseId(specification));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<OfflineJob> jobs,
                         PlanJobs(specification, base, units, network->layers()));
  EVOKE_ASSIGN_OR_RETURN(
      std::unique_ptr<Generator> generator,
      LoadGenerator(network_command.model_dir, specification.generator().model()));
  // The cores are shared by the experiments, and each one's by the images of a call.
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int at_a_time =
      std::min(threads == 0 ? cores : threads, std::max(1, static_cast<int>(jobs.size())));
  const int of_each = std::max(1, cores / at_a_time);
  network->SetThreads(of_each);
  parts.generator = std::make_shared<ParallelGenerator>(std::move(generator), of_each);
  std::unique_ptr<Ledger> record = NewMemoryLedger();
  if (!in_memory) {
    EVOKE_ASSIGN_OR_RETURN(record, OpenSqliteLedger(ledger));
  }
  parts.ledger = record.get();
  parts.clock = clock.get();
  parts.network = network.get();
  parts.neurons_text =
      absl::StrCat("network ", network_command.model, " (sha256 ", network->weights_sha256(), "), ",
                   network->steps(), " steps",
                   network->encoding() == InputEncoding::kPoisson ? ", poisson input; " : "; ",
                   Describe(parts.neurons));
  parts.model_dir = network_command.model_dir;
  parts.reference_dir = references;
  parts.earlier_dir = earlier;
  parts.session = NewSession();
  parts.batch = batch;

  OfflineHooks hooks;
  if (!out.empty()) {
    EVOKE_RETURN_IF_ERROR(MakeFolder(out));
    hooks.finish = [&](const OfflineExperiment& experiment) {
      EVOKE_ASSIGN_OR_RETURN(const std::string id,
                             ParseExperimentName(experiment.snapshot().name()));
      return WriteOfflineReport(*record, experiment,
                                units.empty() ? out : absl::StrCat(out, "/", id))
          .status();
    };
  }
  hooks.interrupted = EndAsked;
  std::optional<ProgressPrinter> printer(clock.get());
  hooks.show = [&](const OfflineProgress& progress) { printer->Show(progress); };
  std::cout << jobs.size() << (jobs.size() == 1 ? " experiment" : " experiments") << "; "
            << specification.generator().model() << " to " << network_command.model << ", "
            << (in_memory ? "no record" : absl::StrCat("record in ", ledger)) << "\n"
            << std::flush;
  const OfflineOutcome outcome = RunOffline(jobs, parts, at_a_time, hooks);
  const double seconds = absl::ToDoubleSeconds(printer->elapsed());
  printer.reset();  // ends the live line

  std::cout << ResultTable(jobs, outcome.results);
  if (outcome.presentations > 0) {
    std::cout << "\n"
              << outcome.times.Table(outcome.presentations) << "\n"
              << absl::StrFormat("%d trials in %.2f s: %.1f trials/s\n", outcome.presentations,
                                 seconds, outcome.presentations / seconds);
  }
  if (!out.empty()) {
    if (!units.empty()) {
      EVOKE_RETURN_IF_ERROR(
          WriteFileAtomically(absl::StrCat(out, "/units.csv"), ResultCsv(jobs, outcome.results)));
    }
    std::cout << "written to " << out << "\n";
  }
  std::cout << std::flush;
  const bool all_well = std::all_of(outcome.results.begin(), outcome.results.end(),
                                    [](const OfflineResult& result) { return result.status.ok(); });
  return all_well ? absl::OkStatus() : absl::AbortedError("not every experiment succeeded");
}

}  // namespace evoke
