#include "tests/support/xvfb.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

constexpr char kFrameBuffer[] = "/Xvfb_screen0";

// The header of an X window dump (XWDFile.h): 25 big-endian words, of which these are used.
enum Word {
  kHeaderSize = 0,
  kWidth = 4,
  kHeight = 5,
  kByteOrder = 7,
  kBitsPerPixel = 11,
  kBytesPerLine = 12,
  kRedMask = 14,
  kColors = 19,
  kWords = 25
};
constexpr size_t kBytesPerColor = 12;

uint32_t BigEndian(const std::string& file, size_t word) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(file[word * 4 + i]);
  return value;
}

// Waits for the line with the display number, which Xvfb writes once it accepts clients. Empty if
// it ended before.
std::string ReadLine(int fd) {
  std::string line;
  for (;;) {
    char c = 0;
    const ssize_t got = read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1) return "";
    if (c == '\n') return line;
    line.push_back(c);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Xvfb>> Xvfb::Start(int width, int height) {
  std::string folder = (std::filesystem::temp_directory_path() / "evoke-xvfb-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return absl::ErrnoToStatus(errno, folder);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe for Xvfb");
  // Made before the fork: the child of a program with threads may not allocate.
  const std::string fd = absl::StrCat(ends[1]);
  const std::string size = absl::StrCat(width, "x", height, "x24");
  const char* const arguments[] = {"Xvfb",       "-displayfd", fd.c_str(),     "-screen",   "0",
                                   size.c_str(), "-fbdir",     folder.c_str(), "-nolisten", "tcp",
                                   "+extension", "GLX",        "-noreset",     nullptr};
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    fcntl(ends[1], F_SETFD, 0);  // the one descriptor that Xvfb inherits
    execvp("Xvfb", const_cast<char* const*>(arguments));
    _exit(127);
  }
  close(ends[1]);
  const std::string number = pid > 0 ? ReadLine(ends[0]) : "";
  close(ends[0]);
  // From here on the destructor cleans up.
  std::unique_ptr<Xvfb> xvfb(new Xvfb(pid, folder, absl::StrCat(":", number)));
  if (number.empty()) {
    return absl::UnavailableError("Xvfb is missing or did not start: install the package xvfb");
  }
  return xvfb;
}

Xvfb::~Xvfb() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

absl::StatusOr<Image> Xvfb::Screenshot() const {
  std::ifstream stream(folder_ + kFrameBuffer, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  if (file.size() < kWords * 4 || BigEndian(file, kBitsPerPixel) != 32 ||
      BigEndian(file, kByteOrder) != 0 || BigEndian(file, kRedMask) != 0xff0000) {
    return absl::InternalError(
        absl::StrCat(folder_, kFrameBuffer, ": not a window dump with 32 bits for each pixel"));
  }
  Image image = UniformImage(static_cast<int>(BigEndian(file, kWidth)),
                             static_cast<int>(BigEndian(file, kHeight)), 0);
  const size_t start = BigEndian(file, kHeaderSize) + BigEndian(file, kColors) * kBytesPerColor;
  const size_t line = BigEndian(file, kBytesPerLine);
  if (file.size() < start + line * static_cast<size_t>(image.height)) {
    return absl::InternalError(
        absl::StrCat(folder_, kFrameBuffer, ": shorter than its header says"));
  }
  const auto width = static_cast<size_t>(image.width);
  for (size_t y = 0; y < static_cast<size_t>(image.height); ++y) {
    for (size_t x = 0; x < width; ++x) {
      const char* bgr = &file[start + y * line + x * 4];
      for (size_t c = 0; c < 3; ++c) {
        image.rgb[(y * width + x) * 3 + c] = static_cast<uint8_t>(bgr[2 - c]);
      }
    }
  }
  return image;
}

}  // namespace evoke
