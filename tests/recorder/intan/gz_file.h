// Whole files of tests/data, plain or gzip.
#ifndef EVOKE_TESTS_RECORDER_INTAN_GZ_FILE_H_
#define EVOKE_TESTS_RECORDER_INTAN_GZ_FILE_H_

#include <zlib.h>

#include <string>

#include "gtest/gtest.h"

namespace evoke {

inline std::string ReadGz(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr) << path;
  std::string content;
  char buffer[1 << 14];
  int bytes = 0;
  while (file != nullptr && (bytes = gzread(file, buffer, sizeof buffer)) > 0) {
    content.append(buffer, static_cast<size_t>(bytes));
  }
  if (file != nullptr) gzclose(file);
  return content;
}

}  // namespace evoke

#endif  // EVOKE_TESTS_RECORDER_INTAN_GZ_FILE_H_
