#include "stimulus_display/screen/mirror_board.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kTries = 100;

// Shared between processes: no locks hidden within.
using Word = std::atomic<int32_t>;
static_assert(Word::is_always_lock_free);

struct SharedRect {
  Word x, y, width, height;
  void Set(const PixelRect& rect) {
    x.store(rect.x, std::memory_order_relaxed);
    y.store(rect.y, std::memory_order_relaxed);
    width.store(rect.width, std::memory_order_relaxed);
    height.store(rect.height, std::memory_order_relaxed);
  }
  PixelRect Get() const {
    return {x.load(std::memory_order_relaxed), y.load(std::memory_order_relaxed),
            width.load(std::memory_order_relaxed), height.load(std::memory_order_relaxed)};
  }
};

struct SharedImage {
  Word width, height;
  std::array<Word, size_t{kMirrorSide} * kMirrorSide> pixels;  // red << 16 | green << 8 | blue
};

void Set(Word& word, int value) { word.store(value, std::memory_order_relaxed); }
int Get(const Word& word) { return word.load(std::memory_order_relaxed); }

}  // namespace

// Begins as zeros.
struct MirrorBoard::Shared {
  std::atomic<uint32_t> version;  // odd while it is written
  Word width, height, background, patch_enabled, patch_white, fixation_color;
  Word fixation_between, fixation_over;
  SharedRect patch, fixation, where;
  Word slot, code, stimuli;
  std::array<SharedImage, kSlots> images;
};

absl::StatusOr<std::shared_ptr<MirrorBoard>> MirrorBoard::Create() {
  const int descriptor = memfd_create("evoke-mirror", MFD_CLOEXEC);
  if (descriptor < 0 || ftruncate(descriptor, sizeof(Shared)) != 0) {
    if (descriptor >= 0) close(descriptor);
    return absl::ResourceExhaustedError(absl::StrFormat(
        "no memory to share with the mirror window (%d bytes, error %d): close other programs, or "
        "show without --mirror",
        sizeof(Shared), errno));
  }
  EVOKE_ASSIGN_OR_RETURN(std::shared_ptr<MirrorBoard> board, Attach(descriptor));
  Set(board->shared_->slot, Frame::kNoImage);
  return board;
}

absl::StatusOr<std::shared_ptr<MirrorBoard>> MirrorBoard::Attach(int descriptor) {
  struct stat file = {};
  void* memory = MAP_FAILED;
  if (fstat(descriptor, &file) == 0 && file.st_size == static_cast<off_t>(sizeof(Shared))) {
    memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  }
  if (memory == MAP_FAILED) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "descriptor %d is no display's mirror: evoke-display --mirror starts the mirror itself",
        descriptor));
  }
  return std::shared_ptr<MirrorBoard>(new MirrorBoard(descriptor, static_cast<Shared*>(memory)));
}

MirrorBoard::~MirrorBoard() {
  munmap(shared_, sizeof(Shared));
  close(descriptor_);
}

void MirrorBoard::BeginWrite() {
  shared_->version.fetch_add(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
}

void MirrorBoard::EndWrite() { shared_->version.fetch_add(1, std::memory_order_release); }

void MirrorBoard::SetLook(const Look& look, const PixelRect& patch, const PixelRect& fixation,
                          int width, int height) {
  BeginWrite();
  Set(shared_->width, width);
  Set(shared_->height, height);
  Set(shared_->background, look.background);
  Set(shared_->patch_enabled, look.patch.enabled);
  shared_->patch.Set(patch);
  shared_->fixation.Set(look.fixation.enabled() ? fixation : PixelRect());
  Set(shared_->fixation_color,
      look.fixation.rgb[0] << 16 | look.fixation.rgb[1] << 8 | look.fixation.rgb[2]);
  Set(shared_->fixation_between, look.fixation.between);
  Set(shared_->fixation_over, look.fixation.over);
  EndWrite();
}

void MirrorBoard::SetImage(int slot, const Image& image) {
  if (slot < 0 || slot >= kSlots) return;
  // Every n-th pixel: an operator looks, and the refresh thread has no time to average.
  const int step = (std::max(image.width, image.height) + kMirrorSide - 1) / kMirrorSide;
  const int width = std::max(1, image.width / step);
  const int height = std::max(1, image.height / step);
  SharedImage& shared = shared_->images[static_cast<size_t>(slot)];
  BeginWrite();
  Set(shared.width, width);
  Set(shared.height, height);
  size_t to = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto column = static_cast<size_t>(std::min(x * step + step / 2, image.width - 1));
      const auto row = static_cast<size_t>(std::min(y * step + step / 2, image.height - 1));
      const uint8_t* rgb = &image.rgb[(row * static_cast<size_t>(image.width) + column) * 3];
      Set(shared.pixels[to++], rgb[0] << 16 | rgb[1] << 8 | rgb[2]);
    }
  }
  EndWrite();
}

void MirrorBoard::SetFrame(const Frame& frame) {
  const bool on = frame.slot != Frame::kNoImage;
  const bool onset = on && Get(shared_->slot) == Frame::kNoImage;
  BeginWrite();
  Set(shared_->slot, frame.slot);
  Set(shared_->code, frame.code);
  Set(shared_->patch_white, frame.sync_patch);
  shared_->where.Set(on ? frame.where : PixelRect());
  if (onset) Set(shared_->stimuli, Get(shared_->stimuli) + 1);
  EndWrite();
}

std::optional<MirrorView> MirrorBoard::Read() const {
  for (int i = 0; i < kTries; ++i) {
    const uint32_t version = shared_->version.load(std::memory_order_acquire);
    if (version % 2 != 0) continue;
    MirrorView view;
    view.width = Get(shared_->width);
    view.height = Get(shared_->height);
    view.background = static_cast<uint8_t>(Get(shared_->background));
    view.patch_enabled = Get(shared_->patch_enabled) != 0;
    view.patch = shared_->patch.Get();
    view.patch_white = Get(shared_->patch_white) != 0;
    view.stimuli = Get(shared_->stimuli);
    view.code = static_cast<uint16_t>(Get(shared_->code));
    view.where = shared_->where.Get();
    const int slot = Get(shared_->slot);
    const bool on = slot != Frame::kNoImage;
    if (Get(on ? shared_->fixation_over : shared_->fixation_between) != 0) {
      view.fixation = shared_->fixation.Get();
      const int color = Get(shared_->fixation_color);
      view.fixation_rgb = {static_cast<uint8_t>(color >> 16), static_cast<uint8_t>(color >> 8),
                           static_cast<uint8_t>(color)};
    }
    if (slot >= 0 && slot < kSlots) {
      const SharedImage& shared = shared_->images[static_cast<size_t>(slot)];
      // Clamped: half-written sizes are thrown away below, but must not lead out of the array.
      view.image = UniformImage(std::clamp(Get(shared.width), 0, kMirrorSide),
                                std::clamp(Get(shared.height), 0, kMirrorSide), 0);
      for (size_t p = 0; p < view.image.rgb.size() / 3; ++p) {
        const int pixel = Get(shared.pixels[p]);
        view.image.rgb[p * 3] = static_cast<uint8_t>(pixel >> 16);
        view.image.rgb[p * 3 + 1] = static_cast<uint8_t>(pixel >> 8);
        view.image.rgb[p * 3 + 2] = static_cast<uint8_t>(pixel);
      }
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    if (shared_->version.load(std::memory_order_relaxed) == version) return view;
  }
  return std::nullopt;
}

}  // namespace evoke
