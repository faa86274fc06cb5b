// The stimuli of one experiment, and how often each is shown.
#ifndef EVOKE_SERVER_EXPERIMENT_STIMULUS_TABLE_H_
#define EVOKE_SERVER_EXPERIMENT_STIMULUS_TABLE_H_

#include <map>
#include <string>

#include "evoke/v1/stimulus.pb.h"
#include "evoke/v1/trial.pb.h"
#include "server/latent/latent_space.h"

namespace evoke {

// Not thread-safe.
class StimulusTable {
 public:
  void Add(const v1::Stimulus& stimulus);
  void CountShowing(const v1::Trial& planned);

  // nullptr if there is no such stimulus.
  const v1::Stimulus* Find(const std::string& name) const;
  // The stimulus of this point; nullptr if there is none.
  const std::string* NameOf(const LatentPoint& point) const;
  int latent_points() const { return static_cast<int>(name_of_.size()); }
  // Trials planned of it so far.
  int ShowingsOf(const std::string& name) const;

 private:
  std::map<std::string, v1::Stimulus> stimuli_;
  std::map<LatentPoint, std::string> name_of_;
  std::map<std::string, int> showings_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_STIMULUS_TABLE_H_
