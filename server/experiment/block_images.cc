#include "server/experiment/block_images.h"

#include <utility>
#include <vector>

#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {

absl::Status BlockImages::OnPlan(v1::Generation& block) {
  if (block.state() == v1::Generation::STATE_COMPLETED) {
    images_.clear();
    return absl::OkStatus();
  }
  EVOKE_ASSIGN_OR_RETURN(std::vector<Image> images, source_->RenderNew(block));
  for (size_t i = 0; i < images.size(); ++i) {
    images_[block.stimuli(static_cast<int>(i)).name()] = std::move(images[i]);
  }
  return absl::OkStatus();
}

absl::Status BlockImages::Render(absl::Span<const v1::Stimulus> stimuli) {
  std::vector<v1::Stimulus> missing;
  for (const v1::Stimulus& stimulus : stimuli) {
    if (!images_.contains(stimulus.name())) missing.push_back(stimulus);
  }
  if (missing.empty()) return absl::OkStatus();
  EVOKE_ASSIGN_OR_RETURN(std::vector<Image> images, source_->Render(missing));
  for (size_t i = 0; i < missing.size(); ++i) {
    if (missing[i].image_crc32() != Crc32(images[i])) {
      spdlog::warn("{}: the image differs from the one first shown (another machine or library)",
                   missing[i].name());
    }
    images_[missing[i].name()] = std::move(images[i]);
  }
  return absl::OkStatus();
}

}  // namespace evoke
