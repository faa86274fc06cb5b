#include "tests/bench/optimizers/families.h"

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bench/optimizers/anchors.h"
#include "tests/bench/optimizers/csv.h"

namespace evoke {
namespace {

std::unique_ptr<Family> LoadNamed(const std::string& name, int units) {
  for (const FamilySpec& spec : AllFamilies()) {
    if (spec.name != name) continue;
    auto family = Family::Load(spec, "deploy/models", units);
    EXPECT_TRUE(family.ok()) << family.status();
    return family.ok() ? *std::move(family) : nullptr;
  }
  return nullptr;
}

TEST(FamiliesTest, EachHalfHasItsUnitsAndNoneIsInBoth) {
  const auto family = LoadNamed("vqvae_snn", 6);
  ASSERT_NE(family, nullptr);
  std::map<bool, int> halves;
  std::set<std::string> names;
  std::set<int> layers[2];
  for (const BenchmarkUnit& unit : family->units()) {
    ++halves[unit.report];
    EXPECT_TRUE(names.insert(unit.name).second) << unit.name;
    layers[unit.report].insert(unit.unit.layer);
  }
  EXPECT_EQ(halves[false], 6);
  EXPECT_EQ(halves[true], 6);
  EXPECT_EQ(layers[false], layers[true]);
}

TEST(FamiliesTest, MoreUnitsChangeNoneOfTheFirst) {
  const auto few = LoadNamed("vqvae_snn", 2), many = LoadNamed("vqvae_snn", 6);
  ASSERT_TRUE(few && many);
  std::map<bool, std::vector<std::string>> first, all;
  for (const BenchmarkUnit& unit : few->units()) first[unit.report].push_back(unit.name);
  for (const BenchmarkUnit& unit : many->units()) all[unit.report].push_back(unit.name);
  for (const bool half : {false, true}) {
    all[half].resize(2);
    EXPECT_EQ(first[half], all[half]);
  }
}

TEST(FamiliesTest, APooledUnitOfASpikingNetworkCountsTheMeanOfItsPositions) {
  const auto family = LoadNamed("vqvae_snn", 6);
  ASSERT_NE(family, nullptr);
  for (const BenchmarkUnit& unit : family->units()) {
    const bool pooled = unit.unit.row < 0 && unit.name.find("class") == std::string::npos;
    EXPECT_EQ(unit.scale < 1, pooled) << unit.name;
  }
}

TEST(FamiliesTest, NamesFitIntoFigures) {
  std::set<std::string> names;
  for (const FamilySpec& spec : AllFamilies()) {
    EXPECT_EQ(std::string(spec.name).find_first_of(". ,"), std::string::npos) << spec.name;
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
  }
}

TEST(FamiliesTest, FrozenAnchorsAreOfTheShippedWeights) {
  constexpr char kPath[] = "tests/bench/optimizer_anchors.csv";
  std::set<std::string> frozen;
  std::ifstream file(kPath);
  for (std::string line; std::getline(file, line);) frozen.insert(CsvFields(line)[0]);
  const auto table = AnchorTable::Read(kPath);
  ASSERT_TRUE(table.ok()) << table.status();
  for (const FamilySpec& spec : AllFamilies()) {
    if (!frozen.contains(spec.name)) continue;
    const auto family = LoadNamed(spec.name, 6);
    ASSERT_NE(family, nullptr);
    for (const BenchmarkUnit& unit : family->units()) {
      EXPECT_NE(table->Find(*family, unit.name), nullptr)
          << spec.name << " " << unit.name << "; run deploy/benchmark optimizers --freeze";
    }
  }
}

}  // namespace
}  // namespace evoke
