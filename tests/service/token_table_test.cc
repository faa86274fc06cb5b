#include "server/service/token_table.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kFile[] =
    "# who may come in\n"
    "operator  kim        kims-token-0123456789\n"
    "\n"
    "display\tdisplay-1\tdisplay-token-0123456789\r\n";

TEST(TokenTableTest, FindsWhoHasAToken) {
  const absl::StatusOr<TokenTable> table = TokenTable::Parse(kFile);
  ASSERT_TRUE(table.ok()) << table.status();
  const std::optional<Identity> kim = table->Find("kims-token-0123456789");
  ASSERT_TRUE(kim.has_value());
  EXPECT_EQ(kim->role, kOperator);
  EXPECT_EQ(kim->name, "kim");
  ASSERT_TRUE(table->Find("display-token-0123456789").has_value());
  EXPECT_EQ(table->Find("display-token-0123456789")->role, kDisplay);
}

TEST(TokenTableTest, FindsNobodyForWhatIsNearlyAToken) {
  const TokenTable table = TokenTable::Parse(kFile).value();
  for (const char* token : {"", "kims-token-012345678", "kims-token-01234567890",
                            "Kims-token-0123456789", "kims-token-0123456789 ", "kim"}) {
    EXPECT_FALSE(table.Find(token).has_value()) << token;
  }
}

TEST(TokenTableTest, AWrongLineIsNamedByItsNumberAndNeverShown) {
  const std::string good = "operator kim kims-token-0123456789\n";
  for (const char* line :
       {"operator eve", "operator eve secret-0123456789 more", "root eve secret-0123456789",
        "operator ../eve secret-0123456789", "operator eve secret",
        "operator eve kims-token-0123456789", "secret-0123456789"}) {
    const absl::Status status = TokenTable::Parse(absl::StrCat(good, "\n", line)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << line;
    EXPECT_THAT(std::string(status.message()), HasSubstr("line 3: ")) << line;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret"))) << line;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("kims-token"))) << line;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(TokenTable::Parse("# nobody\n").status()));
}

}  // namespace
}  // namespace evoke
