// Simple fields of codes, and the moves that turn one map of codes into another.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_CODE_MOVES_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_CODE_MOVES_H_

#include <vector>

#include "common/random.h"
#include "server/latent/latent_space.h"

namespace evoke {

// For categorical spaces. Those that are no map have no neighbourhood: they get the fields and
// moves that need none, with weights in the same proportions.
//
// Dimensions may have different numbers of codes. A *tone* in [0, 1) stands for a code of each: the
// one at that share of its ordered code book, so that the same tone looks alike where the books are
// alike. Immutable; safe to share between threads.
class CodeMoves {
 public:
  // The space has to outlive it.
  explicit CodeMoves(const LatentSpace& space);

  // `count` starts: half of them constant fields with tones evenly spread over the code
  // book; then in turn repeated tiles, enlarged 4 x 4 and 2 x 2 fields, masks of two codes, and
  // stripes; the last one uniform.
  std::vector<LatentPoint> Opening(int count, Rng& rng) const;
  // One of the simple fields, of any kind.
  LatentPoint Field(Rng& rng) const;
  // One move away from `parent`; `other` is a second parent, or the same point where there is
  // none. May equal the parent.
  LatentPoint Child(const LatentPoint& parent, const LatentPoint& other, Rng& rng) const;

  // The moves, one by one. Rectangles have any place, and any size from one position to half the
  // map's sides (in MixByRectangle(), to the map).
  LatentPoint ChangePoints(const LatentPoint& parent, Rng& rng) const;
  LatentPoint ReplaceCode(const LatentPoint& parent, Rng& rng) const;
  LatentPoint MixByMask(const LatentPoint& parent, const LatentPoint& other, Rng& rng) const;
  // On maps only:
  LatentPoint MixByRectangle(const LatentPoint& parent, const LatentPoint& other, Rng& rng) const;
  LatentPoint CopyPatch(const LatentPoint& parent, Rng& rng) const;
  LatentPoint TilePatch(const LatentPoint& parent, Rng& rng) const;
  LatentPoint Roll(const LatentPoint& parent, Rng& rng) const;
  LatentPoint FillRectangle(const LatentPoint& parent, Rng& rng) const;

 private:
  struct Rectangle {
    int row, col, rows, cols;
  };

  int Position(int row, int col) const { return row * space_.map_cols + col; }
  double CodeOf(int position, double tone) const;
  double ToneOf(int position, double code) const;
  LatentPoint Constant(double tone) const;
  // One of the kinds between a constant field and a uniform one.
  static constexpr int kPatterns = 5;
  LatentPoint Patterned(int kind, Rng& rng) const;
  // rows x cols random tones, repeated over the map or enlarged to it.
  LatentPoint Grid(int rows, int cols, bool enlarge, Rng& rng) const;
  LatentPoint Mask(Rng& rng) const;
  LatentPoint Stripes(Rng& rng) const;
  // A code for `position` that is uniform, a neighbour of the parent's code there in the ordered
  // book, or one that the parent has elsewhere: a third each.
  double NewCode(const LatentPoint& parent, int position, Rng& rng) const;
  Rectangle DrawRectangle(int max_rows, int max_cols, Rng& rng) const;

  const LatentSpace& space_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_CODE_MOVES_H_
