// The manifest beside a module of somebody else's: what generators' and networks' have in common.
#ifndef EVOKE_PROTO_MANIFEST_FILE_H_
#define EVOKE_PROTO_MANIFEST_FILE_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"

namespace evoke {

// Reads a message in text format. NOT_FOUND if the file cannot be read; INVALID_ARGUMENT, naming
// file, line, column and the type that was expected, if it is none.
absl::Status ReadManifestFile(const std::string& path, google::protobuf::Message* manifest);

// INVALID_ARGUMENT, naming the field torch_script.sha256, if these are not the digits of a SHA-256.
absl::Status CheckModuleDigits(const std::string& sha256);

// NOT_FOUND if there is no module, DATA_LOSS, naming both sums, if it has not this one.
absl::Status CheckModuleFile(const std::string& path, const std::string& sha256);

}  // namespace evoke

#endif  // EVOKE_PROTO_MANIFEST_FILE_H_
