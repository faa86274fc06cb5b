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
#include "evoke/v1/event.pb.h"
#include "evoke/v1/stimulus.pb.h"
#include "server/generator/generator.h"
#include "server/generator/image_constraints.h"

namespace evoke {

// Pictures by file name, scaled to the generator's image size so that all stimuli are alike.
using ReferenceSet = std::map<std::string, Image>;

// Reads `reference_dir`/`set`; messages begin with `field`, which names the set in a specification.
// NOT_FOUND if there is no such folder (the message lists those there are) or if it holds no
// picture; INVALID_ARGUMENT if a picture can't be read or its name is not plain.
absl::StatusOr<ReferenceSet> LoadReferenceSet(const std::string& field,
                                              const std::string& reference_dir,
                                              const std::string& set, int width, int height);

// Thread-safe; immutable.
class StimulusSource {
 public:
  StimulusSource(std::shared_ptr<const Generator> generator, ReferenceSet references,
                 uint8_t background, ImageConstraints constraints = {})
      : generator_(std::move(generator)),
        references_(std::move(references)),
        background_(background),
        constraints_(std::move(constraints)) {}

  const Generator& generator() const { return *generator_; }
  const std::shared_ptr<const Generator>& shared_generator() const { return generator_; }
  std::vector<std::string> reference_names() const;

  // What is shown: one image per stimulus, in order; latent points are decoded as one batch. Latent
  // points' images and reference pictures meet the constraints; the blank is the background.
  // NOT_FOUND for a reference picture that is gone.
  absl::StatusOr<std::vector<Image>> Render(absl::Span<const v1::Stimulus> stimuli) const;

  // The same of a planned block's new stimuli, in which it fills in what the record is to know of
  // them: the image's checksum and, for latent points of a generator with a discriminator, its
  // score. That is of the image as the generator made it: the discriminator has never seen masks
  // and set contrasts, and would tell how visible they are. Errors as Render().
  absl::StatusOr<std::vector<Image>> RenderNew(v1::Generation& block) const;

 private:
  struct Made {
    std::vector<Image> images;   // of all stimuli
    std::vector<size_t> latent;  // places of latent points' images, which no constraint has changed
  };
  absl::StatusOr<Made> Make(absl::Span<const v1::Stimulus> stimuli) const;
  void Constrain(absl::Span<const v1::Stimulus> stimuli, std::vector<Image>& images) const;

  const std::shared_ptr<const Generator> generator_;  // shared by all experiments with this model
  const ReferenceSet references_;
  const uint8_t background_;
  const ImageConstraints constraints_;
};

v1::Image ToProto(const Image& image);
// INVALID_ARGUMENT if the bytes do not fit the size.
absl::StatusOr<Image> FromProto(const v1::Image& image);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_STIMULUS_SOURCE_H_
