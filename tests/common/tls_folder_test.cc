// Folders of keys as deploy/make-certs makes them, and what may be wrong with them.
#include "common/tls_folder.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "common/certificate.h"
#include "common/secret_file.h"
#include "gmock/gmock.h"
#include "tests/support/keys.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(TlsFolderTest, WhatMakeCertsMadeIsReadAndSaysWhoItIs) {
  const Keys keys("--client kim:operator");
  const absl::StatusOr<TlsFolder> tls = ReadTlsFolder(keys.folder("kim"), absl::Now());
  ASSERT_TRUE(tls.ok()) << tls.status();
  const absl::StatusOr<Certificate> certificate = ParseCertificate(tls->certificate);
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_THAT(certificate->common_names, ElementsAre("kim"));
  EXPECT_THAT(certificate->units, ElementsAre("operator"));
  EXPECT_GT(certificate->not_after, absl::Now() + absl::Hours(24 * 800));
  EXPECT_EQ(tls->authority, ReadText(keys.folder("ca") + "/cert.pem"));
}

TEST(TlsFolderTest, KeysAreTheirOwnersAloneAndTheAuthoritysStaysWhereItIs) {
  const Keys keys("--client kim:operator");
  for (const char* name : {"ca", "server", "kim"}) {
    struct stat info;
    ASSERT_EQ(stat((keys.folder(name) + "/key.pem").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
  const std::string authority = ReadText(keys.folder("ca") + "/key.pem");
  for (const auto& file : std::filesystem::recursive_directory_iterator(keys.folder("kim"))) {
    EXPECT_NE(ReadText(file.path()), authority);
  }
}

TEST(TlsFolderTest, MakeCertsOverwritesNothingAndRefusesWhatIsWrongBeforeItMakesAnything) {
  const Keys keys("--client kim:operator");
  const std::string before = ReadText(keys.folder("kim") + "/key.pem");
  for (const char* arguments :
       {"--client new:backend --client kim:operator", "--client new:backend --client eve:root",
        "--client new:backend --client ../eve:operator", "--client new:backend --client eve",
        "--client new:backend --client server:display", "--client new:backend --days 0",
        "--client new:backend --server 'x y'"}) {
    const std::string command = absl::StrCat("deploy/make-certs --dir ", keys.folder("."), " ",
                                             arguments, " >/dev/null 2>&1");
    EXPECT_NE(std::system(command.c_str()), 0) << arguments;
  }
  EXPECT_EQ(ReadText(keys.folder("kim") + "/key.pem"), before);
  EXPECT_FALSE(std::filesystem::exists(keys.folder("new")));
}

TEST(TlsFolderTest, AnExpiredCertificateIsNamedWithItsDate) {
  const Keys keys("--client kim:operator");
  const absl::Status late =
      ReadTlsFolder(keys.folder("kim"), absl::Now() + absl::Hours(24 * 1000)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(late));
  EXPECT_THAT(Message(late), AllOf(HasSubstr("kim/cert.pem"), HasSubstr("expired on 20"),
                                   HasSubstr("deploy/make-certs")));
  const absl::Status early =
      ReadTlsFolder(keys.folder("kim"), absl::Now() - absl::Hours(48)).status();
  EXPECT_THAT(Message(early), HasSubstr("is the clock right?"));
}

TEST(TlsFolderTest, AnothersKeyADamagedOneAndAMissingOneAreNamed) {
  const Keys keys("--client kim:operator --client eve:observer");
  const std::string key = keys.folder("kim") + "/key.pem";
  std::filesystem::copy_file(keys.folder("eve") + "/key.pem", key,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(Message(ReadTlsFolder(keys.folder("kim"), absl::Now()).status()),
              AllOf(HasSubstr("kim/key.pem"), HasSubstr("not the key of the certificate")));
  std::ofstream(key) << "nonsense";
  EXPECT_THAT(Message(ReadTlsFolder(keys.folder("kim"), absl::Now()).status()),
              HasSubstr("no private key"));
  std::filesystem::remove(key);
  EXPECT_TRUE(absl::IsNotFound(ReadTlsFolder(keys.folder("kim"), absl::Now()).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadTlsFolder(keys.folder("nobody"), absl::Now()).status()));
}

TEST(SecretFileTest, AFileThatEverybodyMayReadIsRefusedWithTheCommandThatHelps) {
  const std::string path = WriteSecret("secret", "sesame");
  EXPECT_EQ(ReadSecretFile(path).value(), "sesame");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_TRUE(ReadSecretFile(path).ok());
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  const absl::Status status = ReadSecretFile(path).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(Message(status), HasSubstr("chmod 600 " + path));
  EXPECT_THAT(Message(status), testing::Not(HasSubstr("sesame")));
  EXPECT_TRUE(absl::IsNotFound(ReadSecretFile(path + "-not-there").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadSecretFile(testing::TempDir()).status()));
}

}  // namespace
}  // namespace evoke
