#include "server/experiment/spec.h"

#include <functional>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/optimizer/optimizer_spec.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(SpecTest, ASmallSpecIsValid) { EXPECT_TRUE(ValidateSpec(SmallSpec()).ok()); }

TEST(SpecTest, AnOptimizerWithoutAMethodSearchesOverAModel) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->clear_algorithm();
  EXPECT_TRUE(ValidateSpec(spec).ok());
  const auto options = OptimizerOptionsOf(spec.optimizer());
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(std::holds_alternative<ModelSearchOptions>(*options));
}

TEST(SpecTest, DefaultsAreFilledIn) {
  const v1::Experiment spec = WithDefaults(SmallSpec());
  EXPECT_EQ(spec.presentation().repeats(), 1);
  EXPECT_EQ(spec.presentation().max_attempts(), 3);
  EXPECT_EQ(spec.presentation().background(), 128);
  EXPECT_EQ(spec.objective().units(0).weight(), 1);
  EXPECT_EQ(spec.objective().measure(), v1::ObjectiveSpec::MEASURE_SPIKE_COUNT);
}

v1::ObjectiveSpec::Site& AddSite(v1::Experiment& spec, const std::string& name,
                                 const std::string& unit) {
  v1::ObjectiveSpec::Site& site = *spec.mutable_objective()->add_sites();
  site.set_name(name);
  site.add_units()->set_unit(unit);
  return site;
}

struct BadSpec {
  const char* field;  // that the message has to name
  std::function<void(v1::Experiment&)> damage;
};
void PrintTo(const BadSpec& bad, std::ostream* out) { *out << bad.field; }
class BadSpecTest : public testing::TestWithParam<BadSpec> {};

