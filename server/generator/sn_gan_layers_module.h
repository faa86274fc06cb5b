// The two networks of an SN-GAN as functions of their weights, shared by the generator and its
// training. Include only from .cc files that use torch.
#ifndef EVOKE_SERVER_GENERATOR_SN_GAN_LAYERS_MODULE_H_
#define EVOKE_SERVER_GENERATOR_SN_GAN_LAYERS_MODULE_H_

#include <ATen/ATen.h>

#include <functional>
#include <map>
#include <string>

#include "server/generator/sn_gan_config.h"

namespace evoke {

// By the names of GeneratorShapes() or DiscriminatorShapes().
using NamedTensors = std::map<std::string, at::Tensor>;

// What normalises the channels of a map: by the statistics of the batch while training, by those
// that were kept after it. `name` is "generator.block1.norm1".
using ChannelNorm = std::function<at::Tensor(const at::Tensor& map, const std::string& name)>;

// [image][latent] to [image][color][row][col] in (-1, 1), channels-last memory.
at::Tensor GeneratorForward(const SnGanConfig& config, const NamedTensors& weights,
                            const ChannelNorm& norm, const at::Tensor& latents);

// [image][color][row][col] in [-1, 1], channels-last memory, to [image]: the higher, the more
// natural. The weights are those that spectral normalisation gives.
at::Tensor DiscriminatorForward(const SnGanConfig& config, const NamedTensors& weights,
                                const at::Tensor& images);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_SN_GAN_LAYERS_MODULE_H_
