// An experiment's specification as an operator writes it: text format or JSON.
#ifndef EVOKE_CLIENTS_CONTROL_SPEC_FILE_H_
#define EVOKE_CLIENTS_CONTROL_SPEC_FILE_H_

#include <istream>
#include <string>

#include "absl/status/statusor.h"
#include "evoke/v1/experiment.pb.h"

namespace evoke {

// Parses a specification; text whose first character is '{' is JSON, other text is protobuf's text
// format. `source` names the file in messages.
//
// INVALID_ARGUMENT: every mistake with line and column (JSON: of the syntax; a wrong field is named
// with its path), among them unknown fields, and fields that only the server sets.
absl::StatusOr<v1::Experiment> ParseSpec(const std::string& text, const std::string& source);

// Reads a whole file, or `input` for "-". NOT_FOUND if it can't be read; errors of ParseSpec().
absl::StatusOr<v1::Experiment> ReadSpec(const std::string& path, std::istream& input);

// The specification in a recorded experiment, in text format: what can be created again.
std::string SpecText(const v1::Experiment& experiment);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_SPEC_FILE_H_