TEST_P(BadSpecTest, IsRefusedAndTheFieldNamed) {
  v1::Experiment spec = SmallSpec();
  GetParam().damage(spec);
  const absl::Status status = ValidateSpec(spec);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::StartsWith(GetParam().field));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadSpecTest,
    testing::Values(
        BadSpec{"optimizer", [](auto& s) { s.clear_optimizer(); }},
        BadSpec{"optimizer.max_candidate_trials: missing",
                [](auto& s) { s.mutable_optimizer()->clear_max_candidate_trials(); }},
        BadSpec{"optimizer.max_candidate_trials",
                [](auto& s) { s.mutable_optimizer()->set_max_candidate_trials(-1); }},
        BadSpec{"optimizer.max_candidate_trials",
                [](auto& s) { s.mutable_optimizer()->set_max_candidate_trials(2147483647); }},
        BadSpec{"optimizer.max_candidate_trials",
                [](auto& s) { s.mutable_presentation()->set_repeats(25); }},
        BadSpec{"optimizer.max_generations",
                [](auto& s) { s.mutable_optimizer()->set_max_generations(-3); }},
        BadSpec{"optimizer.stop.plateau_trials",
                [](auto& s) { s.mutable_optimizer()->mutable_stop()->set_plateau_trials(-1); }},
        BadSpec{"optimizer.stop.target_score",
                [](auto& s) { s.mutable_optimizer()->mutable_stop()->set_target_score(kNan); }},
        BadSpec{"optimizer.replicate_share",
                [](auto& s) { s.mutable_optimizer()->set_replicate_share(0.51); }},
        BadSpec{"optimizer.replicate_share",
                [](auto& s) { s.mutable_optimizer()->set_replicate_share(kNan); }},
        BadSpec{"optimizer.quasi_random.batch_size",
                [](auto& s) { s.mutable_optimizer()->mutable_quasi_random()->set_batch_size(-1); }},
        BadSpec{"optimizer.tt_sampling.elite",
                [](auto& s) { s.mutable_optimizer()->mutable_tt_sampling()->set_elite(26); }},
        BadSpec{"optimizer.finite_difference.search_radius",
                [](auto& s) {
                  s.mutable_optimizer()->mutable_finite_difference()->set_search_radius(kNan);
                }},
        BadSpec{
            "optimizer.natural_evolution.samples",
            [](auto& s) { s.mutable_optimizer()->mutable_natural_evolution()->set_samples(1); }},
        BadSpec{
            "optimizer.random_search",
            [](auto& s) { s.mutable_optimizer()->mutable_random_search()->set_batch_size(-1); }},
        BadSpec{"optimizer.tt_cross",
                [](auto& s) { s.mutable_optimizer()->mutable_tt_cross()->set_rank(-1); }},
        BadSpec{"generator.model", [](auto& s) { s.clear_generator(); }},
        BadSpec{"generator.model",
                [](auto& s) { s.mutable_generator()->set_model("../../etc/passwd"); }},
        BadSpec{"presentation.on_duration: missing",
                [](auto& s) { s.mutable_presentation()->clear_on_duration(); }},
        BadSpec{"presentation.on_duration",
                [](auto& s) { s.mutable_presentation()->mutable_on_duration()->set_nanos(-1); }},
        BadSpec{"presentation.on_duration",
                [](auto& s) {
                  s.mutable_presentation()->mutable_on_duration()->set_seconds(INT64_MAX);
                }},
        BadSpec{"presentation.off_duration",
                [](auto& s) { s.mutable_presentation()->mutable_off_duration()->set_seconds(61); }},
        BadSpec{"presentation.repeats",
                [](auto& s) { s.mutable_presentation()->set_repeats(2147483647); }},
        BadSpec{"presentation.timing_limits.max_late_share",
                [](auto& s) {
                  s.mutable_presentation()->mutable_timing_limits()->set_max_late_share(1.5);
                }},
        BadSpec{"presentation.timing_limits.max_missed_share",
                [](auto& s) {
                  s.mutable_presentation()->mutable_timing_limits()->set_max_missed_share(-1);
                }},
        BadSpec{"presentation.timing_limits.max_onset_sd",
                [](auto& s) {
                  s.mutable_presentation()->mutable_timing_limits()->mutable_max_onset_sd();
                }},
        BadSpec{"presentation.timing_limits.max_refresh_deviation_ppm",
                [](auto& s) {
                  s.mutable_presentation()->mutable_timing_limits()->set_max_refresh_deviation_ppm(
                      NAN);
                }},
        BadSpec{"presentation.max_attempts",
                [](auto& s) { s.mutable_presentation()->set_max_attempts(-1); }},
        BadSpec{"presentation.reference_set",
                [](auto& s) { s.mutable_presentation()->set_reference_set("a/b"); }},
        BadSpec{"presentation.references_per_block",
                [](auto& s) { s.mutable_presentation()->set_references_per_block(2); }},
        BadSpec{"presentation.size_px",
                [](auto& s) { s.mutable_presentation()->set_size_px(kNan); }},
        BadSpec{"presentation.size_deg",
                [](auto& s) { s.mutable_presentation()->set_size_deg(-2); }},
        BadSpec{"presentation.center_x",
                [](auto& s) { s.mutable_presentation()->set_center_x(kNan); }},
        BadSpec{"presentation.center_x",
                [](auto& s) { s.mutable_presentation()->set_center_x(3); }},
        BadSpec{"presentation.background",
                [](auto& s) { s.mutable_presentation()->set_background(256); }},
        BadSpec{"presentation.image_constraints.mean_luminance: 1.2; allowed are 0 to 1",
                [](auto& s) {
                  s.mutable_presentation()->mutable_image_constraints()->set_mean_luminance(1.2);
                }},
        BadSpec{"presentation.image_constraints.rms_contrast",
                [](auto& s) {
                  s.mutable_presentation()->mutable_image_constraints()->set_rms_contrast(kNan);
                }},
        BadSpec{
            "presentation.image_constraints.mask.diameter",
            [](auto& s) { s.mutable_presentation()->mutable_image_constraints()->mutable_mask(); }},
        BadSpec{"presentation.image_constraints.mask.edge",
                [](auto& s) {
                  auto& mask =
                      *s.mutable_presentation()->mutable_image_constraints()->mutable_mask();
                  mask.set_diameter(0.5);
                  mask.set_edge(0.6);
                }},
        BadSpec{"optimizer.start_reference_set",
                [](auto& s) { s.mutable_optimizer()->set_start_reference_set("../faces"); }},
        BadSpec{"objective.units: missing", [](auto& s) { s.mutable_objective()->clear_units(); }},
        BadSpec{"objective.units",
                [](auto& s) { *s.mutable_objective()->add_units() = s.objective().units(0); }},
        BadSpec{"objective.units",
                [](auto& s) { s.mutable_objective()->mutable_units(0)->set_weight(0); }},
        BadSpec{"objective.units",
                [](auto& s) { s.mutable_objective()->mutable_units(0)->set_weight(kNan); }},
        BadSpec{"objective.latency_window: missing",
                [](auto& s) { s.mutable_objective()->clear_latency_window(); }},
        BadSpec{"objective.latency_window",
                [](auto& s) { s.mutable_objective()->mutable_latency_window()->clear_end(); }},
        BadSpec{"objective.subtract_baseline",
                [](auto& s) { s.mutable_objective()->set_subtract_baseline(true); }},
        BadSpec{"objective.z_score: needs objective.baseline_window",
                [](auto& s) { s.mutable_objective()->set_z_score(true); }},
        BadSpec{"objective.z_score: takes the mean baseline off already",
                [](auto& s) {
                  s.mutable_objective()->set_z_score(true);
                  s.mutable_objective()->set_subtract_baseline(true);
                  s.mutable_objective()->mutable_baseline_window()->mutable_start()->set_nanos(-1);
                }},
        BadSpec{"objective.units: the weight of a/0 is -1; a norm takes none below 0",
                [](auto& s) {
                  s.mutable_objective()->set_combination(v1::ObjectiveSpec::COMBINATION_NORM);
                  s.mutable_objective()->mutable_units(0)->set_weight(-1);
                }},
        BadSpec{"objective.sites.name",
                [](auto& s) { AddSite(s, "V1", "a/0"); }},
        BadSpec{"objective.sites: v1 is there twice",
                [](auto& s) {
                  AddSite(s, "v1", "a/0");
                  AddSite(s, "v1", "b/0");
                }},
        BadSpec{"objective.sites.units of v1: missing",
                [](auto& s) { AddSite(s, "v1", "a/0").clear_units(); }},
        BadSpec{"objective.sites.units of v4: b/0 is named twice",
                [](auto& s) {
                  AddSite(s, "v1", "a/0");
                  AddSite(s, "v4", "b/0").add_units()->set_unit("b/0");
                }},
        BadSpec{"objective.units: leave it out",
                [](auto& s) { AddSite(s, "v1", "b/0"); }},
        BadSpec{"objective.sites (their number)",
                [](auto& s) {
                  for (int i = 0; i < 65; ++i) AddSite(s, std::to_string(i), "a/0");
                }},
        BadSpec{"notes", [](auto& s) { s.set_notes(std::string(70000, 'x')); }}));

