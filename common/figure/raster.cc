#include "common/figure/raster.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/figure/canvas.h"
#include "common/figure/color.h"
#include "common/figure/opencv_guard.h"
#include "common/figure/text.h"
#include "common/figure/ticks.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr size_t kMostPanels = 16;
constexpr double kMostBins = 1000;
constexpr double kRasterShare = 0.6;  // of a panel's height
constexpr double kWindowOpacity = 0.14;

absl::Status Check(absl::Span<const RasterPanel> panels, const RasterOptions& options) {
  const auto bad = [](auto... what) { return absl::InvalidArgumentError(absl::StrCat(what...)); };
  if (panels.empty() || panels.size() > kMostPanels) {
    return bad("rasters: ", panels.size(), " panels; give 1 to ", kMostPanels);
  }
  if (!(std::isfinite(options.from_ms) && std::isfinite(options.to_ms) &&
        options.from_ms < options.to_ms && options.bin_ms > 0 &&
        (options.to_ms - options.from_ms) / options.bin_ms <= kMostBins)) {
    return bad("rasters: the time axis has to rise, with at most ", kMostBins, " bins");
  }
  if (options.width < 640 || options.height < 400 || options.width > 8192 ||
      options.height > 8192) {
    return bad("rasters: ", options.width, " x ", options.height,
               " pixels; give 640 x 400 to 8192");
  }
  for (const RasterPanel& panel : panels) {
    for (const std::vector<double>& train : panel.trains) {
      if (!std::all_of(train.begin(), train.end(), [](double t) { return std::isfinite(t); })) {
        return bad("raster '", panel.title, "': a time is not finite");
      }
    }
  }
  return absl::OkStatus();
}

struct Box {
  double left, top, right, bottom;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

std::vector<double> RatesOf(const RasterPanel& panel, const RasterOptions& options) {
  const auto bins =
      static_cast<size_t>(std::ceil((options.to_ms - options.from_ms) / options.bin_ms));
  std::vector<double> rates(bins, 0);
  for (const std::vector<double>& train : panel.trains) {
    for (const double t : train) {
      const double bin = std::floor((t - options.from_ms) / options.bin_ms);
      if (bin >= 0 && bin < static_cast<double>(bins)) rates[static_cast<size_t>(bin)] += 1;
    }
  }
  if (!panel.trains.empty()) {
    for (double& rate : rates) {
      rate *= 1000 / (options.bin_ms * static_cast<double>(panel.trains.size()));
    }
  }
  return rates;
}

class PanelPainter {
 public:
  PanelPainter(const RasterPanel& panel, const RasterOptions& options, Box box, double unit,
               Canvas* canvas)
      : panel_(panel), options_(options), unit_(unit), canvas_(canvas) {
    const TextStyle tick = Style(16);
    const double left = box.left + TextWidth("00000", tick) + 22 * unit;
    const double top = box.top + 34 * unit, bottom = box.bottom - 44 * unit;
    const double middle = top + kRasterShare * (bottom - top);
    raster_ = {left, top, box.right - 14 * unit, middle - 6 * unit};
    psth_ = {left, middle + 6 * unit, box.right - 14 * unit, bottom};
  }

  void Draw() {
    for (const Box& box : {raster_, psth_}) {
      if (options_.window_end_ms > options_.window_start_ms) {
        canvas_->FillRectangle({X(options_.window_start_ms), box.top},
                               {X(options_.window_end_ms), box.bottom}, kPalette[4],
                               kWindowOpacity);
      }
      if (options_.from_ms < 0 && options_.to_ms > 0) {
        canvas_->DrawLine({X(0), box.top}, {X(0), box.bottom}, kPalette[1], 1.6 * unit_);
      }
    }
    TextStyle title = Style(19);
    title.bold = true;
    const std::string text = absl::StrCat(panel_.title, "   n = ", panel_.trains.size());
    canvas_->DrawText({(raster_.left + raster_.right) / 2, raster_.top - 16 * unit_},
                      ElideText(ToDrawable(text), title, raster_.width()), title);
    DrawRaster();
    DrawPsth();
    DrawTimeAxis();
  }

 private:
  TextStyle Style(double size) const {
    TextStyle style;
    style.size = size * unit_;
    return style;
  }
  double X(double ms) const {
    const double share = (ms - options_.from_ms) / (options_.to_ms - options_.from_ms);
    return raster_.left + std::clamp(share, 0.0, 1.0) * raster_.width();
  }

