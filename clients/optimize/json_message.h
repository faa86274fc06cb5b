// One line of the conversation, checked while it is read.
#ifndef EVOKE_CLIENTS_OPTIMIZE_JSON_MESSAGE_H_
#define EVOKE_CLIENTS_OPTIMIZE_JSON_MESSAGE_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"
#include "server/latent/latent_space.h"

namespace evoke {

// All errors are INVALID_ARGUMENT, and name the field.

// An object. NaN, which many languages write though JSON has none, is read as null.
absl::StatusOr<nlohmann::json> ParseMessage(const std::string& line);

// OK if the message has no fields but these.
absl::Status CheckFields(const nlohmann::json& message, std::initializer_list<const char*> allowed);

// The text of an optional field; empty if it is missing.
absl::StatusOr<std::string> TextField(const nlohmann::json& message, const char* field);

// A list of numbers; `null_as` stands for null.
absl::StatusOr<std::vector<double>> NumbersField(const nlohmann::json& message, const char* field,
                                                 double null_as);

// A list of lists of numbers.
absl::StatusOr<std::vector<LatentPoint>> PointsField(const nlohmann::json& message,
                                                     const char* field);

// The field as a protobuf message in its JSON form: lowerCamelCase or snake_case names. `proto` is
// left in an unknown state on errors.
absl::Status ProtoField(const nlohmann::json& message, const char* field,
                        google::protobuf::Message* proto);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_OPTIMIZE_JSON_MESSAGE_H_
