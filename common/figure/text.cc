#include "common/figure/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "opencv2/imgproc.hpp"

namespace evoke {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr int kOversample = 3;
constexpr double kCapsPerSize = 0.56;
constexpr double kCapsOfFont = 21.0;  // Hershey units from the baseline to the top of a capital

double FontScale(double size, double zoom) { return size * kCapsPerSize * zoom / kCapsOfFont; }

int Thickness(const TextStyle& style, double zoom) {
  const double share = style.bold ? 0.105 : 0.075;
  return std::max(1, static_cast<int>(std::lround(style.size * share * zoom)));
}

// A piece of text that the font can draw, and where it starts, in Hershey units.
struct Run {
  std::string text;
  double x = 0;
};

double Advance(const std::string& text) {
  constexpr double kZoom = 8;  // getTextSize rounds
  int below = 0;
  return (cv::getTextSize(text, kFont, kZoom, 1, &below).width - 1) / kZoom;
}

// The font's own space is nearly as wide as a letter, and tears sentences apart.
std::vector<Run> Runs(const std::string& drawable, double* width) {
  constexpr double kSpace = 11;
  std::vector<Run> runs;
  double x = 0;
  for (size_t i = 0; i < drawable.size();) {
    if (drawable[i] == ' ') {
      x += kSpace;
      ++i;
      continue;
    }
    const size_t end =
        drawable[i] == kPlusMinus
            ? i + 1
            : std::min(drawable.find_first_of(std::string{' ', kPlusMinus}, i), drawable.size());
    runs.push_back({drawable.substr(i, end - i), x});
    x += Advance(drawable[i] == kPlusMinus ? "+" : runs.back().text);
    i = end;
  }
  *width = x;
  return runs;
}

// Coverage (0 to 255) of the text at `scale`. The middle of the capitals is the middle row;
// `margin` is set to the columns before and after the text.
cv::Mat TextMask(const std::string& text, const TextStyle& style, int scale, double* margin) {
  const double zoom = static_cast<double>(kOversample) * scale;
  const double font_scale = FontScale(style.size, zoom);
  const int thickness = Thickness(style, zoom);
  double width = 0;
  const std::vector<Run> runs = Runs(ToDrawable(text), &width);
  const int caps = static_cast<int>(std::lround(style.size * kCapsPerSize * zoom));
  const int pad = thickness + caps / 2;  // descenders reach a third of the capitals' height
  const auto round_up = [](double n) {
    return static_cast<int>(std::ceil(n / kOversample)) * kOversample;
  };
  cv::Mat large =
      cv::Mat::zeros(round_up(caps + 2 * pad), round_up(width * font_scale + 2 * pad), CV_8UC1);
  const auto draw = [&](const std::string& piece, double x, double up) {
    const cv::Point at(pad + static_cast<int>(std::lround(x * font_scale)),
                       (large.rows + caps) / 2 - static_cast<int>(std::lround(up * font_scale)));
    cv::putText(large, piece, at, kFont, font_scale, cv::Scalar(255), thickness, cv::LINE_AA);
  };
  for (const Run& run : runs) {
    if (run.text[0] != kPlusMinus) {
      draw(run.text, run.x, 0);
      continue;
    }
    draw("+", run.x, 4);
    draw("-", run.x, -9);
  }
  cv::Mat mask;
  cv::resize(large, mask, cv::Size(large.cols / kOversample, large.rows / kOversample), 0, 0,
             cv::INTER_AREA);
  *margin = static_cast<double>(pad) / kOversample;
  return mask;
}

}  // namespace

std::string ToDrawable(const std::string& text) {
  static constexpr std::array<std::pair<const char*, const char*>, 10> kOtherwise = {{
      {"\u00b5", "u"},
      {"\u03bc", "u"},
      {"\u00b1", "\x01"},
      {"\u00d7", "x"},
      {"\u00b0", " deg"},
      {"\u2013", "-"},
      {"\u2014", "-"},
      {"\u2212", "-"},
      {"\u2019", "'"},
      {"\u2026", "..."},
  }};
  std::string drawable;
  for (size_t i = 0; i < text.size();) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      drawable += text[i] == kPlusMinus || (c >= 0x20 && c < 0x7f) ? text[i] : ' ';
      ++i;
      continue;
    }
    size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    const std::string letter = text.substr(i, end - i);
    const auto* found = std::find_if(kOtherwise.begin(), kOtherwise.end(),
                                     [&](const auto& pair) { return letter == pair.first; });
    drawable += found != kOtherwise.end() ? found->second : "?";
    i = end;
  }
  return drawable;
}

double TextWidth(const std::string& text, const TextStyle& style) {
  double width = 0;
  Runs(ToDrawable(text), &width);
  return width * FontScale(style.size, 1);
}

std::vector<std::string> WrapText(const std::string& text, const TextStyle& style,
                                  double max_width) {
  std::vector<std::string> lines;
  for (const absl::string_view given : absl::StrSplit(text, '\n')) {
    std::string line;
    for (const absl::string_view word : absl::StrSplit(given, ' ')) {
      std::string longer = line.empty() ? std::string(word) : absl::StrCat(line, " ", word);
      if (!line.empty() && TextWidth(longer, style) > max_width) {
        lines.push_back(std::move(line));
        longer = std::string(word);
      }
      line = std::move(longer);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string ElideText(const std::string& text, const TextStyle& style, double max_width) {
  if (TextWidth(text, style) <= max_width) return text;
  std::string kept = ToDrawable(text);
  while (!kept.empty() && TextWidth(absl::StrCat(kept, "..."), style) > max_width) kept.pop_back();
  return absl::StrCat(kept, "...");
}

void DrawText(double x, double y, const std::string& text, const TextStyle& style, int scale,
              cv::Mat* rgb) {
  if (text.empty()) return;
  double margin = 0;
  cv::Mat mask = TextMask(text, style, scale, &margin);
  if (style.upward) cv::rotate(mask, mask, cv::ROTATE_90_COUNTERCLOCKWISE);
  double left = x * scale - mask.cols / 2.0;
  if (!style.upward && style.align == TextAlign::kLeft) left = x * scale - margin;
  if (!style.upward && style.align == TextAlign::kRight) left = x * scale - mask.cols + margin;
  const cv::Point at(static_cast<int>(std::lround(left)),
                     static_cast<int>(std::lround(y * scale - mask.rows / 2.0)));
  const cv::Rect seen = cv::Rect(at, mask.size()) & cv::Rect(cv::Point(0, 0), rgb->size());
  const int ink[3] = {style.color.red, style.color.green, style.color.blue};
  for (int r = seen.y; r < seen.y + seen.height; ++r) {
    for (int c = seen.x; c < seen.x + seen.width; ++c) {
      const int cover = mask.at<uint8_t>(r - at.y, c - at.x);
      cv::Vec3b& pixel = rgb->at<cv::Vec3b>(r, c);
      for (int k = 0; k < 3; ++k) {
        pixel[k] = static_cast<uint8_t>((pixel[k] * (255 - cover) + ink[k] * cover + 127) / 255);
      }
    }
  }
}

}  // namespace evoke
