// Which kernel makes what was seen most probable.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_KERNEL_CHOICE_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_KERNEL_CHOICE_H_

#include <Eigen/Core>
#include <optional>

#include "server/optimizer/model/gaussian_process.h"

namespace evoke {

struct KernelChoice {
  GpKernel kernel;
  double noise = 0;  // variance of a value, where it was not known: in the kernel's unit
};

// The length, and the noise where it is not known, of the highest marginal likelihood (Rasmussen &
// Williams 2006, section 5.4) on a coarse grid. `points`: [feature][point], at least one. `noise`:
// variances of the values, if they are known.
KernelChoice ChooseKernel(const Eigen::MatrixXf& points, const Eigen::VectorXd& values,
                          const std::optional<Eigen::VectorXd>& noise);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_KERNEL_CHOICE_H_
