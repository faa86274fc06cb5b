#include "server/optimizer/evolution/code_moves.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace evoke {
namespace {

// A neighbour in the ordered code book is at most this share of it away.
constexpr int kNeighbourShare = 32;

enum class Move { kPoints, kReplace, kCopy, kTile, kMix, kRoll, kFill, kField };

struct WeightedMove {
  Move move;
  double weight;
  bool needs_map;
};

constexpr std::array<WeightedMove, 8> kMoves = {{{Move::kPoints, .40, false},
                                                 {Move::kReplace, .12, false},
                                                 {Move::kCopy, .10, true},
                                                 {Move::kTile, .08, true},
                                                 {Move::kMix, .15, false},
                                                 {Move::kRoll, .04, true},
                                                 {Move::kFill, .08, true},
                                                 {Move::kField, .03, false}}};

Move DrawMove(bool map, Rng& rng) {
  double total = 0;
  for (const WeightedMove& m : kMoves) total += map || !m.needs_map ? m.weight : 0;
  double place = rng.Uniform(0, total);
  for (const WeightedMove& m : kMoves) {
    if (m.needs_map && !map) continue;
    place -= m.weight;
    if (place < 0) return m.move;
  }
  return Move::kPoints;
}

int Half(int side) { return (side + 1) / 2; }

}  // namespace

CodeMoves::CodeMoves(const LatentSpace& space) : space_(space) {}

std::vector<LatentPoint> CodeMoves::Opening(int count, Rng& rng) const {
  const int constants = Half(count);
  std::vector<LatentPoint> points;
  const double offset = rng.Uniform();
  for (int i = 0; i < constants; ++i) points.push_back(Constant((i + offset) / constants));
  for (int i = constants; i + 1 < count; ++i) points.push_back(Patterned(i - constants, rng));
  if (count > constants) points.push_back(space_.Sample(rng));
  return points;
}

LatentPoint CodeMoves::Field(Rng& rng) const {
  if (rng.Uniform() < 0.5) return Constant(rng.Uniform());
  return Patterned(rng.Index(kPatterns), rng);
}

LatentPoint CodeMoves::Child(const LatentPoint& parent, const LatentPoint& other, Rng& rng) const {
  switch (DrawMove(space_.is_map(), rng)) {
    case Move::kPoints:
      return ChangePoints(parent, rng);
    case Move::kReplace:
      return ReplaceCode(parent, rng);
    case Move::kCopy:
      return CopyPatch(parent, rng);
    case Move::kTile:
      return TilePatch(parent, rng);
    case Move::kMix:
      return space_.is_map() && rng.Index(2) == 0 ? MixByRectangle(parent, other, rng)
                                                  : MixByMask(parent, other, rng);
    case Move::kRoll:
      return Roll(parent, rng);
    case Move::kFill:
      return FillRectangle(parent, rng);
    case Move::kField:
      break;
  }
  return Field(rng);
}

LatentPoint CodeMoves::ChangePoints(const LatentPoint& parent, Rng& rng) const {
  // From about one position to a third of a map of 64.
  constexpr double kLargestExponent = 4.3;
  const double rate = std::exp2(rng.Uniform(0, kLargestExponent)) / space_.size();
  LatentPoint child = parent;
  const int certain = rng.Index(space_.size());
  for (int i = 0; i < space_.size(); ++i) {
    if (i == certain || rng.Uniform() < rate) child[i] = NewCode(parent, i, rng);
  }
  return child;
}

LatentPoint CodeMoves::ReplaceCode(const LatentPoint& parent, Rng& rng) const {
  const int chosen = rng.Index(space_.size());
  const double tone = ToneOf(chosen, NewCode(parent, chosen, rng));
  LatentPoint child = parent;
  for (int i = 0; i < space_.size(); ++i) {
    if (parent[i] == parent[chosen]) child[i] = CodeOf(i, tone);
  }
  return child;
}

LatentPoint CodeMoves::MixByMask(const LatentPoint& parent, const LatentPoint& other,
                                 Rng& rng) const {
  LatentPoint child = parent;
  for (int i = 0; i < space_.size(); ++i) {
    if (rng.Index(2) == 0) child[i] = other[i];
  }
  return child;
}

LatentPoint CodeMoves::MixByRectangle(const LatentPoint& parent, const LatentPoint& other,
                                      Rng& rng) const {
  const Rectangle r = DrawRectangle(space_.map_rows, space_.map_cols, rng);
  LatentPoint child = parent;
  for (int row = r.row; row < r.row + r.rows; ++row) {
    for (int col = r.col; col < r.col + r.cols; ++col) {
      child[Position(row, col)] = other[Position(row, col)];
    }
  }
  return child;
}

LatentPoint CodeMoves::CopyPatch(const LatentPoint& parent, Rng& rng) const {
  const Rectangle from = DrawRectangle(Half(space_.map_rows), Half(space_.map_cols), rng);
  const int to_row = rng.Index(space_.map_rows - from.rows + 1);
  const int to_col = rng.Index(space_.map_cols - from.cols + 1);
  LatentPoint child = parent;
  for (int row = 0; row < from.rows; ++row) {
    for (int col = 0; col < from.cols; ++col) {
      const int source = Position(from.row + row, from.col + col);
      const int target = Position(to_row + row, to_col + col);
      child[target] = CodeOf(target, ToneOf(source, parent[source]));
    }
  }
  return child;
}

LatentPoint CodeMoves::TilePatch(const LatentPoint& parent, Rng& rng) const {
  const Rectangle tile = DrawRectangle(Half(space_.map_rows), Half(space_.map_cols), rng);
  LatentPoint child(parent.size());
  for (int i = 0; i < space_.size(); ++i) {
    const int source = Position(tile.row + i / space_.map_cols % tile.rows,
                                tile.col + i % space_.map_cols % tile.cols);
    child[i] = CodeOf(i, ToneOf(source, parent[source]));
  }
  return child;
}

