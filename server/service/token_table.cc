#include "server/service/token_table.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/secret_file.h"
#include "common/status_macros.h"
#include "openssl/crypto.h"
#include "openssl/sha.h"

namespace evoke {
namespace {

constexpr size_t kMinToken = 16, kMaxToken = 256;

absl::Status Wrong(int line, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

}  // namespace

TokenTable::Digest TokenTable::DigestOf(absl::string_view token) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return digest;
}

absl::StatusOr<TokenTable> TokenTable::Parse(absl::string_view text) {
  TokenTable table;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view stripped = absl::StripAsciiWhitespace(line);
    if (stripped.empty() || stripped.front() == '#') continue;
    const std::vector<absl::string_view> words =
        absl::StrSplit(stripped, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words.size() != 3) return Wrong(number, "expected three words: role name token");
    const absl::string_view token = words[2];
    if (token.size() < kMinToken || token.size() > kMaxToken ||
        !std::all_of(token.begin(), token.end(), absl::ascii_isgraph)) {
      return Wrong(number, absl::StrCat("a token has ", kMinToken, " to ", kMaxToken,
                                        " printable characters; `openssl rand -hex 32` makes one"));
    }
    const absl::StatusOr<Identity> identity = MakeIdentity(words[0], words[1]);
    if (!identity.ok()) return Wrong(number, identity.status().message());
    if (table.Find(token)) return Wrong(number, "this token has been given out before");
    table.entries_.push_back({DigestOf(token), *identity});
  }
  if (table.entries_.empty()) {
    return absl::InvalidArgumentError("has no line `role name token`: nobody could come in");
  }
  return table;
}

absl::StatusOr<TokenTable> TokenTable::Read(const std::string& path) {
  EVOKE_ASSIGN_OR_RETURN(const std::string text, ReadSecretFile(path));
  absl::StatusOr<TokenTable> table = Parse(text);
  if (table.ok()) return table;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", table.status().message()));
}

std::optional<Identity> TokenTable::Find(absl::string_view token) const {
  const Digest digest = DigestOf(token);
  const Entry* found = nullptr;
  for (const Entry& entry : entries_) {
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) found = &entry;
  }
  if (found == nullptr) return std::nullopt;
  return found->identity;
}

}  // namespace evoke