  void DrawRaster() {
    const size_t rows = std::max<size_t>(panel_.trains.size(), 10);
    const double row = raster_.height() / static_cast<double>(rows);
    for (size_t i = 0; i < panel_.trains.size(); ++i) {
      const double bottom = raster_.bottom - static_cast<double>(i) * row;
      for (const double t : panel_.trains[i]) {
        if (t < options_.from_ms || t >= options_.to_ms) continue;
        canvas_->DrawLine({X(t), bottom}, {X(t), bottom - 0.8 * row}, kInk, 1.3 * unit_);
      }
    }
    canvas_->DrawPolyline({{raster_.left, raster_.top},
                           {raster_.left, raster_.bottom},
                           {raster_.right, raster_.bottom}},
                          kInk, 1.2 * unit_);
  }

  void DrawPsth() {
    const std::vector<double> rates = RatesOf(panel_, options_);
    AxisFit fit;
    fit.max_intervals = 3;
    fit.end_on_ticks = true;
    const Axis axis = FitAxis(0, std::max(1.0, *std::max_element(rates.begin(), rates.end())), fit);
    const auto y = [&](double rate) {
      return psth_.bottom - (rate - axis.min) / (axis.max - axis.min) * psth_.height();
    };
    for (size_t b = 0; b < rates.size(); ++b) {
      if (rates[b] <= 0) continue;
      const double from = options_.from_ms + static_cast<double>(b) * options_.bin_ms;
      canvas_->FillRectangle({X(from), y(rates[b])}, {X(from + options_.bin_ms), psth_.bottom},
                             kPalette[0]);
    }
    TextStyle style = Style(16);
    style.align = TextAlign::kRight;
    for (const double tick : axis.ticks) {
      canvas_->DrawLine({psth_.left - 5 * unit_, y(tick)}, {psth_.left, y(tick)}, kInk,
                        1.2 * unit_);
      canvas_->DrawText({psth_.left - 9 * unit_, y(tick)}, TickLabel(tick, axis.step), style);
    }
    canvas_->DrawPolyline(
        {{psth_.left, psth_.top}, {psth_.left, psth_.bottom}, {psth_.right, psth_.bottom}}, kInk,
        1.2 * unit_);
  }

  void DrawTimeAxis() {
    const double step = NiceStep(options_.from_ms, options_.to_ms, 6);
    for (const double tick : TicksWithin(options_.from_ms, options_.to_ms, step)) {
      canvas_->DrawLine({X(tick), psth_.bottom}, {X(tick), psth_.bottom + 5 * unit_}, kInk,
                        1.2 * unit_);
      canvas_->DrawText({X(tick), psth_.bottom + 17 * unit_}, TickLabel(tick, step), Style(16));
    }
  }

  const RasterPanel& panel_;
  const RasterOptions& options_;
  const double unit_;
  Canvas* const canvas_;
  Box raster_, psth_;
};

}  // namespace

absl::StatusOr<Image> DrawRasters(absl::Span<const RasterPanel> panels,
                                  const RasterOptions& options) {
  EVOKE_RETURN_IF_ERROR(Check(panels, options));
  return GuardOpenCv("rasters", [&]() -> absl::StatusOr<Image> {
    const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(panels.size()))));
    const int rows = (static_cast<int>(panels.size()) + columns - 1) / columns;
    // Words keep their size down to where a panel would have no room for them.
    const double unit =
        std::min(options.width / 1600.0, options.height / 1000.0) * (columns <= 2   ? 1.0
                                                                     : columns == 3 ? 0.9
                                                                                    : 0.8);
    Canvas canvas(options.width, options.height);
    const double head = options.title.empty() ? 8 * unit : 44 * unit;
    const double foot = 30 * unit;
    TextStyle style;
    style.size = 24 * unit;
    canvas.DrawText({options.width / 2.0, 24 * unit}, ToDrawable(options.title), style);
    style.size = 18 * unit;
    canvas.DrawText({options.width / 2.0, options.height - 14 * unit},
                    "ms from the onset; below each raster: spikes/s", style);
    const double width = options.width / static_cast<double>(columns);
    const double height = (options.height - head - foot) / rows;
    for (size_t i = 0; i < panels.size(); ++i) {
      const double left = width * static_cast<double>(i % static_cast<size_t>(columns));
      const double top = head + height * static_cast<double>(i / static_cast<size_t>(columns));
      PanelPainter(panels[i], options, {left, top, left + width, top + height}, unit, &canvas)
          .Draw();
    }
    return canvas.Finish();
  });
}

}  // namespace evoke
