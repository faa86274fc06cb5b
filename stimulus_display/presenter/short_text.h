// A short text inside a record.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_SHORT_TEXT_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_SHORT_TEXT_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>

namespace evoke {

// Trivially copyable, and assigned without memory being allocated: the refresh thread may do so. A
// text that is too long is cut.
class ShortText {
 public:
  static constexpr size_t kCapacity = 95;

  ShortText() = default;
  ShortText(std::string_view text) {  // NOLINT: as std::string from a literal
    std::memcpy(text_, text.data(), std::min(text.size(), kCapacity));
  }
  ShortText(const char* text) : ShortText(std::string_view(text)) {}  // NOLINT

  std::string_view view() const { return text_; }
  std::string str() const { return text_; }
  bool empty() const { return text_[0] == '\0'; }

  friend bool operator==(const ShortText& a, std::string_view b) { return a.view() == b; }
  friend std::ostream& operator<<(std::ostream& out, const ShortText& t) { return out << t.view(); }

 private:
  char text_[kCapacity + 1] = {};  // ends with a zero
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_SHORT_TEXT_H_
