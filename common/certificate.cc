#include "common/certificate.h"

#include <ctime>
#include <memory>

#include "common/status_macros.h"
#include "openssl/bio.h"
#include "openssl/err.h"
#include "openssl/evp.h"
#include "openssl/pem.h"
#include "openssl/x509.h"

namespace evoke {
namespace {

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

// OpenSSL keeps errors for each thread; gRPC's TLS, which uses it too, must not find ours.
struct ErrorsCleared {
  ~ErrorsCleared() { ERR_clear_error(); }
};

Owned<BIO> Reader(absl::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Never asks for a passphrase on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::StatusOr<Owned<X509>> Parse(absl::string_view pem) {
  const ErrorsCleared cleared;
  Owned<X509> certificate(PEM_read_bio_X509(Reader(pem).get(), nullptr, NoPassphrase, nullptr));
  if (certificate == nullptr) return absl::InvalidArgumentError("is no certificate in PEM format");
  return certificate;
}

std::vector<std::string> Values(const X509& certificate, int nid) {
  std::vector<std::string> values;
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  int at = -1;
  while ((at = X509_NAME_get_index_by_NID(subject, nid, at)) >= 0) {
    const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, value);
    if (length < 0) continue;
    values.emplace_back(reinterpret_cast<char*>(utf8), static_cast<size_t>(length));
    OPENSSL_free(utf8);
  }
  return values;
}

absl::StatusOr<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InvalidArgumentError("has no valid dates");
  return absl::FromTimeT(timegm(&parts));
}

}  // namespace

absl::StatusOr<Certificate> ParseCertificate(absl::string_view pem) {
  const ErrorsCleared cleared;
  EVOKE_ASSIGN_OR_RETURN(const Owned<X509> parsed, Parse(pem));
  Certificate certificate;
  certificate.common_names = Values(*parsed, NID_commonName);
  certificate.units = Values(*parsed, NID_organizationalUnitName);
  EVOKE_ASSIGN_OR_RETURN(certificate.not_before, TimeOf(X509_get0_notBefore(parsed.get())));
  EVOKE_ASSIGN_OR_RETURN(certificate.not_after, TimeOf(X509_get0_notAfter(parsed.get())));
  return certificate;
}

absl::Status CheckKey(absl::string_view certificate_pem, absl::string_view key_pem) {
  const ErrorsCleared cleared;
  EVOKE_ASSIGN_OR_RETURN(const Owned<X509> certificate, Parse(certificate_pem));
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(Reader(key_pem).get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return absl::InvalidArgumentError("is no private key in PEM format (without a passphrase)");
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return absl::InvalidArgumentError("is not the key of the certificate beside it");
  }
  return absl::OkStatus();
}

}  // namespace evoke
