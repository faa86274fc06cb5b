#include "common/figure/image_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/figure/opencv_guard.h"
#include "common/status_macros.h"
#include "opencv2/core.hpp"
#include "opencv2/imgcodecs.hpp"
#include "opencv2/imgproc.hpp"

namespace evoke {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxSide = 1 << 15;

absl::Status CheckValid(const Image& image) {
  if (image.valid()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("an image of ", image.width, "x", image.height, " pixels with ",
                   image.rgb.size(), " bytes is not valid: it needs width * height * 3 bytes"));
}

// A view, not a copy. OpenCV reads through it and never writes.
cv::Mat View(const Image& image) {
  return cv::Mat(image.height, image.width, CV_8UC3, const_cast<uint8_t*>(image.rgb.data()));
}

Image ToImage(const cv::Mat& rgb) {
  Image image{rgb.cols, rgb.rows, std::vector<uint8_t>(rgb.total() * 3)};
  rgb.copyTo(View(image));
  return image;
}

absl::StatusOr<std::vector<uint8_t>> ReadBytes(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("can't read the image file '", path, "'"));
  }
  absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", path, "' is a folder: name one image file in it"));
  }
  std::vector<uint8_t> bytes;
  std::array<uint8_t, 1 << 16> chunk;
  for (;;) {
    const ssize_t n = read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("can't read the image file '", path, "'"));
    }
    if (n == 0) return bytes;
    bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + n);
  }
}

// Blue, green, red and alpha of 8 or 16 bits to RGB over white.
cv::Mat FlattenAlpha(const cv::Mat& bgra) {
  const double full = bgra.depth() == CV_16U ? 65535.0 : 255.0;
  cv::Mat rgb(bgra.rows, bgra.cols, CV_8UC3);
  cv::Mat real;
  bgra.convertTo(real, CV_32FC4, 1.0 / full);
  for (int r = 0; r < real.rows; ++r) {
    for (int c = 0; c < real.cols; ++c) {
      const cv::Vec4f& in = real.at<cv::Vec4f>(r, c);
      for (int k = 0; k < 3; ++k) {
        const float value = in[2 - k] * in[3] + (1.0f - in[3]);
        rgb.at<cv::Vec3b>(r, c)[k] = cv::saturate_cast<uint8_t>(value * 255.0f);
      }
    }
  }
  return rgb;
}

bool HasImageExtension(const fs::path& path) {
  static constexpr std::array<const char*, 10> kExtensions = {
      ".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pnm"};
  const std::string extension = absl::AsciiStrToLower(path.extension().string());
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

absl::Status WriteAll(int fd, const std::string& bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, "write");
    done += static_cast<size_t>(n);
  }
  // Without this a power cut after the rename can leave an empty file under the good name.
  if (fsync(fd) != 0) return absl::ErrnoToStatus(errno, "fsync");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Image> ReadImage(const std::string& path) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, ReadBytes(path));
  const auto not_an_image = [&] {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", path, "' (", bytes.size(),
        " bytes) is not an image that can be read, or it is damaged: give a PNG, JPEG, BMP, TIFF, "
        "WebP or PNM file"));
  };
  if (bytes.empty()) return not_an_image();
  return GuardOpenCv(absl::StrCat("'", path, "'"), [&]() -> absl::StatusOr<Image> {
    const cv::Mat stored = cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
    if (stored.empty()) return not_an_image();
    if (stored.channels() == 4) return ToImage(FlattenAlpha(stored));
    const cv::Mat bgr = cv::imdecode(bytes, cv::IMREAD_COLOR);
    if (bgr.empty()) return not_an_image();
    cv::Mat rgb;
    cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
    return ToImage(rgb);
  });
}

absl::StatusOr<std::vector<NamedImage>> ReadImageFolder(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const fs::path& path = it->path();
    if (path.filename().string().front() == '.' || !HasImageExtension(path)) continue;
    if (it->is_directory()) continue;
    paths.push_back(path);
  }
  if (error) {
    return absl::ErrnoToStatus(error.value(),
                               absl::StrCat("can't list the image folder '", folder, "'"));
  }
  if (paths.empty()) {
    return absl::NotFoundError(
        absl::StrCat("the folder '", folder, "' has no image file (.png, .jpg, .bmp, ...)"));
  }
  std::sort(paths.begin(), paths.end(),
            [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });
  std::vector<NamedImage> images;
  for (const fs::path& path : paths) {
    EVOKE_ASSIGN_OR_RETURN(Image image, ReadImage(path.string()));
    images.push_back({path.filename().string(), std::move(image)});
  }
  return images;
}

