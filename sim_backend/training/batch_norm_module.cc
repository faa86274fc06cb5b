#include "sim_backend/training/batch_norm_module.h"

namespace evoke {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kEpsilon = 1e-5;
constexpr double kMomentum = 0.1;

// [position][channel]; a view if the memory is channels-last.
torch::Tensor Rows(const torch::Tensor& map) {
  return map.permute({0, 2, 3, 1}).reshape({-1, map.size(1)});
}

torch::Tensor Map(const torch::Tensor& rows, at::IntArrayRef shape) {
  return rows.view({shape[0], shape[2], shape[3], shape[1]}).permute({0, 3, 1, 2});
}

class Function : public torch::autograd::Function<Function> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& map,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               torch::Tensor mean, torch::Tensor variance) {
    const torch::Tensor rows = Rows(map);
    const double count = static_cast<double>(rows.size(0));
    const torch::Tensor center = rows.sum(0) / count;
    // Two passes: a difference of squares would lose the digits of channels with a large mean.
    const torch::Tensor centered = rows - center;
    const torch::Tensor squares = (centered * centered).sum(0);
    const torch::Tensor scale = (squares / count + kEpsilon).rsqrt();
    mean.lerp_(center, kMomentum);
    variance.lerp_(squares / std::max(1.0, count - 1), kMomentum);
    context->save_for_backward({centered, scale, weight});
    return Map(torch::addcmul(bias, centered, scale * weight), map.sizes());
  }

  // d = weight scale (g - mean(g) - n mean(g n)), with n the normalised map.
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor& centered = saved[0];
    const torch::Tensor& scale = saved[1];
    const torch::Tensor g = Rows(gradients[0]);
    const double count = static_cast<double>(g.size(0));
    const torch::Tensor bias_gradient = g.sum(0);
    const torch::Tensor weight_gradient = (g * centered).sum(0) * scale;
    const torch::Tensor factor = scale * saved[2];
    torch::Tensor d = torch::addcmul(-bias_gradient * factor / count, g, factor);
    d.addcmul_(centered, -factor * scale * weight_gradient / count);
    return {Map(d, gradients[0].sizes()), weight_gradient, bias_gradient, torch::Tensor(),
            torch::Tensor()};
  }
};

}  // namespace

torch::Tensor BatchNormTraining(const torch::Tensor& map, const torch::Tensor& weight,
                                const torch::Tensor& bias, torch::Tensor& mean,
                                torch::Tensor& variance) {
  return Function::apply(map, weight, bias, mean, variance);
}

torch::Tensor BatchNormKept(const torch::Tensor& map, const torch::Tensor& weight,
                            const torch::Tensor& bias, const torch::Tensor& mean,
                            const torch::Tensor& variance) {
  const torch::Tensor factor = weight * (variance + kEpsilon).rsqrt();
  return Map(torch::addcmul(bias - mean * factor, Rows(map), factor), map.sizes());
}

}  // namespace evoke
