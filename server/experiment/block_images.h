// The images of the block at hand.
#ifndef EVOKE_SERVER_EXPERIMENT_BLOCK_IMAGES_H_
#define EVOKE_SERVER_EXPERIMENT_BLOCK_IMAGES_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/image.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/stimulus.pb.h"
#include "server/experiment/stimulus_source.h"

namespace evoke {

// Kept from a block's plan to its end, so that each image is decoded once. Not thread-safe.
class BlockImages {
 public:
  // `source` must outlive the images.
  explicit BlockImages(const StimulusSource* source) : source_(source) {}

  // Of a planned block: renders its new stimuli, and fills in what the record is to know of them.
  // Of a completed one: forgets all. Errors of StimulusSource::RenderNew().
  absl::Status OnPlan(v1::Generation& block);
  // Makes the images of recorded stimuli, as one batch where they are not at hand: they were shown
  // in an earlier block, or the program was restarted.
  absl::Status Render(absl::Span<const v1::Stimulus> stimuli);
  // Of a stimulus that was rendered.
  const Image& Of(const std::string& stimulus) const { return images_.at(stimulus); }
  void Clear() { images_.clear(); }

 private:
  const StimulusSource* const source_;
  std::map<std::string, Image> images_;  // by stimulus
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_BLOCK_IMAGES_H_
