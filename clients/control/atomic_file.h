// Files that are whole or not there.
#ifndef EVOKE_CLIENTS_CONTROL_ATOMIC_FILE_H_
#define EVOKE_CLIENTS_CONTROL_ATOMIC_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace evoke {

// Replaces the file at `path` in one step: readers see the old file or the whole new one, also
// after a crash. FAILED_PRECONDITION, naming the file and the system's reason, if it can't be
// written: then nothing changes.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view content);

// Makes the folder and those above it. FAILED_PRECONDITION.
absl::Status MakeFolder(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_ATOMIC_FILE_H_
