// The queries that docs/ledger.md shows work as they stand.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "SQLiteCpp/SQLiteCpp.h"
#include "server/ledger/ledger.h"
#include "tests/ledger/recorded_run.h"

namespace evoke {
namespace {

// The statements in the page's sql blocks, each ended by a semicolon at the end of a line.
std::vector<std::string> DocumentedQueries() {
  std::ifstream page("docs/ledger.md");
  std::vector<std::string> queries;
  std::string line;
  std::string query;
  bool inside = false;
  while (std::getline(page, line)) {
    if (line.starts_with("```")) {
      inside = line == "```sql";
    } else if (inside) {
      query += line + "\n";
      if (line.ends_with(";")) queries.push_back(std::exchange(query, ""));
    }
  }
  return queries;
}

TEST(LedgerDocumentTest, EveryQueryFindsSomethingInARecordedRun) {
  const std::string path = FreshPath();
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path).value();
  for (const EventBatch& batch : RecordedRun("experiments/demo")) {
    ASSERT_TRUE(ledger->Append("experiments/demo", batch).ok());
  }
  const std::vector<std::string> queries = DocumentedQueries();
  ASSERT_GE(queries.size(), 5u);
  SQLite::Database db(path, SQLite::OPEN_READONLY);
  for (const std::string& sql : queries) {
    SCOPED_TRACE(sql);
    ASSERT_NO_THROW({
      SQLite::Statement statement(db, sql);
      EXPECT_TRUE(statement.executeStep());
    });
  }
}

}  // namespace
}  // namespace evoke
