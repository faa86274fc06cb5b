#include "clients/recorder/open_ephys/juce_json.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace evoke {

std::string JuceNumber(double value) {
  const double size = std::fabs(value);
  const bool scientific = size >= 1e6 || (size <= 1e-5 && size > 0);
  std::string text = scientific ? absl::StrFormat("%.15e", value) : absl::StrFormat("%.15f", value);
  const size_t exponent = text.find('e');
  const std::string tail = exponent == std::string::npos ? "" : text.substr(exponent);
  text.resize(text.size() - tail.size());
  size_t end = text.find_last_not_of('0');
  if (text[end] == '.') ++end;
  text.resize(end + 1);
  return text + tail;
}

void JuceJsonWriter::NextLine() {
  text_ += empty_ ? "\r\n" : ",\r\n";
  text_.append(2 * static_cast<size_t>(depth_), ' ');
  empty_ = false;
}

void JuceJsonWriter::Open(char bracket) {
  text_ += bracket;
  ++depth_;
  empty_ = true;
}

void JuceJsonWriter::Close(char bracket) {
  --depth_;
  if (!empty_) {
    text_ += "\r\n";
    text_.append(2 * static_cast<size_t>(depth_), ' ');
  }
  text_ += bracket;
  empty_ = false;
}

void JuceJsonWriter::Quoted(std::string_view value) {
  text_ += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      text_ += absl::StrFormat("\\u%04x", static_cast<int>(c));
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

void JuceJsonWriter::Key(std::string_view key) {
  NextLine();
  Quoted(key);
  text_ += ": ";
}

void JuceJsonWriter::Text(std::string_view key, std::string_view value) {
  Key(key);
  Quoted(value);
}

void JuceJsonWriter::Int(std::string_view key, int64_t value) {
  Key(key);
  text_ += std::to_string(value);
}

void JuceJsonWriter::Double(std::string_view key, double value) {
  Key(key);
  text_ += JuceNumber(value);
}

void JuceJsonWriter::Bool(std::string_view key, bool value) {
  Key(key);
  text_ += value ? "true" : "false";
}

}  // namespace evoke
