// Many small images on one sheet, with words under each.
//
// Thread-safe: no state. The same input gives the same sheet.
#ifndef EVOKE_COMMON_FIGURE_MONTAGE_H_
#define EVOKE_COMMON_FIGURE_MONTAGE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/figure/color.h"
#include "common/image.h"

namespace evoke {

struct MontageCell {
  Image image;
  std::string caption;         // "gen 3  41.2"; broken into lines at spaces and at '\n'
  std::optional<Color> frame;  // drawn around the image: the winner, the reference
};

struct MontageOptions {
  std::string title;
  int columns = 8;
  // How many pixels a pixel of the largest image becomes, each way. 0: the least whole number that
  // makes the longer side of the largest image 128 pixels or more. Smaller images grow by the
  // largest whole number that keeps them within the size of the largest.
  int scale = 0;
};

// Where everything lies, in pixels from the top left corner.
struct MontageLayout {
  struct Place {
    int x = 0;
    int y = 0;
    int scale = 1;  // the image covers width * scale x height * scale pixels from (x, y)
  };
  int width = 0;
  int height = 0;
  int columns = 0;  // at most the number of images
  int rows = 0;
  std::vector<Place> images;  // one for each cell
};

// Lays the cells out row by row, from the left, on white. Pixels of the images are copied as they
// are (enlarged to squares), so that they can be read back from the sheet. INVALID_ARGUMENT, naming
// the cell: no cells, an image that is not valid, columns below 1, scale below 0, a sheet of more
// than 100 million pixels.
absl::StatusOr<Image> DrawMontage(absl::Span<const MontageCell> cells,
                                  const MontageOptions& options);

// Where DrawMontage puts the images of the same arguments. The same errors.
absl::StatusOr<MontageLayout> LayOutMontage(absl::Span<const MontageCell> cells,
                                            const MontageOptions& options);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_MONTAGE_H_
