#include "server/optimizer/tensor_train/tt_sampling.h"

#include <algorithm>
#include <utility>

#include "server/optimizer/evolution/batch_builder.h"

namespace evoke {
namespace {

// Random values that a sample gets before it is given up.
constexpr int kMaxChanges = 64;

}  // namespace

TtSampling::TtSampling(const TtSamplingOptions& options, LatentSpace space, uint64_t seed)
    : BatchOptimizer(std::move(space)),
      options_(options),
      grid_(this->space(), options.grid_size, options.quantized),
      rng_(MixSeed({seed, HashText("tt_sampling")})) {
  if (!grid_.mode_sizes().empty()) train_.emplace(grid_.mode_sizes(), options.rank, rng_);
}

absl::StatusOr<std::vector<LatentPoint>> TtSampling::Propose() {
  BatchBuilder batch(space(), archive());
  const int modes = static_cast<int>(grid_.mode_sizes().size());
  for (int i = 0; train_ && i < options_.batch_size; ++i) {
    ModeIndex index = train_->Draw(rng_);
    for (int change = 0; change < kMaxChanges && !batch.Add(grid_.Decode(index)); ++change) {
      const int mode = rng_.Index(modes);
      index[mode] = rng_.Index(grid_.mode_sizes()[mode]);
    }
  }
  batch.FillFromPrior(options_.batch_size, rng_);
  return std::move(batch).Finish("tt_sampling");
}

void TtSampling::Learn(absl::Span<const int> ids, bool adopted) {
  const size_t portion = options_.batch_size;
  for (size_t first = 0; train_ && first < ids.size(); first += portion) {
    LearnFromBatch(ids.subspan(first, portion));
  }
}

void TtSampling::LearnFromBatch(absl::Span<const int> ids) {
  std::vector<int> ranked;
  for (int id : ids) {
    if (archive().measured(id)) ranked.push_back(id);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [this](int a, int b) { return archive().IsBetter(a, b); });
  if (ranked.empty()) return;
  // With nothing to tell them apart the "best" would be arbitrary.
  if (ranked.size() > 1 && !archive().IsBetter(ranked.front(), ranked.back())) return;
  const int measured = static_cast<int>(ranked.size());
  const int elite =
      (options_.elite * measured + options_.batch_size - 1) / options_.batch_size;  // at least 1
  std::vector<ModeIndex> entries;
  for (int i = 0; i < elite; ++i) {
    entries.push_back(grid_.Encode(archive().entry(ranked[i]).point));
  }
  for (int step = 0; step < options_.steps; ++step) {
    train_->Climb(entries, options_.learning_rate);
  }
}

}  // namespace evoke
