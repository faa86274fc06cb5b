// How numbers, states and times are written for people.
#ifndef EVOKE_CLIENTS_CONTROL_TEXT_H_
#define EVOKE_CLIENTS_CONTROL_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace evoke {

// "STATE_SUCCEEDED" without the prefix "STATE_" and in lower case: "succeeded"; "" if unspecified.
std::string ShortEnum(absl::string_view value_name, absl::string_view prefix);

// "17.9 +- 0.8": as many digits as the error has meaning.
std::string EstimateText(double value, double standard_error);

// "0:47", "12:05", "1:02:03"
std::string ClockText(absl::Duration duration);

// With control characters (line ends, terminal escapes) replaced by spaces: texts of others must
// not steer the terminal.
std::string Printable(absl::string_view text);

absl::Duration ToDuration(const google::protobuf::Duration& duration);
absl::Time ToTime(const google::protobuf::Timestamp& time);
// "2026-03-01 14:05:09" in the local zone; "" for a time that is not set.
std::string LocalTimeText(const google::protobuf::Timestamp& time);

// Columns as wide as their longest cell, two spaces between them. The first row is the heading.
std::string AlignColumns(const std::vector<std::vector<std::string>>& rows);

// How many columns a terminal needs for UTF-8 text (every character counts as one).
size_t CharacterCount(absl::string_view text);
// The first `columns` characters.
std::string CutToWidth(absl::string_view text, size_t columns);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_TEXT_H_
