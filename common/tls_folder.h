// A folder made by deploy/make-certs: what one program needs to speak TLS.
#ifndef EVOKE_COMMON_TLS_FOLDER_H_
#define EVOKE_COMMON_TLS_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evoke {

// PEM texts. `key` is a secret: it goes to gRPC and nowhere else.
struct TlsFolder {
  std::string authority;  // ca.pem: whose signature is believed
  std::string
      certificate;  // cert.pem; empty if there is none, which is enough for a token's bearer
  std::string key;  // key.pem, together with cert.pem
};

// Reads and checks the folder: the certificate is valid at `now`, and the key is its own and not
// readable by everybody. Errors name the file and say what to do.
absl::StatusOr<TlsFolder> ReadTlsFolder(const std::string& folder, absl::Time now);

}  // namespace evoke

#endif  // EVOKE_COMMON_TLS_FOLDER_H_
