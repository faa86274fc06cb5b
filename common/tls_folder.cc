#include "common/tls_folder.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/certificate.h"
#include "common/secret_file.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

absl::Status About(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message(),
                                                  "; deploy/make-certs makes what belongs there"));
}

absl::StatusOr<std::string> ReadCertificate(const std::string& path, absl::Time now) {
  std::ifstream file(path, std::ios::binary);
  std::string pem((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return About(path, absl::NotFoundError("can't be read"));
  const absl::StatusOr<Certificate> certificate = ParseCertificate(pem);
  if (!certificate.ok()) return About(path, certificate.status());
  const auto day = [](absl::Time time) {
    return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
  };
  if (now < certificate->not_before) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": is not valid before ", day(certificate->not_before), "; is the clock right?"));
  }
  if (now > certificate->not_after) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": has expired on ", day(certificate->not_after),
                     "; make a new one by deploy/make-certs (docs/security.md)"));
  }
  return pem;
}

}  // namespace

absl::StatusOr<TlsFolder> ReadTlsFolder(const std::string& folder, absl::Time now) {
  const auto path = [&](const char* file) { return absl::StrCat(folder, "/", file); };
  TlsFolder tls;
  EVOKE_ASSIGN_OR_RETURN(tls.authority, ReadCertificate(path("ca.pem"), now));
  const std::string certificate = path("cert.pem"), key = path("key.pem");
  std::error_code ignored;
  const bool has_certificate = std::filesystem::exists(certificate, ignored);
  const bool has_key = std::filesystem::exists(key, ignored);
  if (!has_certificate && !has_key) return tls;
  EVOKE_ASSIGN_OR_RETURN(tls.certificate, ReadCertificate(certificate, now));
  EVOKE_ASSIGN_OR_RETURN(tls.key, ReadSecretFile(key));
  if (absl::Status s = CheckKey(tls.certificate, tls.key); !s.ok()) return About(key, s);
  return tls;
}

}  // namespace evoke
