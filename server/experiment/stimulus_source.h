// The images of an experiment's stimuli.
#ifndef EVOKE_SERVER_EXPERIMENT_STIMULUS_SOURCE_H_
#define EVOKE_SERVER_EXPERIMENT_STIMULUS_SOURCE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/image.h"
#include "evoke/v1/stimulus.pb.h"
#include "server/generator/generator.h"

namespace evoke {

// Pictures by file name, scaled to the generator's image size so that all stimuli are alike.
using ReferenceSet = std::map<std::string, Image>;

// Reads `reference_dir`/`set`. NOT_FOUND if there is no such folder (the message lists those there
// are) or if it holds no picture; INVALID_ARGUMENT if a picture can't be read or its name is not
// plain.
absl::StatusOr<ReferenceSet> LoadReferenceSet(const std::string& reference_dir,
                                              const std::string& set, int width, int height);

// Thread-safe; immutable.
class StimulusSource {
 public:
  StimulusSource(std::shared_ptr<const Generator> generator, ReferenceSet references,
                 uint8_t background)
      : generator_(std::move(generator)),
        references_(std::move(references)),
        background_(background) {}

  const Generator& generator() const { return *generator_; }
  std::vector<std::string> reference_names() const;

  // One image per stimulus, in order; latent points are decoded as one batch. NOT_FOUND for a
  // reference picture that is gone.
  absl::StatusOr<std::vector<Image>> Render(absl::Span<const v1::Stimulus> stimuli) const;

 private:
  const std::shared_ptr<const Generator> generator_;  // shared by all experiments with this model
  const ReferenceSet references_;
  const uint8_t background_;
};

v1::Image ToProto(const Image& image);
// INVALID_ARGUMENT if the bytes do not fit the size.
absl::StatusOr<Image> FromProto(const v1::Image& image);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_STIMULUS_SOURCE_H_
