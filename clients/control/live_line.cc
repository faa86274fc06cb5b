#include "clients/control/live_line.h"

#include "clients/control/text.h"

namespace evoke {
namespace {

constexpr int64_t kLeastNanos = 100'000'000;
constexpr char kEraseLine[] = "\r\x1b[K";

}  // namespace

LiveLine::~LiveLine() {
  if (!drawn_.empty()) out_ << "\n" << std::flush;
}

void LiveLine::Draw(const std::string& text, int64_t now_nanos) {
  next_nanos_ = now_nanos + kLeastNanos;
  // One column less: a full line would wrap on some terminals.
  std::string cut = CutToWidth(text, columns_ > 1 ? columns_ - 1 : columns_);
  if (cut == drawn_) return;
  drawn_ = std::move(cut);
  out_ << kEraseLine << drawn_ << std::flush;
}

void LiveLine::Print(const std::string& text) {
  if (drawn_.empty()) {
    out_ << text << "\n" << std::flush;
    return;
  }
  out_ << kEraseLine << text << "\n" << drawn_ << std::flush;
}

}  // namespace evoke
