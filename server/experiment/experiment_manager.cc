#include "server/experiment/experiment_manager.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/limits.h"
#include "server/experiment/opening.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(200);
// What a display's record of a presentation has room for.
constexpr size_t kMaxAbortReason = 95;

absl::Status NotFound(const std::string& name) {
  return absl::NotFoundError(
      absl::StrCat("there is no ", name, "; `evokectl list` shows those there are"));
}

}  // namespace

ExperimentManager::ExperimentManager(Ledger* ledger, const Clock* clock, ManagerOptions options,
                                     GeneratorLoader load_generator)
    : ledger_(ledger),
      clock_(clock),
      options_(std::move(options)),
      load_generator_(std::move(load_generator)),
      clients_(clock, options_.client_timeout) {
  ticker_ = std::thread([this] {
    while (true) {
      {
        MutexLock lock(&mutex_);
        if (!stopping_) stop_.WaitWithTimeout(&mutex_, kTick);
        if (stopping_) return;
      }
      Tick();
    }
  });
}

ExperimentManager::~ExperimentManager() {
  std::map<std::string, std::shared_ptr<ExperimentRunner>> runners;
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    stop_.SignalAll();
    runners.swap(runners_);
  }
  ticker_.join();
}

// ---- starting ----

absl::StatusOr<std::shared_ptr<const Generator>> ExperimentManager::GeneratorOf(
    const std::string& model) {
  EVOKE_RETURN_IF_ERROR(ValidatePlainName("generator.model", model));
  MutexLock lock(&generators_mutex_);
  if (const auto it = generators_.find(model); it != generators_.end()) return it->second;
  EVOKE_ASSIGN_OR_RETURN(std::shared_ptr<const Generator> generator,
                         load_generator_(options_.model_dir, model));
  // The first decode warms the library up, and shows early that the weights work.
  Rng rng(0);
  EVOKE_RETURN_IF_ERROR(generator->Decode({generator->latent_space().Sample(rng)}).status());
  generators_[model] = generator;
  return generator;
}

absl::StatusOr<StimulusSource> ExperimentManager::SourceOf(const v1::Experiment& spec) {
  EVOKE_ASSIGN_OR_RETURN(std::shared_ptr<const Generator> generator,
                         GeneratorOf(spec.generator().model()));
  return OpenStimulusSource(spec, std::move(generator), options_.model_dir, options_.reference_dir);
}

absl::Status ExperimentManager::Resume() {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<std::string> names, ledger_->UnfinishedExperiments());
  std::vector<Replayed> replayed;
  std::map<std::string, absl::Status> stranded;
  for (const std::string& name : names) {
    absl::StatusOr<Replayed> one = Replay(name);
    if (absl::IsDataLoss(one.status()) || absl::IsUnavailable(one.status())) return one.status();
    if (one.ok()) {
      replayed.push_back(*std::move(one));
    } else {
      spdlog::error("{} can't go on: {}", name, std::string(one.status().message()));
      stranded[name] = absl::FailedPreconditionError(one.status().message());
    }
  }
  // All at once, when clients can report again: until then no lease may run out.
  MutexLock lock(&mutex_);
  stranded_ = std::move(stranded);
  for (Replayed& one : replayed) {
    const std::string name = one.experiment->snapshot().name();
    std::optional<v1::Comment> diverged = DivergenceComment(*one.experiment, "evoke-server");
    StartRunner(std::move(one.experiment), std::move(one.source));
    if (!diverged) continue;
    runners_[name]->AddComment(*std::move(diverged), [](const auto&) {});
  }
  resumed_ = true;
  return absl::OkStatus();
}

absl::StatusOr<ExperimentManager::Replayed> ExperimentManager::Replay(const std::string& name) {
  EVOKE_ASSIGN_OR_RETURN(std::vector<v1::ExperimentEvent> events, ledger_->ReadEvents(name, 0, 1));
  if (events.empty()) return absl::DataLossError(absl::StrCat(name, ": has no events"));
  EVOKE_ASSIGN_OR_RETURN(StimulusSource source, SourceOf(events.front().experiment()));
  const auto restore_code = [this](const v1::ExperimentEvent& event) {
    if (!event.has_trial() || event.trial().state() != v1::Trial::STATE_LEASED) return;
    clients_.RestoreSyncCode(
        event.trial().display(), event.trial().sync_code(),
        absl::FromUnixSeconds(event.time().seconds()) + absl::Nanoseconds(event.time().nanos()));
  };
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Experiment> experiment,
                         ReplayExperiment(*ledger_, events.front(), source, restore_code));
  spdlog::info("{}: resumed after {} events, generation {}", name, experiment->last_sequence(),
               experiment->snapshot().progress().generation());
  return Replayed{std::move(experiment), std::move(source)};
}

