// What a certificate says.
#ifndef EVOKE_COMMON_CERTIFICATE_H_
#define EVOKE_COMMON_CERTIFICATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace evoke {

// Of the subject, every value of CN and OU (X.509 allows several).
struct Certificate {
  std::vector<std::string> common_names;
  std::vector<std::string> units;
  absl::Time not_before;
  absl::Time not_after;
};

// The first certificate of a PEM text. INVALID_ARGUMENT. Says nothing about who signed it.
absl::StatusOr<Certificate> ParseCertificate(absl::string_view pem);

// OK if the key (PEM) is that of the certificate; INVALID_ARGUMENT. No message shows the key.
absl::Status CheckKey(absl::string_view certificate_pem, absl::string_view key_pem);

}  // namespace evoke

#endif  // EVOKE_COMMON_CERTIFICATE_H_
