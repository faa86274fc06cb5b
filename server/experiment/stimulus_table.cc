#include "server/experiment/stimulus_table.h"

#include "server/latent/latent_proto.h"

namespace evoke {

void StimulusTable::Add(const v1::Stimulus& stimulus) {
  stimuli_[stimulus.name()] = stimulus;
  if (stimulus.has_latent()) name_of_[FromProto(stimulus.latent())] = stimulus.name();
}

void StimulusTable::CountShowing(const v1::Trial& planned) {
  showings_[planned.stimulus()] = planned.repeat() + 1;
}

const v1::Stimulus* StimulusTable::Find(const std::string& name) const {
  const auto it = stimuli_.find(name);
  return it == stimuli_.end() ? nullptr : &it->second;
}

const std::string* StimulusTable::NameOf(const LatentPoint& point) const {
  const auto it = name_of_.find(point);
  return it == name_of_.end() ? nullptr : &it->second;
}

int StimulusTable::ShowingsOf(const std::string& name) const {
  const auto it = showings_.find(name);
  return it == showings_.end() ? 0 : it->second;
}

}  // namespace evoke