void ExperimentManager::StartRunner(std::unique_ptr<Experiment> experiment, StimulusSource source) {
  const std::string name = experiment->snapshot().name();
  auto runner = std::make_shared<ExperimentRunner>(std::move(experiment), std::move(source),
                                                   ledger_, clock_, &clients_, options_.runner,
                                                   [this, name](int64_t) { Notify(name); });
  for (const auto& attached : displays_) {
    if (attached.experiment.empty() || attached.experiment == name) runner->Attach(attached.stream);
  }
  for (const auto& attached : backends_) {
    if (attached.experiment.empty() || attached.experiment == name) runner->Attach(attached.stream);
  }
  runners_[name] = std::move(runner);
}

absl::Status ExperimentManager::CheckUnits(const v1::Experiment& spec) const {
  std::string missing, offered;
  for (const v1::Client& client : clients_.List("", INT32_MAX)) {
    if (!client.has_backend() || client.state() != v1::Client::STATE_LIVE) continue;
    // A rig that has not seen its electrodes yet can't be compared with.
    if (client.backend().units().empty()) continue;
    missing.clear();
    int unnamed = 0;  // an error of gRPC holds a few kilobytes
    for (const auto& u : spec.objective().units()) {
      if (Offers(client.backend(), u.unit())) continue;
      if (missing.size() > 200) {
        ++unnamed;
      } else {
        absl::StrAppend(&missing, missing.empty() ? "" : ", ", u.unit());
      }
    }
    if (missing.empty()) return absl::OkStatus();
    if (unnamed > 0) absl::StrAppend(&missing, " and ", unnamed, " more");
    const int count = client.backend().units_size();
    absl::StrAppend(&offered, "; ", client.name(), " answers for ", count, " units");
    if (count > 0) {
      absl::StrAppend(&offered, ", from ", client.backend().units(0).name(), " to ",
                      client.backend().units(count - 1).name());
    }
  }
  // Without any backend there is nothing to compare with: the experiment waits for one.
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("objective.units: no connected backend answers for ", missing, offered));
}

absl::StatusOr<v1::Experiment> ExperimentManager::Create(const std::string& id, v1::Experiment spec,
                                                         bool validate_only) {
  EVOKE_RETURN_IF_ERROR(Ready());
  EVOKE_ASSIGN_OR_RETURN(spec, PrepareSpec(id, std::move(spec)));
  EVOKE_RETURN_IF_ERROR(CheckUnits(spec));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<std::string> running, ledger_->UnfinishedExperiments());
  if (running.size() >= kMaxRunningExperiments) {
    return absl::ResourceExhaustedError(
        absl::StrCat(running.size(),
                     " experiments have not ended, as many as the server takes; "
                     "stop some with `evokectl stop`"));
  }
  // Before what may take long; the ledger refuses the second of two that are created at once.
  if (ledger_->GetExperiment(spec.name()).ok()) {
    return absl::AlreadyExistsError(
        absl::StrCat(spec.name(), " exists already; choose another id"));
  }
  EVOKE_ASSIGN_OR_RETURN(StimulusSource source, SourceOf(spec));
  EVOKE_ASSIGN_OR_RETURN(const Beginning beginning,
                         FindBeginning(spec, source.generator(), options_.reference_dir,
                                       {ledger_, options_.earlier_dir}));
  const v1::ExperimentEvent created =
      CreatedEvent(spec, source.generator(), beginning, clock_->Now(), options_.runner.session);
  EVOKE_ASSIGN_OR_RETURN(
      std::unique_ptr<Experiment> experiment,
      Experiment::Create(created, source.reference_names(), source.shared_generator()));
  v1::Experiment snapshot = experiment->snapshot();
  if (validate_only) return snapshot;
  EVOKE_RETURN_IF_ERROR(ledger_->Append(spec.name(), {created}));
  MutexLock lock(&mutex_);
  StartRunner(std::move(experiment), std::move(source));
  return snapshot;
}

