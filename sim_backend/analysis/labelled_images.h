// Images to show to a network: from files, folders and data sets.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_LABELLED_IMAGES_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_LABELLED_IMAGES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/image.h"

namespace evoke {

struct LabelledImages {
  std::vector<std::string> names;  // file name, or data set and number; one for each image
  std::vector<Image> images;
  std::vector<int> labels;               // one for each image, or empty: no classes are known
  std::vector<std::string> class_names;  // of labels 0, 1, ...

  size_t size() const { return images.size(); }
  // "frog", or "" without labels.
  std::string ClassOf(size_t index) const;
};

struct ImageRequest {
  // What to read:
  //   an image file;
  //   a folder of images, or of folders of images, one for each class;
  //   a *.bin file of CIFAR-10's binary version;
  //   cifar10:DIR or fashion-mnist[:DIR], the test images of a data set.
  std::string from;
  bool training_images = false;  // those of the data set instead
  int limit = 0;                 // at most the first so many; 0: all
  bool resize = false;           // resample images of another size
};

// All images have width x height pixels. NOT_FOUND: nothing there, the message says what to give.
// INVALID_ARGUMENT names the first image of another size and both sizes; errors of the readers.
absl::StatusOr<LabelledImages> LoadImages(const ImageRequest& request, int width, int height);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_LABELLED_IMAGES_H_
