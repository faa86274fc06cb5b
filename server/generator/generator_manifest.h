// Reads the manifests of generators that are no weights files.
#ifndef EVOKE_SERVER_GENERATOR_GENERATOR_MANIFEST_H_
#define EVOKE_SERVER_GENERATOR_GENERATOR_MANIFEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "evoke/v1/generator_manifest.pb.h"

namespace evoke {

// Text format. NOT_FOUND if the file cannot be read; INVALID_ARGUMENT, naming the file, line and
// column or the field, if it is no manifest or does not validate: every field that is required is
// there and in its range. What TorchScript module it names is not looked at.
absl::StatusOr<v1::GeneratorManifest> ReadGeneratorManifest(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_GENERATOR_MANIFEST_H_
