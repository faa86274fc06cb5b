#include "common/figure/montage.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/figure/image_file.h"
#include "common/figure/opencv_guard.h"
#include "common/figure/text.h"
#include "common/status_macros.h"
#include "opencv2/core.hpp"

namespace evoke {
namespace {

constexpr int kEdge = 24;
constexpr int kGap = 18;        // between columns
constexpr int kRowGap = 24;     // so that a caption belongs to the image above
constexpr int kFrame = 4;       // thickness of a coloured frame
constexpr int kFrameGap = 2;    // between it and the image
constexpr int kReadable = 128;  // pixels of an image's longer side
constexpr double kLineHeight = 1.15;
constexpr int kMinCaptionWidth = 96;
constexpr int64_t kMaxPixels = 100'000'000;

TextStyle CaptionStyle() { return {.size = 19}; }
TextStyle TitleStyle() { return {.size = 28, .bold = true, .align = TextAlign::kLeft}; }

int CeilToInt(double value) { return static_cast<int>(std::ceil(value)); }

absl::Status CheckAll(absl::Span<const MontageCell> cells, const MontageOptions& options) {
  const std::string name = absl::StrCat("montage '", options.title, "'");
  if (cells.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has no images: give at least one"));
  }
  if (options.columns < 1 || options.scale < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has ", options.columns, " columns and scale ", options.scale,
                     ": give at least 1 column, and a scale from 1 (or 0 for a readable size)"));
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].image.valid()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        name, ", cell ", i, " ('", cells[i].caption, "'): the image of ", cells[i].image.width, "x",
        cells[i].image.height, " pixels with ", cells[i].image.rgb.size(), " bytes is not valid"));
  }
  return absl::OkStatus();
}

struct Sheet {
  MontageLayout layout;
  std::vector<std::string> title;                  // lines
  std::vector<std::vector<std::string>> captions;  // lines of each cell
  std::vector<int> caption_y;                      // where the first line's middle is
  std::vector<double> caption_x;
};

absl::StatusOr<Sheet> LayOut(absl::Span<const MontageCell> cells, const MontageOptions& options) {
  int64_t widest = 0;
  int64_t highest = 0;
  for (const MontageCell& cell : cells) {
    widest = std::max<int64_t>(widest, cell.image.width);
    highest = std::max<int64_t>(highest, cell.image.height);
  }
  const int64_t longer = std::max(widest, highest);
  const int64_t scale = options.scale > 0 ? options.scale : (kReadable + longer - 1) / longer;
  const int64_t box_width = widest * scale;
  const int64_t box_height = highest * scale;
  const int64_t columns = std::min<int64_t>(options.columns, static_cast<int64_t>(cells.size()));
  const int64_t rows = (static_cast<int64_t>(cells.size()) + columns - 1) / columns;
  const auto too_large = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("montage '", options.title, "': ", cells.size(), " images of ", box_width, "x",
                     box_height, " pixels make a sheet of more than ", kMaxPixels,
                     " pixels: give fewer images or a smaller scale"));
  };
  // Each factor alone first, so that the products below can't overflow.
  if (scale > kMaxPixels || box_width > kMaxPixels || box_height > kMaxPixels ||
      box_width * box_height > kMaxPixels) {
    return too_large();
  }

  Sheet sheet;
  const TextStyle caption = CaptionStyle();
  double words = 0;
  std::vector<size_t> lines(static_cast<size_t>(rows), 0);  // of the longest caption in each row
  for (const MontageCell& cell : cells) {
    const size_t row = sheet.captions.size() / static_cast<size_t>(columns);
    sheet.captions.emplace_back();
    if (cell.caption.empty()) continue;
    sheet.captions.back() = WrapText(
        cell.caption, caption, std::max<double>(kMinCaptionWidth, static_cast<double>(box_width)));
    lines[row] = std::max(lines[row], sheet.captions.back().size());
    for (const std::string& line : sheet.captions.back()) {
      words = std::max(words, TextWidth(line, caption));
    }
  }
  const int64_t cell_width = std::max<int64_t>(box_width, CeilToInt(words));
  int64_t width = 2 * kEdge + columns * cell_width + (columns - 1) * kGap;
  if (!options.title.empty()) {
    // A sheet of one column still has room for a few words a line.
    width = std::max<int64_t>(width, 2 * kEdge + 280);
    sheet.title = WrapText(options.title, TitleStyle(), static_cast<double>(width - 2 * kEdge));
  }
  const int64_t title_height =
      CeilToInt(static_cast<double>(sheet.title.size()) * TitleStyle().size * 1.2) +
      (sheet.title.empty() ? 0 : kGap / 2);
  std::vector<int64_t> tops;
  int64_t height = kEdge + title_height;
  for (const size_t n : lines) {
    tops.push_back(height);
    height += box_height + kRowGap;
    if (n > 0) height += CeilToInt(static_cast<double>(n) * caption.size * kLineHeight + 8);
  }
  height += kEdge - kRowGap;
  if (width * height > kMaxPixels) return too_large();

  MontageLayout& layout = sheet.layout;
  layout.width = static_cast<int>(width);
  layout.height = static_cast<int>(height);
  layout.columns = static_cast<int>(columns);
  layout.rows = static_cast<int>(rows);
  for (size_t i = 0; i < cells.size(); ++i) {
    const Image& image = cells[i].image;
    const int64_t column = static_cast<int64_t>(i) % columns;
    const int64_t top = tops[i / static_cast<size_t>(columns)];
    const int64_t factor = std::min(box_width / image.width, box_height / image.height);
    const int64_t x = kEdge + column * (cell_width + kGap);
    layout.images.push_back({static_cast<int>(x + (cell_width - image.width * factor) / 2),
                             static_cast<int>(top + (box_height - image.height * factor) / 2),
                             static_cast<int>(factor)});
    sheet.caption_x.push_back(static_cast<double>(x) + static_cast<double>(cell_width) / 2);
    sheet.caption_y.push_back(static_cast<int>(top + box_height) +
                              CeilToInt(8 + caption.size * 0.5));
  }
  return sheet;
}

