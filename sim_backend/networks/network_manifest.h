// Reads the manifests of networks that are no weights files.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_NETWORK_MANIFEST_H_
#define EVOKE_SIM_BACKEND_NETWORKS_NETWORK_MANIFEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "evoke/v1/network_manifest.pb.h"

namespace evoke {

// Text format; what is optional is filled in. NOT_FOUND if the file cannot be read;
// INVALID_ARGUMENT, naming the file, line and column or the field, if it is no manifest or does not
// validate: every field that is required is there and in its range. What TorchScript module it
// names is not looked at.
absl::StatusOr<v1::NetworkManifest> ReadNetworkManifest(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_NETWORK_MANIFEST_H_
