#include "absl/strings/str_cat.h"
#include "sim_backend/networks/architecture.h"

namespace evoke {
namespace {

constexpr int kClasses = 10;

Branch Convolution(int source, Branch::Pool pool = Branch::Pool::kNone, int stride = 1) {
  return {.source = source, .pool = pool, .stride = stride};
}

// A projection of a shortcut whose side or channels change.
Branch Projection(int source, Branch::Pool pool, int stride) {
  return {.source = source, .pool = pool, .kernel = 1, .stride = stride, .padding = 0};
}

Branch Identity(int source, Branch::Pool pool) {
  return {.source = source, .pool = pool, .map = Branch::Map::kIdentity, .norm = false};
}

void AddClasses(Branch::Pool pool, Architecture& a) {
  a.layers.push_back({"class",
                      kClasses,
                      {{.source = static_cast<int>(a.layers.size()) - 1,
                        .pool = pool,
                        .map = Branch::Map::kLinear,
                        .norm = false,
                        .bias = true}}});
}

// Two convolutions of 3 x 3 and a shortcut (He et al. 2016). `pool` is between the last layer and
// the block.
void AddBlock(const std::string& name, int channels, int stride, Branch::Pool pool,
              Architecture& a) {
  const int source = static_cast<int>(a.layers.size()) - 1;
  const bool changes = stride != 1 || a.layers[source].channels != channels;
  a.layers.push_back({name + ".1", channels, {Convolution(source, pool, stride)}});
  a.layers.push_back({name + ".2",
                      channels,
                      {Convolution(source + 1),
                       changes ? Projection(source, pool, stride) : Identity(source, pool)}});
}

}  // namespace

Architecture SmallSpikingNetwork(int width) {
  Architecture a{.family = "small"};
  a.layers.push_back({"conv1", width, {Convolution(Branch::kImage)}});
  a.layers.push_back({"conv2", 2 * width, {Convolution(0, Branch::Pool::kAverage2)}});
  a.layers.push_back({"conv3", 4 * width, {Convolution(1, Branch::Pool::kAverage2)}});
  AddClasses(Branch::Pool::kAverage2, a);
  return a;
}

Architecture SpikingResNet18(int width, bool wide_stem) {
  Architecture a{.family = "resnet18"};
  Branch stem = Convolution(Branch::kImage);
  if (wide_stem) {
    stem.kernel = 7;
    stem.stride = 2;
    stem.padding = 3;
  }
  a.layers.push_back({"conv1", width, {stem}});
  for (int stage = 0; stage < 4; ++stage) {
    for (int block = 0; block < 2; ++block) {
      const bool pooled = wide_stem && stage == 0 && block == 0;
      AddBlock(absl::StrCat("layer", stage + 1, ".", block), width << stage,
               stage > 0 && block == 0 ? 2 : 1, pooled ? Branch::Pool::kMax3 : Branch::Pool::kNone,
               a);
    }
  }
  AddClasses(Branch::Pool::kGlobalAverage, a);
  return a;
}

Architecture ConvNet(int width) {
  Architecture a{.family = "convnet", .neurons = NeuronModel::kRectified, .train_steps = 1};
  a.layers.push_back({"conv1", width, {Convolution(Branch::kImage)}});
  for (int stage = 1; stage <= 3; ++stage) {
    const int last = static_cast<int>(a.layers.size()) - 1;
    a.layers.push_back(
        {absl::StrCat("conv", last + 2), width << stage, {Convolution(last, Branch::Pool::kMax3)}});
    a.layers.push_back({absl::StrCat("conv", last + 3), width << stage, {Convolution(last + 1)}});
  }
  AddClasses(Branch::Pool::kGlobalAverage, a);
  return a;
}

Architecture ResNet(int width) {
  Architecture a{.family = "resnet", .neurons = NeuronModel::kRectified, .train_steps = 1};
  a.layers.push_back({"conv1", width, {Convolution(Branch::kImage)}});
  for (int stage = 0; stage < 3; ++stage) {
    for (int block = 0; block < 2; ++block) {
      AddBlock(absl::StrCat("layer", stage + 1, ".", block), width << stage,
               stage > 0 && block == 0 ? 2 : 1, Branch::Pool::kNone, a);
    }
  }
  AddClasses(Branch::Pool::kGlobalAverage, a);
  return a;
}

}  // namespace evoke
