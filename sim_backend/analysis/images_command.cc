#include "sim_backend/analysis/images_command.h"

#include <unistd.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "clients/control/live_line.h"
#include "common/clock.h"
#include "common/end_signal.h"

namespace evoke {

void ImagesCommand::AddTo(CLI::App* command, bool required) {
  const std::string what =
      "An image file, a folder of images (or of folders, one for each class), a CIFAR-10 *.bin "
      "file, cifar10:DIR or fashion-mnist[:DIR]";
  if (required) {
    command->add_option("IMAGES", request.from, what)->required();
  } else {
    command->add_option("--images", request.from, what);
  }
  command->add_flag("--training-images", request.training_images,
                    "Of a data set: its training images, not its test images");
  command->add_option("--limit", request.limit, "Only the first so many; 0: all")
      ->check(CLI::Range(0, 100'000'000))
      ->capture_default_str();
  command->add_flag("--resize", request.resize, "Resample images of another size");
}

absl::StatusOr<LabelledImages> ImagesCommand::Load(const Network& network) const {
  return LoadImages(request, network.image_width(), network.image_height());
}

AnswerProgress CountOnTerminal(size_t images) {
  if (!isatty(STDERR_FILENO)) return [](size_t) { return !EndAsked(); };
  // Shared, because a function object is copied.
  struct Line {
    std::unique_ptr<Clock> clock = NewSystemClock();
    LiveLine live{&std::cerr, 80};
  };
  auto line = std::make_shared<Line>();
  return [line, images](size_t answered) {
    const int64_t now = line->clock->MonotonicNanos();
    if (answered == images || line->live.Due(now)) {
      line->live.Draw(absl::StrCat(answered, "/", images, " images"), now);
    }
    return !EndAsked();
  };
}

}  // namespace evoke
