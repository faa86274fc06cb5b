// Files that hold keys and tokens.
#ifndef EVOKE_COMMON_SECRET_FILE_H_
#define EVOKE_COMMON_SECRET_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace evoke {

// The content of a regular file of at most 1 MiB. FAILED_PRECONDITION if every user of this host
// may read or change it; NOT_FOUND, PERMISSION_DENIED and others name the file. No message shows
// what is in it.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_COMMON_SECRET_FILE_H_
