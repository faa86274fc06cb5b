// Labelled images for training, and the readers of public data sets.
#ifndef EVOKE_SIM_BACKEND_TRAINING_IMAGE_SET_H_
#define EVOKE_SIM_BACKEND_TRAINING_IMAGE_SET_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/image.h"

namespace evoke {

// Square colour images of one size, as in evoke::Image, one after another.
struct ImageSet {
  int image_size = 32;
  std::vector<uint8_t> rgb;
  std::vector<int> labels;  // 0 to 9

  int size() const { return static_cast<int>(labels.size()); }
  size_t image_bytes() const { return static_cast<size_t>(image_size) * image_size * 3; }
  const uint8_t* pixels(int index) const { return rgb.data() + index * image_bytes(); }
  Image image(int index) const;
  // Keeps the first `count` images.
  void Truncate(int count);
};

// Whether red, green and blue are equal in every pixel.
bool IsGray(const ImageSet& images);

struct ChannelStatistics {
  std::array<double, 3> mean;       // of display values / 255
  std::array<double, 3> deviation;  // standard deviation
  double variance = 0;              // of all values around one common mean
};
ChannelStatistics Statistics(const ImageSet& images);

struct TrainingData {
  std::string name;  // "CIFAR-10"
  ImageSet train;
  ImageSet test;
  std::vector<std::string> class_names;
};

// `cifar10:DIR` (the binary version: data_batch_1.bin to data_batch_5.bin, test_batch.bin) or
// `fashion-mnist[:DIR]` (gzipped IDX files; padded to 32 x 32, gray copied to three channels).
// INVALID_ARGUMENT for another name, NOT_FOUND if a file is missing (the message says what to do),
// DATA_LOSS if one is damaged.
absl::StatusOr<TrainingData> LoadTrainingData(const std::string& spec);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_IMAGE_SET_H_
