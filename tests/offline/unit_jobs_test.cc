#include "sim_backend/offline/unit_jobs.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::HasSubstr;

const std::vector<NetworkLayer> kLayers = {{"layer1.0", 64, 8, 8}, {"class", 10, 1, 1}};

TEST(UnitJobsTest, WithoutUnitsItIsTheSpecificationItself) {
  v1::Experiment spec;
  spec.set_name("experiments/other");
  spec.mutable_objective()->add_units()->set_unit("class/1");
  const auto jobs = PlanJobs(spec, "demo", "", kLayers);
  ASSERT_EQ(jobs->size(), 1);
  EXPECT_EQ((*jobs)[0].id, "demo");
  EXPECT_EQ((*jobs)[0].spec.name(), "");
  EXPECT_EQ((*jobs)[0].spec.objective().units(0).unit(), "class/1");
}

TEST(UnitJobsTest, EachUnitIsTheWholeObjectiveOfItsExperiment) {
  v1::Experiment spec;
  spec.set_notes("kept");
  spec.mutable_objective()->add_units()->set_unit("class/1");
  spec.mutable_objective()->add_units()->set_unit("class/2");
  spec.mutable_objective()->mutable_units(0)->set_weight(-1);
  const auto jobs = PlanJobs(spec, "demo", "layer1.0/7@4,3,class/0-1", kLayers);
  ASSERT_EQ(jobs->size(), 3);
  EXPECT_EQ((*jobs)[0].id, "demo-layer1-0-7-4-3");
  EXPECT_EQ((*jobs)[2].id, "demo-class-1");
  for (const OfflineJob& job : *jobs) {
    EXPECT_EQ(job.spec.objective().units_size(), 1);
    EXPECT_FALSE(job.spec.objective().units(0).has_weight());
    EXPECT_EQ(job.spec.notes(), "kept");
  }
  EXPECT_EQ((*jobs)[0].spec.objective().units(0).unit(), "layer1.0/7@4,3");
}

TEST(UnitJobsTest, ABaseThatMakesIdsTooLongIsRefused) {
  const auto jobs = PlanJobs({}, std::string(60, 'a'), "class/3", kLayers);
  EXPECT_TRUE(absl::IsInvalidArgument(jobs.status()));
  EXPECT_THAT(jobs.status().message(), HasSubstr("class/3"));
}

TEST(UnitJobsTest, UnitsThatGiveOneIdAreRefused) {
  const std::vector<NetworkLayer> alike = {{"a.b", 1, 1, 1}, {"a-b", 1, 1, 1}};
  EXPECT_THAT(PlanJobs({}, "demo", "a.b/0,a-b/0", alike).status().message(),
              HasSubstr("demo-a-b-0"));
}

}  // namespace
}  // namespace evoke
