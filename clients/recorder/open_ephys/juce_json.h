// JSON as JUCE prints it: the text of the GUI's messages, byte by byte.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_JUCE_JSON_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_JUCE_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace evoke {

// A number as JUCE prints it: up to 15 decimals, at least one; in scientific notation from a
// million on and up to 1e-5.
std::string JuceNumber(double value);

// Writes one object with CRLF line ends and an indentation of two spaces, in the order of the
// calls. Not thread-safe.
class JuceJsonWriter {
 public:
  JuceJsonWriter() { Open('{'); }
  void Text(std::string_view key, std::string_view value);
  void Int(std::string_view key, int64_t value);
  void Double(std::string_view key, double value);
  void Bool(std::string_view key, bool value);
  template <typename Numbers>
  void Doubles(std::string_view key, const Numbers& values) {
    Key(key);
    Open('[');
    for (const auto value : values) {
      NextLine();
      text_ += JuceNumber(value);
    }
    Close(']');
  }
  void BeginObject(std::string_view key) {
    Key(key);
    Open('{');
  }
  void EndObject() { Close('}'); }
  // Ends the outermost object. The writer is of no use afterwards.
  std::string Finish() {
    Close('}');
    return std::move(text_);
  }

 private:
  void NextLine();
  void Key(std::string_view key);
  void Quoted(std::string_view value);
  void Open(char bracket);
  void Close(char bracket);

  std::string text_;
  int depth_ = 0;
  bool empty_ = true;  // of the innermost object or array
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_JUCE_JSON_H_
