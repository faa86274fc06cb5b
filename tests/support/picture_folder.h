// Pictures on disk, as an operator's reference sets are.
#ifndef EVOKE_TESTS_SUPPORT_PICTURE_FOLDER_H_
#define EVOKE_TESTS_SUPPORT_PICTURE_FOLDER_H_

#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/figure/image_file.h"
#include "gtest/gtest.h"

namespace evoke {

// A reference folder that ends with the object.
class PictureFolder {
 public:
  PictureFolder() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ = absl::StrCat(testing::TempDir(), "/pictures_", info->name(), "_", getpid());
    std::filesystem::create_directories(path_);
  }
  ~PictureFolder() { std::filesystem::remove_all(path_); }

  // Adds the set `set`.
  void Add(const std::string& set, const std::map<std::string, Image>& pictures) const {
    std::filesystem::create_directories(path_ + "/" + set);
    for (const auto& [name, image] : pictures) {
      ASSERT_TRUE(WritePng(absl::StrCat(path_, "/", set, "/", name), image).ok());
    }
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_PICTURE_FOLDER_H_
