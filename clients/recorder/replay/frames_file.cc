#include "clients/recorder/replay/frames_file.h"

#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Beyond these it is no message but damage.
constexpr uint32_t kMostParts = 16;
constexpr uint32_t kMostPartBytes = 64 << 20;

class Reader {
 public:
  Reader(gzFile file, const std::string& path) : file_(file), path_(path) {}

  // False at the end of the file, if that is where a message may end.
  absl::StatusOr<bool> Read(void* to, unsigned size, bool may_end) {
    const int got = gzread(file_, to, size);
    int error = Z_OK;
    const char* const text = gzerror(file_, &error);
    if (got < 0 || error != Z_OK) return Damage(text);
    if (got == 0 && size > 0 && may_end) return false;
    if (static_cast<unsigned>(got) < size) return Damage("it ends within a message");
    at_ += size;
    return true;
  }
  absl::Status Damage(const std::string& what) const {
    return absl::DataLossError(absl::StrCat("capture ", path_, ", byte ", at_, ": ", what,
                                            "; copy or record the file anew"));
  }

 private:
  const gzFile file_;
  const std::string& path_;
  int64_t at_ = 0;  // uncompressed
};

}  // namespace

absl::StatusOr<std::vector<CapturedMessage>> ReadFramesFile(const std::string& path) {
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(path.c_str(), "rb"), &gzclose);
  if (file == nullptr) {
    return absl::NotFoundError(absl::StrCat("capture ", path, " can't be opened"));
  }
  Reader reader(file.get(), path);
  std::vector<CapturedMessage> messages;
  while (true) {
    CapturedMessage message;
    EVOKE_ASSIGN_OR_RETURN(const bool more,
                           reader.Read(&message.unix_seconds, sizeof(double), true));
    if (!more) return messages;
    if (!std::isfinite(message.unix_seconds)) return reader.Damage("no time of a message");
    uint32_t parts = 0;
    EVOKE_RETURN_IF_ERROR(reader.Read(&parts, sizeof(parts), false).status());
    if (parts == 0 || parts > kMostParts) {
      return reader.Damage(absl::StrCat("a message of ", parts, " parts"));
    }
    for (uint32_t i = 0; i < parts; ++i) {
      uint32_t size = 0;
      EVOKE_RETURN_IF_ERROR(reader.Read(&size, sizeof(size), false).status());
      if (size > kMostPartBytes) return reader.Damage(absl::StrCat("a part of ", size, " bytes"));
      std::string& part = message.parts.emplace_back(size, '\0');
      EVOKE_RETURN_IF_ERROR(reader.Read(part.data(), size, false).status());
    }
    messages.push_back(std::move(message));
  }
}

}  // namespace evoke
