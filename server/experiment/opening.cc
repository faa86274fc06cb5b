#include "server/experiment/opening.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/constraints_spec.h"
#include "server/experiment/spec.h"
#include "server/experiment/start_points.h"
#include "server/experiment/warm_start.h"

namespace evoke {
namespace {

constexpr int kReplayChunk = 1000;

}  // namespace

absl::StatusOr<v1::Experiment> PrepareSpec(const std::string& id, v1::Experiment spec) {
  EVOKE_RETURN_IF_ERROR(ValidateId("experiment_id", id));
  EVOKE_RETURN_IF_ERROR(ValidateSpec(spec));
  spec = WithDefaults(std::move(spec));
  spec.set_name(ExperimentName(id));
  return spec;
}

absl::StatusOr<StimulusSource> OpenStimulusSource(const v1::Experiment& spec,
                                                  std::shared_ptr<const Generator> generator,
                                                  const std::string& model_dir,
                                                  const std::string& reference_dir) {
  const std::string& wanted = spec.generator().weights_sha256();
  if (!wanted.empty() && wanted != generator->weights_sha256()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "generator.weights_sha256: the experiment needs ", wanted, ", but ",
        spec.generator().model(), " in ", model_dir, " is ", generator->weights_sha256(),
        "; put the old file back or create a new experiment"));
  }
  ReferenceSet references;
  if (!spec.presentation().reference_set().empty()) {
    EVOKE_ASSIGN_OR_RETURN(
        references, LoadReferenceSet("presentation.reference_set", reference_dir,
                                     spec.presentation().reference_set(), generator->image_width(),
                                     generator->image_height()));
  }
  EVOKE_ASSIGN_OR_RETURN(ImageConstraints constraints, ImageConstraintsOf(spec.presentation()));
  return StimulusSource(std::move(generator), std::move(references),
                        static_cast<uint8_t>(spec.presentation().background()),
                        std::move(constraints));
}

absl::StatusOr<Beginning> FindBeginning(const v1::Experiment& spec, const Generator& generator,
                                        const std::string& reference_dir,
                                        const EarlierSources& sources) {
  Beginning beginning;
  EVOKE_ASSIGN_OR_RETURN(beginning.earlier, FindEarlierResponses(spec, generator, sources));
  EVOKE_ASSIGN_OR_RETURN(beginning.start, FindStartPoints(spec, generator, reference_dir));
  return beginning;
}

v1::ExperimentEvent CreatedEvent(v1::Experiment spec, const Generator& generator,
                                 const Beginning& beginning, absl::Time now,
                                 const std::string& session) {
  spec.mutable_generator()->set_weights_sha256(generator.weights_sha256());
  *spec.mutable_latent_space() = ToProto(generator.latent_space());
  spec.mutable_start_points()->Assign(beginning.start.begin(), beginning.start.end());
  spec.mutable_earlier_responses()->Assign(beginning.earlier.begin(), beginning.earlier.end());
  *spec.mutable_create_time() = ToProto(now);
  spec.set_state(v1::Experiment::STATE_ACTIVE);
  spec.clear_state_reason();
  spec.clear_pause_cause();
  spec.clear_progress();
  v1::ExperimentEvent created;
  created.set_sequence(1);
  *created.mutable_time() = spec.create_time();
  created.set_session(session);
  *created.mutable_experiment() = std::move(spec);
  return created;
}

absl::StatusOr<std::unique_ptr<Experiment>> ReplayExperiment(
    const Ledger& ledger, const v1::ExperimentEvent& created, const StimulusSource& source,
    absl::FunctionRef<void(const v1::ExperimentEvent&)> on_event) {
  EVOKE_ASSIGN_OR_RETURN(
      std::unique_ptr<Experiment> experiment,
      Experiment::Create(created, source.reference_names(), source.shared_generator()));
  const std::string name = experiment->snapshot().name();
  std::vector<v1::ExperimentEvent> events;
  do {
    EVOKE_ASSIGN_OR_RETURN(events,
                           ledger.ReadEvents(name, experiment->last_sequence(), kReplayChunk));
    for (const v1::ExperimentEvent& event : events) {
      EVOKE_RETURN_IF_ERROR(experiment->Apply(event));
      on_event(event);
    }
  } while (!events.empty());
  return experiment;
}

std::optional<v1::Comment> DivergenceComment(const Experiment& replayed,
                                             const std::string& author) {
  if (replayed.diverged_generations().empty()) return std::nullopt;
  v1::Comment comment;
  comment.set_author(author);
  comment.set_text(
      absl::StrCat("replay: the optimizer would have proposed other stimuli from "
                   "generation ",
                   replayed.diverged_generations()[0],
                   " on (another machine or version); the recorded ones were kept"));
  return comment;
}

}  // namespace evoke