LatentPoint CodeMoves::Roll(const LatentPoint& parent, Rng& rng) const {
  const int rows = space_.map_rows, cols = space_.map_cols;
  const bool vertical = rng.Index(2) == 0, back = rng.Index(2) == 0;
  const int down = vertical ? (back ? rows - 1 : 1) : 0;
  const int right = vertical ? 0 : (back ? cols - 1 : 1);
  LatentPoint child(parent.size());
  for (int i = 0; i < space_.size(); ++i) {
    const int target = Position((i / cols + down) % rows, (i % cols + right) % cols);
    child[target] = CodeOf(target, ToneOf(i, parent[i]));
  }
  return child;
}

LatentPoint CodeMoves::FillRectangle(const LatentPoint& parent, Rng& rng) const {
  const Rectangle r = DrawRectangle(Half(space_.map_rows), Half(space_.map_cols), rng);
  const int corner = Position(r.row, r.col);
  const double tone = ToneOf(corner, NewCode(parent, corner, rng));
  LatentPoint child = parent;
  for (int row = r.row; row < r.row + r.rows; ++row) {
    for (int col = r.col; col < r.col + r.cols; ++col) {
      child[Position(row, col)] = CodeOf(Position(row, col), tone);
    }
  }
  return child;
}

double CodeMoves::CodeOf(int position, double tone) const {
  const int levels = space_.dimensions[position].levels;
  return std::min(std::floor(tone * levels), levels - 1.0);
}

double CodeMoves::ToneOf(int position, double code) const {
  return (code + 0.5) / space_.dimensions[position].levels;
}

LatentPoint CodeMoves::Constant(double tone) const {
  LatentPoint point(space_.dimensions.size());
  for (int i = 0; i < space_.size(); ++i) point[i] = CodeOf(i, tone);
  return point;
}

LatentPoint CodeMoves::Patterned(int kind, Rng& rng) const {
  // Without a neighbourhood a mask is all there is between a constant field and a uniform one.
  if (!space_.is_map()) return kind % 2 == 0 ? Mask(rng) : space_.Sample(rng);
  switch (kind % kPatterns) {
    case 0:
      return Grid(2, 2, /*enlarge=*/false, rng);
    case 1:
      return Grid(4, 4, /*enlarge=*/true, rng);
    case 2:
      return Grid(2, 2, /*enlarge=*/true, rng);
    case 3:
      return Mask(rng);
    default:
      return Stripes(rng);
  }
}

LatentPoint CodeMoves::Grid(int rows, int cols, bool enlarge, Rng& rng) const {
  rows = std::min(rows, space_.map_rows);
  cols = std::min(cols, space_.map_cols);
  std::vector<double> tones(static_cast<size_t>(rows) * cols);
  for (double& tone : tones) tone = rng.Uniform();
  LatentPoint point(space_.dimensions.size());
  for (int i = 0; i < space_.size(); ++i) {
    const int row = i / space_.map_cols, col = i % space_.map_cols;
    const int cell = enlarge ? row * rows / space_.map_rows * cols + col * cols / space_.map_cols
                             : row % rows * cols + col % cols;
    point[i] = CodeOf(i, tones[cell]);
  }
  return point;
}

LatentPoint CodeMoves::Mask(Rng& rng) const {
  const double tones[] = {rng.Uniform(), rng.Uniform()};
  LatentPoint point(space_.dimensions.size());
  for (int i = 0; i < space_.size(); ++i) point[i] = CodeOf(i, tones[rng.Index(2)]);
  return point;
}

LatentPoint CodeMoves::Stripes(Rng& rng) const {
  const double tones[] = {rng.Uniform(), rng.Uniform()};
  const int width = 1 + rng.Index(2);
  // Horizontal, vertical, and the two diagonals.
  constexpr int kSlopes[][2] = {{1, 0}, {0, 1}, {1, 1}, {1, -1}};
  const auto& slope = kSlopes[rng.Index(4)];
  LatentPoint point(space_.dimensions.size());
  for (int i = 0; i < space_.size(); ++i) {
    const int row = i / space_.map_cols, col = i % space_.map_cols;
    // The last column first on the falling diagonal, so that nothing is negative.
    const int along = slope[0] * row + (slope[1] < 0 ? space_.map_cols - 1 - col : slope[1] * col);
    point[i] = CodeOf(i, tones[along / width % 2]);
  }
  return point;
}

double CodeMoves::NewCode(const LatentPoint& parent, int position, Rng& rng) const {
  const int levels = space_.dimensions[position].levels;
  switch (rng.Index(3)) {
    case 0:
      return rng.Index(levels);
    case 1: {
      const int distance = 1 + rng.Index(std::max(1, levels / kNeighbourShare));
      const double code = parent[position] + (rng.Index(2) == 0 ? distance : -distance);
      return std::clamp(code, 0.0, levels - 1.0);
    }
    default: {
      const int elsewhere = rng.Index(space_.size());
      return CodeOf(position, ToneOf(elsewhere, parent[elsewhere]));
    }
  }
}

CodeMoves::Rectangle CodeMoves::DrawRectangle(int max_rows, int max_cols, Rng& rng) const {
  Rectangle r;
  r.rows = 1 + rng.Index(max_rows);
  r.cols = 1 + rng.Index(max_cols);
  r.row = rng.Index(space_.map_rows - r.rows + 1);
  r.col = rng.Index(space_.map_cols - r.cols + 1);
  return r;
}

}  // namespace evoke