absl::Status ExperimentManager::Ready() const {
  if (resumed_) return absl::OkStatus();
  return absl::UnavailableError("the server is still reading its ledger; try again in a moment");
}

// ---- reading ----

absl::StatusOr<v1::Experiment> ExperimentManager::Get(const std::string& name) const {
  EVOKE_RETURN_IF_ERROR(Ready());
  EVOKE_RETURN_IF_ERROR(ParseExperimentName(name).status());
  {
    MutexLock lock(&mutex_);
    if (const auto it = runners_.find(name); it != runners_.end()) return it->second->Snapshot();
  }
  absl::StatusOr<v1::Experiment> stored = ledger_->GetExperiment(name);
  if (absl::IsNotFound(stored.status())) return NotFound(name);
  MutexLock lock(&mutex_);
  if (const auto it = stranded_.find(name); stored.ok() && it != stranded_.end()) {
    stored->set_state(v1::Experiment::STATE_PAUSED);
    stored->set_state_reason(std::string(it->second.message()));
  }
  return stored;
}

absl::StatusOr<std::vector<v1::Experiment>> ExperimentManager::List(const std::string& after,
                                                                    int limit) const {
  EVOKE_RETURN_IF_ERROR(Ready());
  EVOKE_ASSIGN_OR_RETURN(std::vector<v1::Experiment> experiments,
                         ledger_->ListExperiments(after, limit));
  for (v1::Experiment& experiment : experiments) {
    if (absl::StatusOr<v1::Experiment> live = Get(experiment.name()); live.ok()) {
      experiment = *std::move(live);
    }
    experiment.clear_earlier_responses();  // a megabyte for each in a list of many
  }
  return experiments;
}

absl::StatusOr<v1::Stimulus> ExperimentManager::GetStimulus(const std::string& name,
                                                            bool include_image) {
  EVOKE_RETURN_IF_ERROR(Ready());
  EVOKE_ASSIGN_OR_RETURN(const ParsedStimulusName parsed, ParseStimulusName(name));
  EVOKE_ASSIGN_OR_RETURN(v1::Stimulus stimulus, ledger_->GetStimulus(name));
  if (!include_image) return stimulus;
  EVOKE_ASSIGN_OR_RETURN(const v1::Experiment experiment,
                         ledger_->GetExperiment(parsed.experiment));
  EVOKE_ASSIGN_OR_RETURN(const StimulusSource source, SourceOf(experiment));
  EVOKE_ASSIGN_OR_RETURN(const std::vector<Image> images, source.Render({stimulus}));
  *stimulus.mutable_image() = ToProto(images[0]);
  return stimulus;
}

absl::StatusOr<std::shared_ptr<ExperimentRunner>> ExperimentManager::Runner(
    const std::string& name) const {
  EVOKE_RETURN_IF_ERROR(Ready());
  EVOKE_RETURN_IF_ERROR(ParseExperimentName(name).status());
  {
    MutexLock lock(&mutex_);
    if (const auto it = runners_.find(name); it != runners_.end()) return it->second;
    if (const auto it = stranded_.find(name); it != stranded_.end()) return it->second;
  }
  EVOKE_ASSIGN_OR_RETURN(const v1::Experiment stored, Get(name));
  if (stored.state() == v1::Experiment::STATE_ACTIVE ||
      stored.state() == v1::Experiment::STATE_PAUSED) {
    return absl::UnavailableError("the server is shutting down");
  }
  return absl::FailedPreconditionError(absl::StrCat(name, " has ended (",
                                                    v1::Experiment::State_Name(stored.state()),
                                                    "); create a new experiment"));
}

// ---- clients ----

template <typename Stream>
absl::Status ExperimentManager::AttachTo(const std::string& experiment,
                                         std::shared_ptr<const Stream> stream,
                                         std::vector<Attached<Stream>>* streams) {
  EVOKE_RETURN_IF_ERROR(Ready());
  if (!experiment.empty() && !runners_.contains(experiment)) return NotFound(experiment);
  for (const auto& [name, runner] : runners_) {
    if (experiment.empty() || experiment == name) runner->Attach(stream);
  }
  streams->push_back({experiment, std::move(stream)});
  return absl::OkStatus();
}

