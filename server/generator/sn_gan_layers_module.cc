#include "server/generator/sn_gan_layers_module.h"

#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

constexpr int kHalvingBlocks = 2;

at::Tensor Convolution(const NamedTensors& weights, const std::string& name, const at::Tensor& x) {
  const at::Tensor& kernel = weights.at(name + ".weight");
  return at::conv2d(x, kernel, weights.at(name + ".bias"), 1, kernel.size(2) / 2);
}

// Copies every pixel into 2 x 2.
at::Tensor Enlarge(const at::Tensor& x) {
  return at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2});
}

// A 3 x 3 convolution and the mean of 2 x 2 of its outputs are together one 4 x 4 convolution with
// stride 2: less than half the work, and the large map in between is never made.
at::Tensor HalvingConvolution(const NamedTensors& weights, const std::string& name,
                              const at::Tensor& x) {
  const at::Tensor& kernel = weights.at(name + ".weight");
  at::Tensor sum;
  for (int64_t row : {0, 1}) {
    for (int64_t col : {0, 1}) {
      const at::Tensor shifted = at::constant_pad_nd(kernel, {col, 1 - col, row, 1 - row});
      sum = sum.defined() ? sum + shifted : shifted;
    }
  }
  return at::conv2d(x, sum * 0.25, weights.at(name + ".bias"), 2, 1);
}

}  // namespace

at::Tensor GeneratorForward(const SnGanConfig& config, const NamedTensors& weights,
                            const ChannelNorm& norm, const at::Tensor& latents) {
  // Rows of the linear map are [row][col][channel]: channels-last memory.
  at::Tensor x =
      at::linear(latents, weights.at("generator.seed.weight"), weights.at("generator.seed.bias"))
          .view({latents.size(0), 4, 4, config.generator_channels[0]})
          .permute({0, 3, 1, 2});
  for (int i = 1; i <= config.blocks(); ++i) {
    const std::string block = absl::StrCat("generator.block", i);
    at::Tensor h = at::relu(norm(x, block + ".norm1"));
    h = Convolution(weights, block + ".conv1", Enlarge(h));
    h = at::relu(norm(h, block + ".norm2"));
    h = Convolution(weights, block + ".conv2", h);
    // A 1 x 1 convolution before the enlargement gives the same as after it.
    x = h + Enlarge(Convolution(weights, block + ".shortcut", x));
  }
  return at::tanh(Convolution(weights, "generator.color", at::relu(norm(x, "generator.norm"))));
}

at::Tensor DiscriminatorForward(const SnGanConfig& config, const NamedTensors& weights,
                                const at::Tensor& images) {
  at::Tensor x = images;
  for (int i = 1; i <= static_cast<int>(config.discriminator_channels.size()); ++i) {
    const std::string block = absl::StrCat("discriminator.block", i);
    const bool halve = i <= kHalvingBlocks;
    // The image itself is not rectified.
    at::Tensor h = Convolution(weights, block + ".conv1", i == 1 ? x : at::relu(x)).relu_();
    h = halve ? HalvingConvolution(weights, block + ".conv2", h)
              : Convolution(weights, block + ".conv2", h);
    if (halve) x = at::avg_pool2d(x, 2);
    if (weights.contains(block + ".shortcut.weight")) {
      x = Convolution(weights, block + ".shortcut", x);
    }
    x = x + h;
  }
  return at::linear(at::relu(x).sum({2, 3}), weights.at("discriminator.score.weight"),
                    weights.at("discriminator.score.bias"))
      .squeeze(1);
}

}  // namespace evoke
