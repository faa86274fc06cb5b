#include "sim_backend/offline/parallel_generator.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "common/status_macros.h"
#include "sim_backend/networks/torch_threads.h"

namespace evoke {

absl::StatusOr<std::vector<Image>> ParallelGenerator::Decode(
    absl::Span<const LatentPoint> points) const {
  const size_t parts = std::clamp<size_t>(points.size(), 1, threads_);
  std::vector<absl::StatusOr<std::vector<Image>>> decoded(parts, std::vector<Image>());
  const auto decode = [&](size_t part) {
    // An image is too small for several, and threads that wait for each other on a busy machine
    // take ten times longer than one.
    SetTorchThreads(1);
    const size_t begin = points.size() * part / parts;
    const size_t end = points.size() * (part + 1) / parts;
    decoded[part] = inner_->Decode(points.subspan(begin, end - begin));
  };
  std::vector<std::thread> helpers;
  for (size_t part = 1; part < parts; ++part) helpers.emplace_back(decode, part);
  decode(0);
  for (std::thread& helper : helpers) helper.join();
  std::vector<Image> images;
  for (absl::StatusOr<std::vector<Image>>& part : decoded) {
    EVOKE_RETURN_IF_ERROR(part.status());
    std::move(part->begin(), part->end(), std::back_inserter(images));
  }
  return images;
}

}  // namespace evoke
