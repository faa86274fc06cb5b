#include "proto/manifest_file.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/weights_file.h"

namespace evoke {
namespace {

// Keeps the first error: the others mostly follow from it.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat(line + 1, ":", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

absl::Status ReadManifestFile(const std::string& path, google::protobuf::Message* manifest) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (parser.ParseFromString(text, manifest)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, ":", error.text(), " (a manifest is an ",
                                                 manifest->GetDescriptor()->full_name(), ")"));
}

absl::Status CheckModuleDigits(const std::string& sha256) {
  if (sha256.size() == 64 &&
      std::all_of(sha256.begin(), sha256.end(), [](char c) { return absl::ascii_isxdigit(c); })) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "torch_script.sha256: must be the 64 digits that `sha256sum NAME.pt` prints");
}

absl::Status CheckModuleFile(const std::string& path, const std::string& sha256) {
  EVOKE_ASSIGN_OR_RETURN(const std::string sum, Sha256OfFile(path));
  if (sum == absl::AsciiStrToLower(sha256)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path, " has SHA-256 ", sum, ", its manifest says ",
                                          sha256,
                                          "; put the right file there or correct the manifest"));
}

}  // namespace evoke
