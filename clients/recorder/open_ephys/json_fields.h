// Typed look-ups in a JSON object that remember the first thing that was wrong.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_JSON_FIELDS_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_JSON_FIELDS_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "simdjson.h"

namespace evoke {

// Reads all fields first and asks status() once: after an error every look-up returns zero.
class JsonFields {
 public:
  explicit JsonFields(simdjson::dom::object object) : object_(object) {}

  bool Has(std::string_view key) const { return object_.at_key(key).error() == simdjson::SUCCESS; }
  int64_t Int(std::string_view key, int64_t low, int64_t high) {
    int64_t value = 0;
    if (object_.at_key(key).get(value) != simdjson::SUCCESS) {
      Fail(key, "is not there or no integer");
      return 0;
    }
    if (value < low || value > high) {
      Fail(key, absl::StrCat("is ", value, ", not ", low, " .. ", high));
      return 0;
    }
    return value;
  }
  // Finite and at least `low`.
  double Number(std::string_view key, double low) {
    double value = 0;
    if (object_.at_key(key).get(value) != simdjson::SUCCESS || !std::isfinite(value) ||
        value < low) {
      Fail(key, "is not there or no valid number");
      return 0;
    }
    return value;
  }
  std::string_view Text(std::string_view key) {
    std::string_view value;
    if (object_.at_key(key).get(value) != simdjson::SUCCESS) {
      Fail(key, "is not there or no text");
      return {};
    }
    return value;
  }
  bool Bool(std::string_view key) {
    bool value = false;
    if (object_.at_key(key).get(value) != simdjson::SUCCESS) {
      Fail(key, "is not there or not true or false");
      return false;
    }
    return value;
  }
  // Numbers of an array with exactly `size` elements, appended to *values.
  template <typename Values>
  void Numbers(std::string_view key, int64_t size, Values* values) {
    simdjson::dom::array array;
    if (object_.at_key(key).get(array) != simdjson::SUCCESS ||
        static_cast<int64_t>(array.size()) != size) {
      Fail(key, absl::StrCat("is not there or no array of ", size));
      return;
    }
    for (const simdjson::dom::element element : array) {
      double value = 0;
      using Value = typename Values::value_type;
      if (element.get(value) != simdjson::SUCCESS ||
          std::fabs(value) > static_cast<double>(std::numeric_limits<Value>::max())) {
        return Fail(key, "holds what is no valid number");
      }
      values->push_back(static_cast<Value>(value));
    }
  }
  void Fail(std::string_view key, const std::string& what) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat("Open Ephys message: \"", std::string(key), "\" ", what));
  }
  const absl::Status& status() const { return status_; }

 private:
  const simdjson::dom::object object_;
  absl::Status status_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_JSON_FIELDS_H_
