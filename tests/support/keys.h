// Keys and certificates for tests, made by the command that operators use.
#ifndef EVOKE_TESTS_SUPPORT_KEYS_H_
#define EVOKE_TESTS_SUPPORT_KEYS_H_

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evoke {

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A file that only its owner may read.
inline std::string WriteSecret(const std::string& name, const std::string& text) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name, "_", getpid());
  std::ofstream(path) << text;
  EXPECT_EQ(chmod(path.c_str(), 0600), 0);
  return path;
}

// A laboratory with its own authority, a server on this host and some clients. Tests run from the
// source tree's root.
class Keys {
 public:
  // `arguments` as those of deploy/make-certs: "--client kim:operator".
  explicit Keys(const std::string& arguments = "")
      : dir_(absl::StrCat(testing::TempDir(), "/keys_", getpid(), "_", count_++)) {
    Add(arguments);
  }
  ~Keys() { Run("rm -rf " + dir_); }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  void Add(const std::string& arguments) {
    Run(absl::StrCat("deploy/make-certs --dir ", dir_, " ", arguments));
  }
  std::string folder(const std::string& name) const { return absl::StrCat(dir_, "/", name); }

  // A certificate (PEM) of that folder's key which ended yesterday.
  std::string Expired(const std::string& name) const {
    const std::string authority = folder("ca"), out = folder("expired.pem");
    Run(absl::StrCat("openssl req -new -key ", folder(name),
                     "/key.pem -subj /OU=operator/CN=", name, " -out ", out, ".request"));
    Run(absl::StrCat("openssl x509 -req -in ", out, ".request -CA ", authority, "/cert.pem -CAkey ",
                     authority, "/key.pem -set_serial 7 -days -1 -out ", out));
    return ReadText(out);
  }

 private:
  static void Run(const std::string& command) {
    const std::string quiet = command + " >/dev/null 2>&1";
    ASSERT_EQ(std::system(quiet.c_str()), 0) << command;
  }

  inline static int count_ = 0;
  const std::string dir_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_KEYS_H_
