// Page sizes and tokens. A token is the last name or number of the page before.
#ifndef EVOKE_SERVER_SERVICE_PAGE_H_
#define EVOKE_SERVER_SERVICE_PAGE_H_

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/experiment/limits.h"

namespace evoke {

inline absl::StatusOr<int> PageSize(int asked) {
  if (asked < 0) {
    return absl::InvalidArgumentError(absl::StrCat("page_size: ", asked, "; must not be negative"));
  }
  return asked == 0 ? 100 : std::min(asked, kMaxPage);
}

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_PAGE_H_
