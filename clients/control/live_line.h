// A line at the end of a terminal that is written over again and again.
#ifndef EVOKE_CLIENTS_CONTROL_LIVE_LINE_H_
#define EVOKE_CLIENTS_CONTROL_LIVE_LINE_H_

#include <cstdint>
#include <ostream>
#include <string>

namespace evoke {

// Not thread-safe. Draws at most ten times a second.
class LiveLine {
 public:
  // `out` must outlive the line. `columns`: the terminal's width; longer text is cut.
  LiveLine(std::ostream* out, size_t columns) : out_(*out), columns_(columns) {}
  // Leaves the line as drawn last, and the cursor behind it.
  ~LiveLine();
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  // True if it is time to draw again.
  bool Due(int64_t now_nanos) const { return now_nanos >= next_nanos_; }
  void Draw(const std::string& text, int64_t now_nanos);
  // Writes a line that stays, above the live one.
  void Print(const std::string& text);

 private:
  std::ostream& out_;
  const size_t columns_;
  std::string drawn_;
  int64_t next_nanos_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_LIVE_LINE_H_
