#include "server/generator/vq_vae_module.h"

#include <algorithm>

namespace evoke {
namespace {

namespace nn = torch::nn;

nn::Conv2d Convolution(int inputs, int outputs, int size, int stride) {
  return nn::Conv2d(
      nn::Conv2dOptions(inputs, outputs, size).stride(stride).padding((size - 1) / 2));
}

nn::ModuleList Blocks(const VqVaeConfig& config) {
  nn::ModuleList blocks;
  for (int i = 0; i < config.residual_blocks; ++i) {
    blocks->push_back(
        nn::Sequential(nn::ReLU(), Convolution(config.width, config.residual_width, 3, 1),
                       nn::ReLU(), Convolution(config.residual_width, config.width, 1, 1)));
  }
  return blocks;
}

// Copies every pixel into 2 x 2.
torch::Tensor Enlarge(const torch::Tensor& x) {
  return nn::functional::interpolate(x, nn::functional::InterpolateFuncOptions()
                                            .scale_factor(std::vector<double>{2, 2})
                                            .mode(torch::kNearest));
}

}  // namespace

VqVaeModuleImpl::VqVaeModuleImpl(const VqVaeConfig& config) : config_(config) {
  const int width = config.width;
  const int half = std::max(1, width / 2);
  const int quarter = std::max(1, width / 4);
  down_ = register_module(
      "down", nn::Sequential(Convolution(3, half, 4, 2), nn::ReLU(), Convolution(half, width, 4, 2),
                             nn::ReLU(), Convolution(width, width, 3, 1)));
  encoder_blocks_ = register_module("encoder_blocks", Blocks(config));
  to_code_ = register_module("to_code", Convolution(width, config.code_size, 1, 1));
  from_code_ = register_module("from_code", Convolution(config.code_size, width, 3, 1));
  decoder_blocks_ = register_module("decoder_blocks", Blocks(config));
  half_ = register_module("half", Convolution(width, half, 3, 1));
  full_ = register_module("full", Convolution(half, quarter, 3, 1));
  color_ = register_module("color", Convolution(quarter, 3, 3, 1));
  code_book_ = register_buffer("code_book", torch::randn({config.codes, config.code_size}));
}

torch::Tensor VqVaeModuleImpl::Residual(nn::ModuleList& blocks, torch::Tensor x) {
  for (const auto& block : *blocks) x = x + block->as<nn::Sequential>()->forward(x);
  return torch::relu(x);
}

torch::Tensor VqVaeModuleImpl::Encode(const torch::Tensor& images) {
  const torch::Tensor x = (images - 0.5).contiguous(torch::MemoryFormat::ChannelsLast);
  return to_code_(Residual(encoder_blocks_, down_->forward(x)));
}

torch::Tensor VqVaeModuleImpl::Quantize(const torch::Tensor& encoded) {
  const torch::Tensor vectors = encoded.permute({0, 2, 3, 1}).reshape({-1, config_.code_size});
  // |v - c|^2 without the |v|^2 that all codes share.
  const torch::Tensor distance =
      code_book_.square().sum(1).unsqueeze(0) - 2 * vectors.matmul(code_book_.t());
  return distance.argmin(1).view({encoded.size(0), encoded.size(2), encoded.size(3)});
}

torch::Tensor VqVaeModuleImpl::Lookup(const torch::Tensor& codes) {
  // Rows of codes are channels-last memory already.
  return code_book_.index_select(0, codes.reshape({-1}))
      .view({codes.size(0), codes.size(1), codes.size(2), config_.code_size})
      .permute({0, 3, 1, 2});
}

torch::Tensor VqVaeModuleImpl::Decode(const torch::Tensor& quantized) {
  torch::Tensor x = Residual(decoder_blocks_, from_code_(quantized));
  x = torch::relu(half_(Enlarge(x)));
  x = torch::relu(full_(Enlarge(x)));
  return color_(x) + 0.5;
}

}  // namespace evoke
