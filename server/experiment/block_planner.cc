#include "server/experiment/block_planner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/random.h"
#include "common/resource_name.h"
#include "server/experiment/block.h"
#include "server/latent/latent_proto.h"

namespace evoke {
namespace {

constexpr char kBlank[] = "blank";
constexpr char kReferencePrefix[] = "ref-";

}  // namespace

BlockPlanner::BlockPlanner(const v1::Experiment& experiment, const StimulusTable& stimuli,
                           v1::Generation::Kind kind)
    : experiment_(experiment), stimuli_(stimuli) {
  block_.set_number(experiment.progress().generation() + 1);
  block_.set_state(v1::Generation::STATE_PLANNED);
  block_.set_kind(kind);
}

std::string BlockPlanner::StimulusOf(const LatentPoint& point) {
  if (const std::string* known = stimuli_.NameOf(point)) return *known;
  const auto [it, is_new] = new_points_.try_emplace(point);
  if (!is_new) return it->second;
  const size_t number = stimuli_.latent_points() + new_points_.size();
  it->second = StimulusName(experiment_.name(), absl::StrCat(number));
  v1::Stimulus& stimulus = *block_.add_stimuli();
  stimulus.set_name(it->second);
  *stimulus.mutable_latent() = ToProto(point);
  return it->second;
}

void BlockPlanner::AddCandidate(const LatentPoint& point, int site) {
  const std::string name = StimulusOf(point);
  block_.add_candidates(name);
  showings_.try_emplace(name,
                        Showing{v1::Trial::KIND_CANDIDATE,
                                static_cast<int>(experiment_.presentation().repeats()), site});
}

void BlockPlanner::AddControl(const std::string& id, v1::Trial::Kind kind, int times) {
  const std::string name = StimulusName(experiment_.name(), id);
  if (stimuli_.Find(name) == nullptr && !showings_.contains(name)) {
    v1::Stimulus& stimulus = *block_.add_stimuli();
    stimulus.set_name(name);
    if (kind == v1::Trial::KIND_BLANK) {
      stimulus.set_blank(true);
    } else {
      stimulus.set_reference(std::string(absl::StripPrefix(id, kReferencePrefix)));
    }
  }
  Showing& showing = showings_[name];
  showing.kind = kind;
  showing.times += times;
}

void BlockPlanner::AddControls(absl::Span<const std::string> references) {
  const v1::PresentationSpec& spec = experiment_.presentation();
  if (spec.blanks_per_block() > 0) {
    AddControl(kBlank, v1::Trial::KIND_BLANK, spec.blanks_per_block());
  }
  if (references.empty()) return;
  const int all = static_cast<int>(references.size());
  const int count = spec.references_per_block() == 0 ? all : spec.references_per_block();
  // In turn: each block goes on where the last one left off.
  const int64_t first = static_cast<int64_t>(block_.number() - 1) * count;
  for (int i = 0; i < count; ++i) {
    AddControl(kReferencePrefix + references[(first + i) % all], v1::Trial::KIND_REFERENCE, 1);
  }
}

void BlockPlanner::AddConfirmation(const LatentPoint& point, int site) {
  AddConfirmation(StimulusOf(point), site);
}

void BlockPlanner::AddConfirmation(const std::string& stimulus, int site) {
  showings_.try_emplace(
      stimulus, Showing{v1::Trial::KIND_CONFIRMATION,
                        static_cast<int>(experiment_.presentation().confirmation_repeats()), site});
}

v1::Generation BlockPlanner::Finish(const TrialQueue& trials) && {
  std::vector<std::string> items;
  for (const auto& [stimulus, showing] : showings_) {
    items.insert(items.end(), showing.times, stimulus);
  }
  const std::string previous = trials.size() == 0 ? "" : trials.Find(trials.size())->stimulus();
  Rng rng(MixSeed(
      {experiment_.optimizer().seed(), HashText("block"), static_cast<uint64_t>(block_.number())}));
  std::map<std::string, int> repeats;
  int64_t number = trials.size();
  for (const std::string& stimulus : ShuffleBlock(std::move(items), previous, rng)) {
    const Showing& showing = showings_.at(stimulus);
    const int repeat = repeats.try_emplace(stimulus, stimuli_.ShowingsOf(stimulus)).first->second++;
    v1::Trial& trial = *block_.add_trials();
    trial.set_name(TrialName(experiment_.name(), ++number));
    trial.set_stimulus(stimulus);
    trial.set_generation(block_.number());
    trial.set_kind(showing.kind);
    trial.set_repeat(repeat);
    trial.set_state(v1::Trial::STATE_PENDING);
    trial.set_site(showing.site);
  }
  return std::move(block_);
}

}  // namespace evoke