TEST(SpecTest, UnitsOfSitesAreGatheredOnceAndMayBeReadBack) {
  v1::Experiment spec = SmallSpec();
  spec.mutable_objective()->clear_units();
  AddSite(spec, "v1", "a/0").add_units()->set_unit("b/0");
  AddSite(spec, "v4", "b/0").mutable_units(0)->set_weight(-2);
  ASSERT_TRUE(ValidateSpec(spec).ok()) << ValidateSpec(spec);
  const v1::Experiment full = WithDefaults(spec);
  ASSERT_EQ(full.objective().units_size(), 2);
  EXPECT_EQ(full.objective().units(0).unit(), "a/0");
  EXPECT_EQ(full.objective().units(1).unit(), "b/0");
  EXPECT_EQ(full.objective().sites(0).units(1).weight(), 1);
  EXPECT_EQ(full.objective().sites(1).units(0).weight(), -2);
  EXPECT_TRUE(ValidateSpec(full).ok()) << ValidateSpec(full);
  EXPECT_EQ(WithDefaults(full).SerializeAsString(), full.SerializeAsString());
}

TEST(SpecTest, LatentSpacesSurviveTheRoundTrip) {
  LatentSpace space;
  space.dimensions.assign(64, LatentDimension::Categorical(512));
  space.map_rows = space.map_cols = 8;
  EXPECT_EQ(FromProto(ToProto(space)), space);
  EXPECT_EQ(ToProto(space).dimensions_size(), 1);  // a run

  LatentSpace mixed;
  mixed.dimensions = {
      LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal),
      LatentDimension::Categorical(3),
      LatentDimension::Continuous(0, 1, LatentDimension::Prior::kUniform),
  };
  EXPECT_EQ(FromProto(ToProto(mixed)), mixed);
}

TEST(SpecTest, DurationsSurviveTheRoundTrip) {
  for (const absl::Duration d : {absl::Milliseconds(-1500), absl::Nanoseconds(1), absl::Hours(3)}) {
    EXPECT_EQ(FromProto(ToProto(d)), d);
  }
}

}  // namespace
}  // namespace evoke
