// Images as files, and at other sizes.
//
// All functions are thread-safe: they keep no state. Errors name the file or the sizes.
#ifndef EVOKE_COMMON_FIGURE_IMAGE_FILE_H_
#define EVOKE_COMMON_FIGURE_IMAGE_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/image.h"

namespace evoke {

// Reads a PNG, JPEG, BMP, TIFF, WebP or PNM file. Gray becomes RGB; transparent pixels are laid
// over white; 16 bits become 8; a JPEG is turned the way its EXIF tag says. NOT_FOUND: no such
// file. INVALID_ARGUMENT: not an image, or a damaged one.
absl::StatusOr<Image> ReadImage(const std::string& path);

struct NamedImage {
  std::string name;  // of the file, with its extension
  Image image;
};

// The images directly in the folder, sorted by name (by bytes). A file counts by its extension;
// hidden files and others (a README, say) are passed over. One image that can't be read fails the
// whole. NOT_FOUND: no such folder, or no image in it.
absl::StatusOr<std::vector<NamedImage>> ReadImageFolder(const std::string& folder);

// The bytes of a PNG file of these very pixels. INVALID_ARGUMENT: the image is not valid().
absl::StatusOr<std::string> EncodePng(const Image& image);

// The bytes of a JPEG file at `quality` 1 to 100, with colour at half the resolution; how many
// there are tells how complex the image is. INVALID_ARGUMENT: the image is not valid(), or such a
// quality.
absl::StatusOr<std::string> EncodeJpeg(const Image& image, int quality = 75);

// Writes EncodePng(image). Readers see the old file or the whole new one, never a part: it is
// written beside the target and renamed. On failure nothing changes. The folder must exist.
absl::Status WritePng(const std::string& path, const Image& image);

// Resamples to width x height pixels: mean of the covered area (OpenCV INTER_AREA) along a side
// that shrinks, bicubic (Keys 1981) along one that grows. Keeps no aspect ratio.
absl::StatusOr<Image> Resize(const Image& image, int width, int height);

// Makes every pixel a square of factor x factor pixels.
absl::StatusOr<Image> Enlarge(const Image& image, int factor);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_IMAGE_FILE_H_
