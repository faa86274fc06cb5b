#include "sim_backend/offline/offline_experiment.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/control/spec_file.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/opening.h"
#include "server/experiment/spec.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

// Hands one batch to the response loop that every backend uses, and takes its reports.
class OneBatch final : public PresentationSource, public ReportSink {
 public:
  explicit OneBatch(std::vector<v1::PresentationNotice> notices) : notices_(std::move(notices)) {}

  absl::StatusOr<std::vector<v1::PresentationNotice>> Next(int most) override {
    return std::exchange(notices_, {});
  }
  void Report(v1::ReportResponseRequest report) override { reports.push_back(std::move(report)); }

  std::vector<v1::ReportResponseRequest> reports;

 private:
  std::vector<v1::PresentationNotice> notices_;
};

// Two texts that differ, as the first pair of lines that do.
std::string FirstDifference(const std::string& recorded, const std::string& given) {
  const std::vector<std::string> left = absl::StrSplit(recorded, '\n');
  const std::vector<std::string> right = absl::StrSplit(given, '\n');
  size_t i = 0;
  while (i < left.size() && i < right.size() && left[i] == right[i]) ++i;
  const auto line = [i](const std::vector<std::string>& lines) {
    return i < lines.size() ? std::string(absl::StripAsciiWhitespace(lines[i])) : "nothing more";
  };
  return absl::StrCat("recorded is '", line(left), "', given is '", line(right), "'");
}

absl::Status CheckFit(const v1::Experiment& spec, const Generator& generator,
                      const Network& network) {
  if (generator.image_width() != network.image_width() ||
      generator.image_height() != network.image_height()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "generator.model: ", spec.generator().model(), " makes images of ", generator.image_width(),
        " x ", generator.image_height(), " pixels, the network sees ", network.image_width(), " x ",
        network.image_height(), "; choose models of one size"));
  }
  for (const auto& unit : spec.objective().units()) {
    const absl::Status known = ParseUnit(network.layers(), unit.unit()).status();
    if (!known.ok()) {
      return absl::Status(known.code(), absl::StrCat("objective.units: ", known.message()));
    }
  }
  return absl::OkStatus();
}

// OK if the experiment that begins with `first` is the one that was asked for.
absl::Status CheckSame(const v1::ExperimentEvent& first, const v1::ExperimentEvent& wanted) {
  const std::string recorded = SpecText(first.experiment());
  const std::string given = SpecText(wanted.experiment());
  if (recorded == given) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the ledger has ", first.experiment().name(), " with another specification: ",
                   FirstDifference(recorded, given), "; choose another --name or --ledger"));
}

}  // namespace

absl::StatusOr<std::vector<v1::ExperimentEvent>> ReadAllEvents(const Ledger& ledger,
                                                               const std::string& name) {
  constexpr int kChunk = 1000;
  std::vector<v1::ExperimentEvent> all;
  while (true) {
    const int64_t last = all.empty() ? 0 : all.back().sequence();
    EVOKE_ASSIGN_OR_RETURN(std::vector<v1::ExperimentEvent> events,
                           ledger.ReadEvents(name, last, kChunk));
    if (events.empty()) return all;
    std::move(events.begin(), events.end(), std::back_inserter(all));
  }
}

OfflineExperiment::OfflineExperiment(const OfflineParts& parts, StimulusSource source,
                                     std::unique_ptr<Experiment> experiment)
    : parts_(parts),
      source_(std::move(source)),
      images_(&source_),
      experiment_(std::move(experiment)),
      network_(parts_.network, parts_.clock),
      neurons_(&network_, parts_.neurons),
      display_(parts_.session) {}

