#include "stimulus_display/screen/frame_capture.h"

#include <sys/resource.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/figure/image_file.h"
#include "common/image.h"
#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr char kIndexName[] = "captures.csv";
constexpr int kWriterNice = 10;

Image ToImage(const CapturedFrame& frame) {
  Image image = UniformImage(frame.width, frame.height, 0);
  uint8_t* to = image.rgb.data();
  for (int y = frame.height - 1; y >= 0; --y) {
    const uint8_t* from =
        &frame.bgrx[static_cast<size_t>(y) * static_cast<size_t>(frame.width) * 4];
    for (int x = 0; x < frame.width; ++x, from += 4) {
      *to++ = from[2];
      *to++ = from[1];
      *to++ = from[0];
    }
  }
  return image;
}

}  // namespace

absl::StatusOr<std::shared_ptr<FrameCapture>> FrameCapture::Create(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string index_path = absl::StrCat(folder, "/", kIndexName);
  if (std::filesystem::exists(index_path, error)) {
    return absl::AlreadyExistsError(absl::StrCat(
        index_path, " is there already: give a new folder, so that no captures are mixed"));
  }
  std::ofstream index(index_path);
  index << "number,code,drawn_nanos,crc32,file\n" << std::flush;
  if (!index) {
    return absl::UnavailableError(
        absl::StrCat(index_path, ": cannot be written; give a folder on a disk with room"));
  }
  return std::shared_ptr<FrameCapture>(new FrameCapture(folder, std::move(index)));
}

FrameCapture::FrameCapture(const std::string& folder, std::ofstream index)
    : folder_(folder), index_(std::move(index)) {
  sem_init(&filled_, 0, 0);
  writer_ = std::thread([this] { WriteAll(); });
}

FrameCapture::~FrameCapture() {
  sem_post(&filled_);
  writer_.join();
  sem_destroy(&filled_);
}

void FrameCapture::Reserve(int width, int height) {
  for (Buffer& buffer : buffers_) {
    buffer.frame.width = width;
    buffer.frame.height = height;
    buffer.frame.bgrx.assign(static_cast<size_t>(width) * static_cast<size_t>(height) * 4, 0);
  }
}

CapturedFrame* FrameCapture::Take() {
  ++number_;
  Buffer& buffer = buffers_[next_];
  if (buffer.full.load(std::memory_order_acquire)) {
    Lose();
    return nullptr;
  }
  buffer.frame.number = number_;
  return &buffer.frame;
}

void FrameCapture::Give() {
  buffers_[next_].full.store(true, std::memory_order_release);
  next_ = (next_ + 1) % kBuffers;
  sem_post(&filled_);
}

void FrameCapture::WriteAll() {
  // Of this thread only, on Linux: compressing must not compete with anything that shows.
  setpriority(PRIO_PROCESS, 0, kWriterNice);
  absl::Status first_error;
  for (size_t next = 0;; next = (next + 1) % kBuffers) {
    while (sem_wait(&filled_) != 0 && errno == EINTR) {
    }
    Buffer& buffer = buffers_[next];
    // The post without a full buffer is the destructor's, after all others.
    if (!buffer.full.load(std::memory_order_acquire)) return;
    const absl::Status status = Write(buffer.frame);
    if (status.ok()) {
      written_.fetch_add(1, std::memory_order_relaxed);
    } else {
      Lose();
      if (first_error.ok()) spdlog::error("capture: {}", std::string(status.message()));
      first_error.Update(status);
    }
    buffer.full.store(false, std::memory_order_release);
  }
}

absl::Status FrameCapture::Write(const CapturedFrame& frame) {
  const Image image = ToImage(frame);
  const std::string name = absl::StrFormat("%06d-%05d.png", frame.number, frame.code);
  EVOKE_RETURN_IF_ERROR(WritePng(absl::StrCat(folder_, "/", name), image));
  index_ << absl::StreamFormat("%d,%d,%d,%08x,%s\n", frame.number, frame.code, frame.drawn_nanos,
                               Crc32(image), name)
         << std::flush;
  if (!index_) {
    index_.clear();
    return absl::UnavailableError(
        absl::StrCat(folder_, "/", kIndexName, ": cannot be written; is the disk full?"));
  }
  return absl::OkStatus();
}

}  // namespace evoke