// `sheet` looks at the pixels of the picture.
absl::Status PaintCell(const MontageCell& cell, const MontageLayout::Place& place, cv::Mat sheet) {
  EVOKE_ASSIGN_OR_RETURN(Image large, Enlarge(cell.image, place.scale));
  const cv::Rect box(place.x, place.y, large.width, large.height);
  if (cell.frame) {
    const int out = kFrame + kFrameGap;
    const cv::Rect around(box.x - out, box.y - out, box.width + 2 * out, box.height + 2 * out);
    const cv::Rect gap(box.x - kFrameGap, box.y - kFrameGap, box.width + 2 * kFrameGap,
                       box.height + 2 * kFrameGap);
    sheet(around).setTo(cv::Scalar(cell.frame->red, cell.frame->green, cell.frame->blue));
    sheet(gap).setTo(cv::Scalar(255, 255, 255));
  }
  cv::Mat(large.height, large.width, CV_8UC3, large.rgb.data()).copyTo(sheet(box));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MontageLayout> LayOutMontage(absl::Span<const MontageCell> cells,
                                            const MontageOptions& options) {
  EVOKE_RETURN_IF_ERROR(CheckAll(cells, options));
  return GuardOpenCv(absl::StrCat("montage '", options.title, "'"),
                     [&]() -> absl::StatusOr<MontageLayout> {
                       EVOKE_ASSIGN_OR_RETURN(Sheet sheet, LayOut(cells, options));
                       return sheet.layout;
                     });
}

absl::StatusOr<Image> DrawMontage(absl::Span<const MontageCell> cells,
                                  const MontageOptions& options) {
  EVOKE_RETURN_IF_ERROR(CheckAll(cells, options));
  return GuardOpenCv(absl::StrCat("montage '", options.title, "'"), [&]() -> absl::StatusOr<Image> {
    EVOKE_ASSIGN_OR_RETURN(const Sheet sheet, LayOut(cells, options));
    Image picture = UniformImage(sheet.layout.width, sheet.layout.height, 255);
    cv::Mat pixels(picture.height, picture.width, CV_8UC3, picture.rgb.data());
    double y = kEdge + TitleStyle().size * 0.4;
    for (const std::string& line : sheet.title) {
      DrawText(kEdge, y, line, TitleStyle(), 1, &pixels);
      y += TitleStyle().size * 1.2;
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      double below = sheet.caption_y[i];
      for (const std::string& line : sheet.captions[i]) {
        DrawText(sheet.caption_x[i], below, line, CaptionStyle(), 1, &pixels);
        below += CaptionStyle().size * kLineHeight;
      }
      EVOKE_RETURN_IF_ERROR(PaintCell(cells[i], sheet.layout.images[i], pixels));
    }
    return picture;
  });
}

}  // namespace evoke