absl::StatusOr<std::unique_ptr<OfflineExperiment>> OfflineExperiment::Open(
    const std::string& id, const v1::Experiment& spec, const OfflineParts& parts) {
  EVOKE_ASSIGN_OR_RETURN(const v1::Experiment prepared, PrepareSpec(id, spec));
  EVOKE_RETURN_IF_ERROR(CheckFit(prepared, *parts.generator, *parts.network));
  EVOKE_ASSIGN_OR_RETURN(
      StimulusSource source,
      OpenStimulusSource(prepared, parts.generator, parts.model_dir, parts.reference_dir));
  const std::string& name = prepared.name();
  const auto created_with = [&](const Beginning& beginning) {
    return CreatedEvent(prepared, source.generator(), beginning, parts.clock->Now(), parts.session);
  };

  const absl::StatusOr<std::vector<v1::ExperimentEvent>> first =
      parts.ledger->ReadEvents(name, 0, 1);
  if (!first.ok() && !absl::IsNotFound(first.status())) return first.status();
  if (!first.ok() || first->empty()) {
    EVOKE_ASSIGN_OR_RETURN(const Beginning beginning,
                           FindBeginning(prepared, source.generator(), parts.reference_dir,
                                         {parts.ledger, parts.earlier_dir}));
    const v1::ExperimentEvent created = created_with(beginning);
    EVOKE_ASSIGN_OR_RETURN(
        std::unique_ptr<Experiment> experiment,
        Experiment::Create(created, source.reference_names(), source.shared_generator()));
    EVOKE_RETURN_IF_ERROR(parts.ledger->Append(name, {created}));
    std::unique_ptr<OfflineExperiment> offline(
        new OfflineExperiment(parts, std::move(source), std::move(experiment)));
    EVOKE_RETURN_IF_ERROR(offline->Begin(""));
    return offline;
  }
  EVOKE_RETURN_IF_ERROR(CheckSame(first->front(), created_with({})));
  std::string noted;  // the neurons of the run so far
  const auto note = [&](const v1::ExperimentEvent& event) {
    if (event.comment().author() == kAuthor) noted = event.comment().text();
  };
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Experiment> experiment,
                         ReplayExperiment(*parts.ledger, first->front(), source, note));
  std::unique_ptr<OfflineExperiment> offline(
      new OfflineExperiment(parts, std::move(source), std::move(experiment)));
  EVOKE_RETURN_IF_ERROR(offline->Begin(noted));
  return offline;
}

absl::Status OfflineExperiment::Begin(const std::string& noted) {
  if (experiment_->ended()) return absl::OkStatus();
  const std::string now =
      absl::StrCat("simulated offline, without a screen; ", parts_.neurons_text);
  if (!noted.empty() && noted != now) {
    return absl::FailedPreconditionError(
        absl::StrCat(snapshot().name(), " was begun with other neurons: '", noted, "', now '", now,
                     "'; give the same options, or choose another --name or --ledger"));
  }
  if (noted.empty()) {
    v1::Comment comment;
    comment.set_author(kAuthor);
    comment.set_text(now);
    EVOKE_RETURN_IF_ERROR(Take(std::move(comment)));
  }
  if (std::optional<v1::Comment> diverged = DivergenceComment(*experiment_, "evoke-sim")) {
    EVOKE_RETURN_IF_ERROR(Take(*std::move(diverged)));
  }
  // What the clients of a server held when it was ended.
  std::vector<int64_t> held(experiment_->trials().leased().begin(),
                            experiment_->trials().leased().end());
  held.insert(held.end(), experiment_->trials().presented().begin(),
              experiment_->trials().presented().end());
  for (const int64_t trial : held) {
    EVOKE_RETURN_IF_ERROR(
        Take(experiment_->DecideFailedAttempt(trial, "the experiment goes on offline").events));
  }
  EVOKE_RETURN_IF_ERROR(
      Take(experiment_
               ->DecideState(v1::Experiment::STATE_ACTIVE, v1::Experiment::PAUSE_CAUSE_UNSPECIFIED,
                             "goes on offline")
               .events));
  return Record();
}

absl::Status OfflineExperiment::Take(std::vector<v1::ExperimentEvent> events) {
  for (v1::ExperimentEvent& event : events) {
    event.set_sequence(experiment_->last_sequence() + 1);
    *event.mutable_time() = ToProto(parts_.clock->Now());
    event.set_session(parts_.session);
    EVOKE_RETURN_IF_ERROR(experiment_->Apply(event));
    unrecorded_.push_back(std::move(event));
  }
  return absl::OkStatus();
}

absl::Status OfflineExperiment::Take(v1::Comment comment) {
  std::vector<v1::ExperimentEvent> events(1);
  *events[0].mutable_comment() = std::move(comment);
  return Take(std::move(events));
}

absl::Status OfflineExperiment::Record() {
  if (unrecorded_.empty()) return absl::OkStatus();
  const PhaseTimer timer(&times_, Phase::kLedger, parts_.clock);
  EVOKE_RETURN_IF_ERROR(parts_.ledger->Append(snapshot().name(), unrecorded_));
  unrecorded_.clear();
  return absl::OkStatus();
}

absl::Status OfflineExperiment::Pause(const std::string& reason) {
  if (experiment_->ended()) return absl::OkStatus();
  EVOKE_RETURN_IF_ERROR(Take(
      experiment_
          ->DecideState(v1::Experiment::STATE_PAUSED, v1::Experiment::PAUSE_CAUSE_OPERATOR, reason)
          .events));
  return Record();
}

absl::Status OfflineExperiment::Step() {
  if (experiment_->ended()) return absl::OkStatus();
  EVOKE_RETURN_IF_ERROR(experiment_->NeedsPlan() ? PlanAll() : RunBatch());
  return Record();
}

// ---- planning ----

