// Comma-separated values (RFC 4180).
#ifndef EVOKE_CLIENTS_CONTROL_CSV_H_
#define EVOKE_CLIENTS_CONTROL_CSV_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace evoke {

// The field in quotes if it holds a comma, a quote or a line end; as it is otherwise.
std::string CsvField(absl::string_view text);

// The shortest digits that read back as the very same number.
std::string CsvNumber(double value);

// One record with its line end (CRLF).
std::string CsvRecord(const std::vector<std::string>& fields);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_CSV_H_
