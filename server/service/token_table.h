// Who may come in with which token.
#ifndef EVOKE_SERVER_SERVICE_TOKEN_TABLE_H_
#define EVOKE_SERVER_SERVICE_TOKEN_TABLE_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/service/identity.h"

namespace evoke {

// Immutable. Keeps the tokens' SHA-256 alone: what is not here can't be logged.
class TokenTable {
 public:
  // Lines of `role name token`; empty lines and lines that begin with # count for nothing. A token
  // has 16 to 256 printable characters. INVALID_ARGUMENT names the line, never the token.
  static absl::StatusOr<TokenTable> Parse(absl::string_view text);
  // Of a file that not everybody may read; see ReadSecretFile().
  static absl::StatusOr<TokenTable> Read(const std::string& path);

  // Takes as long for a token that is nearly right as for any other.
  std::optional<Identity> Find(absl::string_view token) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Entry {
    Digest digest;
    Identity identity;
  };
  static Digest DigestOf(absl::string_view token);

  std::vector<Entry> entries_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_TOKEN_TABLE_H_