absl::Status OfflineExperiment::PlanAll() {
  while (experiment_->NeedsPlan()) {
    absl::StatusOr<std::vector<v1::ExperimentEvent>> events = absl::UnknownError("");
    {
      const PhaseTimer timer(&times_, Phase::kOptimizer, parts_.clock);
      events = experiment_->Plan();
    }
    absl::Status status = events.status();
    if (status.ok() && events->front().has_generation()) {
      const PhaseTimer timer(&times_, Phase::kDecode, parts_.clock);
      status = images_.OnPlan(*events->front().mutable_generation());
    }
    if (!status.ok()) return Take(experiment_->DecideFailure(status).events);
    const bool fruitless = Experiment::IsFruitless(events->front());
    {
      // Applying asks and tells the optimizer once more.
      const PhaseTimer timer(&times_, Phase::kOptimizer, parts_.clock);
      EVOKE_RETURN_IF_ERROR(Take(*std::move(events)));
    }
    if (fruitless) {
      const std::string why = absl::StrCat("no trial of the last block succeeded (",
                                           experiment_->trials().all().back().state_reason(), ")");
      EVOKE_RETURN_IF_ERROR(Pause(why));
      return absl::FailedPreconditionError(
          absl::StrCat(snapshot().name(), ": ", why, "; mend the cause, then run it again"));
    }
  }
  return absl::OkStatus();
}

// ---- trials ----

v1::PresentationNotice OfflineExperiment::NoticeOf(const v1::Trial& trial) const {
  v1::PresentationNotice notice;
  *notice.mutable_trial() = trial;
  *notice.mutable_stimulus() = *experiment_->FindStimulus(trial.stimulus());
  *notice.mutable_stimulus()->mutable_image() = ToProto(images_.Of(trial.stimulus()));
  *notice.mutable_objective() = snapshot().objective();
  notice.set_seed(snapshot().optimizer().seed());
  *notice.mutable_shown() = snapshot().presentation();
  return notice;
}

absl::Status OfflineExperiment::RunBatch() {
  std::vector<int64_t> batch;
  std::vector<v1::Stimulus> stimuli;
  {
    const PhaseTimer timer(&times_, Phase::kTrials, parts_.clock);
    while (static_cast<int>(batch.size()) < parts_.batch) {
      const int64_t number = experiment_->trials().NextPending();
      if (number == 0) break;
      EVOKE_RETURN_IF_ERROR(
          Take(experiment_->DecideLease(number, SimulatedDisplay::kName, display_.NextSyncCode())
                   .events));
      const v1::Trial& trial = *experiment_->trials().Find(number);
      EVOKE_ASSIGN_OR_RETURN(
          Decision shown, experiment_->DecidePresentation(
                              number, trial.attempt(), display_.Show(snapshot().presentation())));
      EVOKE_RETURN_IF_ERROR(Take(std::move(shown.events)));
      batch.push_back(number);
      stimuli.push_back(*experiment_->FindStimulus(trial.stimulus()));
    }
  }
  if (batch.empty()) {
    return absl::InternalError(absl::StrCat(snapshot().name(), ": no trial is left to show"));
  }
  {
    const PhaseTimer timer(&times_, Phase::kDecode, parts_.clock);
    EVOKE_RETURN_IF_ERROR(images_.Render(stimuli));
  }
  std::vector<v1::PresentationNotice> notices;
  {
    const PhaseTimer timer(&times_, Phase::kTrials, parts_.clock);
    for (const int64_t number : batch) {
      notices.push_back(NoticeOf(*experiment_->trials().Find(number)));
    }
  }
  return Answer(std::move(notices));
}

absl::Status OfflineExperiment::Answer(std::vector<v1::PresentationNotice> notices) {
  const int size = static_cast<int>(notices.size());
  OneBatch batch(std::move(notices));
  const int64_t begin = parts_.clock->MonotonicNanos();
  EVOKE_RETURN_IF_ERROR(Respond(batch, neurons_, batch, kBackend, size));
  const int64_t network = network_.TakeNanos();
  times_.Add(Phase::kNetwork, network);
  times_.Add(Phase::kNoise, parts_.clock->MonotonicNanos() - begin - network);
  const PhaseTimer timer(&times_, Phase::kTrials, parts_.clock);
  for (const v1::ReportResponseRequest& report : batch.reports) {
    EVOKE_ASSIGN_OR_RETURN(const ParsedTrialName trial, ParseTrialName(report.trial()));
    EVOKE_ASSIGN_OR_RETURN(
        Decision answered,
        experiment_->DecideResponse(trial.number, report.attempt(), report.response()));
    if (answered.result.disposition() == v1::ReportResult::DISPOSITION_REJECTED) {
      return absl::InternalError(
          absl::StrCat(report.trial(), ": the response was rejected: ", answered.result.reason()));
    }
    EVOKE_RETURN_IF_ERROR(Take(std::move(answered.events)));
    ++presentations_;
  }
  return absl::OkStatus();
}

}  // namespace evoke