absl::StatusOr<std::string> EncodePng(const Image& image) {
  EVOKE_RETURN_IF_ERROR(CheckValid(image));
  return GuardOpenCv("PNG encoding", [&]() -> absl::StatusOr<std::string> {
    cv::Mat bgr;
    cv::cvtColor(View(image), bgr, cv::COLOR_RGB2BGR);
    std::vector<uint8_t> bytes;
    if (!cv::imencode(".png", bgr, bytes, {cv::IMWRITE_PNG_COMPRESSION, 6})) {
      return absl::InternalError(
          absl::StrCat("OpenCV can't encode ", image.width, "x", image.height, " pixels as PNG"));
    }
    return std::string(bytes.begin(), bytes.end());
  });
}

absl::StatusOr<std::string> EncodeJpeg(const Image& image, int quality) {
  EVOKE_RETURN_IF_ERROR(CheckValid(image));
  if (quality < 1 || quality > 100) {
    return absl::InvalidArgumentError(
        absl::StrCat("JPEG quality: ", quality, " is given, allowed are 1 to 100"));
  }
  return GuardOpenCv("JPEG encoding", [&]() -> absl::StatusOr<std::string> {
    cv::Mat bgr;
    cv::cvtColor(View(image), bgr, cv::COLOR_RGB2BGR);
    std::vector<uint8_t> bytes;
    if (!cv::imencode(".jpg", bgr, bytes, {cv::IMWRITE_JPEG_QUALITY, quality})) {
      return absl::InternalError(
          absl::StrCat("OpenCV can't encode ", image.width, "x", image.height, " pixels as JPEG"));
    }
    return std::string(bytes.begin(), bytes.end());
  });
}

absl::Status WritePng(const std::string& path, const Image& image) {
  EVOKE_ASSIGN_OR_RETURN(const std::string bytes, EncodePng(image));
  // Unique among the threads of this process and the processes of this machine.
  static std::atomic<int> counter{0};
  const std::string part = absl::StrCat(path, ".part-", getpid(), "-", counter++);
  const int fd = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("can't write '", path, "': is there such a folder, and is it yours?"));
  }
  absl::Status status = WriteAll(fd, bytes);
  if (close(fd) != 0 && status.ok()) status = absl::ErrnoToStatus(errno, "close");
  if (status.ok() && rename(part.c_str(), path.c_str()) != 0) {
    status = absl::ErrnoToStatus(errno, "rename");
  }
  if (status.ok()) return status;
  unlink(part.c_str());
  return absl::Status(status.code(), absl::StrCat("can't write '", path, "': ", status.message()));
}

absl::StatusOr<Image> Resize(const Image& image, int width, int height) {
  EVOKE_RETURN_IF_ERROR(CheckValid(image));
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) {
    return absl::InvalidArgumentError(absl::StrCat("can't resize an image to ", width, "x", height,
                                                   ": give sides of 1 to ", kMaxSide, " pixels"));
  }
  return GuardOpenCv("resizing an image", [&]() -> absl::StatusOr<Image> {
    // In two steps, because INTER_AREA is the mean of an area only where no side grows.
    cv::Mat shrunk = View(image);
    const cv::Size small(std::min(width, image.width), std::min(height, image.height));
    if (small != shrunk.size()) cv::resize(View(image), shrunk, small, 0, 0, cv::INTER_AREA);
    if (small == cv::Size(width, height)) return ToImage(shrunk);
    cv::Mat grown;
    cv::resize(shrunk, grown, cv::Size(width, height), 0, 0, cv::INTER_CUBIC);
    return ToImage(grown);
  });
}

absl::StatusOr<Image> Enlarge(const Image& image, int factor) {
  EVOKE_RETURN_IF_ERROR(CheckValid(image));
  if (factor < 1 || factor > kMaxSide / std::max(image.width, image.height)) {
    return absl::InvalidArgumentError(
        absl::StrCat("can't enlarge ", image.width, "x", image.height, " pixels by ", factor,
                     ": give a factor from 1, ", "and at most ", kMaxSide, " pixels a side"));
  }
  const size_t row = static_cast<size_t>(image.width) * factor * 3;
  Image out{image.width * factor, image.height * factor, {}};
  out.rgb.resize(row * out.height);
  for (int y = 0; y < out.height; ++y) {
    uint8_t* to = out.rgb.data() + y * row;
    if (y % factor != 0) {
      std::copy(to - row, to, to);
      continue;
    }
    const uint8_t* from = image.rgb.data() + static_cast<size_t>(y / factor) * image.width * 3;
    for (int x = 0; x < out.width; ++x, to += 3) std::copy_n(from + x / factor * 3, 3, to);
  }
  return out;
}

}  // namespace evoke
