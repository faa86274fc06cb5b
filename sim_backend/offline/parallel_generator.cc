#include "sim_backend/offline/parallel_generator.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "common/status_macros.h"
#include "common/torch/torch_threads.h"

namespace evoke {
namespace {

// What `work` makes of each part of the items, joined in order.
template <typename Result, typename Item, typename Work>
absl::StatusOr<std::vector<Result>> Shared(absl::Span<const Item> items, int threads, Work work) {
  const size_t parts = std::clamp<size_t>(items.size(), 1, threads);
  std::vector<absl::StatusOr<std::vector<Result>>> done(parts, std::vector<Result>());
  const auto run = [&](size_t part) {
    // An image is too small for several, and threads that wait for each other on a busy machine
    // take ten times longer than one.
    SetTorchThreads(1);
    const size_t begin = items.size() * part / parts;
    const size_t end = items.size() * (part + 1) / parts;
    done[part] = work(items.subspan(begin, end - begin));
  };
  std::vector<std::thread> helpers;
  for (size_t part = 1; part < parts; ++part) helpers.emplace_back(run, part);
  run(0);
  for (std::thread& helper : helpers) helper.join();
  std::vector<Result> results;
  for (absl::StatusOr<std::vector<Result>>& part : done) {
    EVOKE_RETURN_IF_ERROR(part.status());
    std::move(part->begin(), part->end(), std::back_inserter(results));
  }
  return results;
}

}  // namespace

absl::StatusOr<std::vector<Image>> ParallelGenerator::Decode(
    absl::Span<const LatentPoint> points) const {
  return Shared<Image>(points, threads_,
                       [this](absl::Span<const LatentPoint> part) { return inner_->Decode(part); });
}

absl::StatusOr<std::vector<double>> ParallelGenerator::Score(absl::Span<const Image> images) const {
  return Shared<double>(images, threads_,
                        [this](absl::Span<const Image> part) { return inner_->Score(part); });
}

}  // namespace evoke
