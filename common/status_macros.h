// Early returns for absl::Status and absl::StatusOr; Abseil ships none.
#ifndef EVOKE_COMMON_STATUS_MACROS_H_
#define EVOKE_COMMON_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define EVOKE_RETURN_IF_ERROR(expr)                                                       \
  do {                                                                                    \
    if (::absl::Status evoke_status_ = (expr); !evoke_status_.ok()) return evoke_status_; \
  } while (false)

#define EVOKE_CONCAT_INNER_(a, b) a##b
#define EVOKE_CONCAT_(a, b) EVOKE_CONCAT_INNER_(a, b)

// EVOKE_ASSIGN_OR_RETURN(auto x, F());
#define EVOKE_ASSIGN_OR_RETURN(lhs, expr) \
  EVOKE_ASSIGN_OR_RETURN_(EVOKE_CONCAT_(evoke_statusor_, __LINE__), lhs, expr)
#define EVOKE_ASSIGN_OR_RETURN_(tmp, lhs, expr)  \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)

#endif  // EVOKE_COMMON_STATUS_MACROS_H_