absl::Status ExperimentManager::Attach(const std::string& experiment,
                                       std::shared_ptr<const DisplayStream> stream) {
  MutexLock lock(&mutex_);
  return AttachTo(experiment, std::move(stream), &displays_);
}

absl::Status ExperimentManager::Attach(const std::string& experiment,
                                       std::shared_ptr<const BackendStream> stream) {
  MutexLock lock(&mutex_);
  return AttachTo(experiment, std::move(stream), &backends_);
}

void ExperimentManager::Detach(const void* stream) {
  MutexLock lock(&mutex_);
  const auto is_it = [&](const auto& attached) { return attached.stream.get() == stream; };
  std::erase_if(displays_, is_it);
  std::erase_if(backends_, is_it);
  for (const auto& [name, runner] : runners_) runner->Detach(stream);
}

absl::StatusOr<int> ExperimentManager::AbortStimulus(const std::string& name,
                                                     const std::string& reason) {
  EVOKE_RETURN_IF_ERROR(Ready());
  if (reason.empty() || reason.size() > kMaxAbortReason) {
    return absl::InvalidArgumentError(
        absl::StrCat("reason: ", reason.size(), " bytes; say in 1 to ", kMaxAbortReason,
                     " why the stimulus is aborted, for example \"fixation broken\""));
  }
  const bool any = name == "experiments/-";
  if (!any) EVOKE_RETURN_IF_ERROR(Runner(name).status());
  std::vector<std::shared_ptr<const DisplayStream>> told;
  {
    MutexLock lock(&mutex_);
    for (const auto& display : displays_) {
      const std::string& client = display.stream->display;
      if (any ? clients_.HeldTime(client) > absl::ZeroDuration() : clients_.Holds(client, name)) {
        told.push_back(display.stream);
      }
    }
  }
  v1::TrialLease abort;
  abort.set_abort_reason(reason);
  for (const auto& stream : told) stream->send(abort);
  return static_cast<int>(told.size());
}

absl::StatusOr<v1::Client> ExperimentManager::RegisterClient(v1::Client client) {
  EVOKE_RETURN_IF_ERROR(Ready());
  EVOKE_ASSIGN_OR_RETURN(ClientRegistry::Registered registered,
                         clients_.Register(std::move(client)));
  MutexLock lock(&mutex_);
  for (const auto& [name, runner] : runners_) {
    if (registered.replaced) {
      runner->ForgetClient(registered.client.name(),
                           absl::StrCat(registered.client.name(), " was restarted"));
    }
    runner->Poke();
  }
  return std::move(registered.client);
}

absl::Status ExperimentManager::Heartbeat(const std::string& name, const std::string& instance,
                                          const std::string& trouble) {
  EVOKE_ASSIGN_OR_RETURN(const ClientRegistry::Beat beat,
                         clients_.Heartbeat(name, instance, trouble));
  if (!beat.returned && !beat.troubled) return absl::OkStatus();
  if (beat.troubled) spdlog::warn("{}: {}", name, trouble);
  MutexLock lock(&mutex_);
  for (const auto& [experiment, runner] : runners_) {
    if (beat.returned) {
      runner->ClientReturned();
    } else {
      runner->Poke();
    }
  }
  return absl::OkStatus();
}

void ExperimentManager::Tick() {
  const std::vector<std::string> lost = clients_.ExpireLost();
  if (lost.empty()) return;
  MutexLock lock(&mutex_);
  for (const std::string& client : lost) {
    spdlog::warn("{}: no heartbeat for {}", client, absl::FormatDuration(options_.client_timeout));
    for (const auto& [name, runner] : runners_) {
      runner->ForgetClient(client, absl::StrCat(client, " was lost"));
    }
  }
}

// ---- listeners ----

int ExperimentManager::Listen(std::function<void(const std::string&)> listener) {
  MutexLock lock(&listeners_mutex_);
  listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void ExperimentManager::Unlisten(int id) {
  MutexLock lock(&listeners_mutex_);
  listeners_.erase(id);
}

void ExperimentManager::Notify(const std::string& experiment) {
  MutexLock lock(&listeners_mutex_);
  for (const auto& [id, listener] : listeners_) listener(experiment);
}

}  // namespace evoke
