// How an experiment begins: from a specification, or read back from its ledger. What evoke-server
// and the offline runs of evoke-sim have in common, so that both record the same.
#ifndef EVOKE_SERVER_EXPERIMENT_OPENING_H_
#define EVOKE_SERVER_EXPERIMENT_OPENING_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/experiment.pb.h"
#include "server/experiment/earlier_record.h"
#include "server/experiment/experiment.h"
#include "server/experiment/stimulus_source.h"
#include "server/generator/generator.h"
#include "server/ledger/ledger.h"

namespace evoke {

// A checked specification with all defaults, named experiments/{id}. INVALID_ARGUMENT names the
// field.
absl::StatusOr<v1::Experiment> PrepareSpec(const std::string& id, v1::Experiment spec);

// The images of a prepared specification's stimuli. FAILED_PRECONDITION if it asks for other
// weights than the generator's (the message names both); errors of LoadReferenceSet().
absl::StatusOr<StimulusSource> OpenStimulusSource(const v1::Experiment& spec,
                                                  std::shared_ptr<const Generator> generator,
                                                  const std::string& model_dir,
                                                  const std::string& reference_dir);

// What a new search begins with.
struct Beginning {
  std::vector<v1::StartPoint> start;         // FindStartPoints()
  std::vector<v1::EarlierResponse> earlier;  // FindEarlierResponses()
};

// Of a prepared specification. May take long where pictures are turned into points: hold no lock.
// Errors of the two functions.
absl::StatusOr<Beginning> FindBeginning(const v1::Experiment& spec, const Generator& generator,
                                        const std::string& reference_dir,
                                        const EarlierSources& sources);

// The first event of an experiment with this prepared specification: ACTIVE, with the generator's
// weights and latent space, and what it begins with.
v1::ExperimentEvent CreatedEvent(v1::Experiment spec, const Generator& generator,
                                 const Beginning& beginning, absl::Time now,
                                 const std::string& session);

// The experiment that begins with `created`, as its recorded events left it. `on_event` sees every
// event behind the first. DATA_LOSS if a record is damaged; errors of the ledger.
absl::StatusOr<std::unique_ptr<Experiment>> ReplayExperiment(
    const Ledger& ledger, const v1::ExperimentEvent& created, const StimulusSource& source,
    absl::FunctionRef<void(const v1::ExperimentEvent&)> on_event);

// What to note in the record where the replayed optimizer would have proposed other stimuli than
// were recorded; empty if it proposed the same.
std::optional<v1::Comment> DivergenceComment(const Experiment& replayed, const std::string& author);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_OPENING_H_
