#include "sim_backend/analysis/unit_profile.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "clients/control/csv.h"
#include "clients/control/text.h"
#include "common/status_macros.h"
#include "sim_backend/analysis/selectivity.h"

namespace evoke {
namespace {

std::string Short(const std::optional<double>& value, int digits) {
  return value ? absl::StrFormat("%.*f", digits, *value) : "-";
}

std::string Full(const std::optional<double>& value) { return value ? CsvNumber(*value) : ""; }

void AddTuning(const std::vector<float>& values, const LabelledImages& images,
               UnitProfile& profile) {
  if (images.labels.empty()) return;
  const auto tuning =
      ClassTuning(values, images.labels, static_cast<int>(images.class_names.size()));
  if (!tuning) return;
  profile.preferred_class =
      images.class_names[std::max_element(tuning->begin(), tuning->end()) - tuning->begin()];
  profile.tuning_entropy_bits = EntropyBits(*tuning);
  profile.tuning_perplexity = RelativePerplexity(*tuning);
}

absl::Status AddTop(const std::vector<size_t>& top, const Responses& class_outputs,
                    const ProfileOptions& options, UnitProfile& profile) {
  if (top.empty()) return absl::OkStatus();
  const double n = static_cast<double>(top.size());
  double bits = 0, perplexity = 0, bytes = 0;
  for (const size_t image : top) {
    if (!class_outputs.columns.empty()) {
      std::vector<double> outputs;
      for (size_t c = 0; c < class_outputs.columns.size(); ++c) {
        outputs.push_back(class_outputs.at(image, c));
      }
      const std::vector<double> p = Softmax(outputs);
      bits += EntropyBits(p) / n;
      perplexity += RelativePerplexity(p) / n;
    }
    if (options.jpeg_bytes) {
      EVOKE_ASSIGN_OR_RETURN(const double size, options.jpeg_bytes(image));
      bytes += size / n;
    }
  }
  if (!class_outputs.columns.empty()) {
    profile.top_entropy_bits = bits;
    profile.top_perplexity = perplexity;
  }
  if (options.jpeg_bytes) profile.top_jpeg_bytes = bytes;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<UnitProfile>> ProfileUnits(const Responses& responses,
                                                      const LabelledImages& images,
                                                      const Responses& class_outputs,
                                                      const ProfileOptions& options) {
  std::vector<UnitProfile> profiles;
  for (size_t column = 0; column < responses.columns.size(); ++column) {
    const std::vector<float> values = responses.Column(column);
    UnitProfile profile;
    profile.unit = responses.columns[column];
    for (const float value : values) {
      profile.mean += value / static_cast<double>(values.size());
      profile.highest = std::max(profile.highest, static_cast<double>(value));
      profile.active_share += value > 0 ? 1 / static_cast<double>(values.size()) : 0;
    }
    profile.sparseness = LifetimeSparseness(values);
    profile.activity_fraction = ActivityFraction(values);
    AddTuning(values, images, profile);
    // A silent unit prefers nothing.
    if (profile.highest > 0) {
      EVOKE_RETURN_IF_ERROR(
          AddTop(TopImages(values, options.top), class_outputs, options, profile));
    }
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

std::string ProfileTable(const std::vector<UnitProfile>& profiles) {
  std::vector<std::vector<std::string>> rows = {{"unit", "mean", "highest", "active", "sparseness",
                                                 "class", "tuning perpl.", "top perpl.",
                                                 "top JPEG"}};
  for (const UnitProfile& p : profiles) {
    rows.push_back({p.unit, Short(p.mean, 1), Short(p.highest, 0),
                    absl::StrFormat("%.0f %%", 100 * p.active_share), Short(p.sparseness, 3),
                    p.preferred_class.empty() ? "-" : p.preferred_class,
                    Short(p.tuning_perplexity, 3), Short(p.top_perplexity, 3),
                    Short(p.top_jpeg_bytes, 0)});
  }
  return AlignColumns(rows);
}

std::string ProfileCsv(const std::vector<UnitProfile>& profiles) {
  std::string csv = CsvRecord(
      {"unit", "mean_spikes", "highest_spikes", "active_share", "lifetime_sparseness",
       "activity_fraction", "preferred_class", "tuning_entropy_bits", "tuning_relative_perplexity",
       "top_class_entropy_bits", "top_relative_perplexity", "top_jpeg_bytes"});
  for (const UnitProfile& p : profiles) {
    csv += CsvRecord({p.unit, CsvNumber(p.mean), CsvNumber(p.highest), CsvNumber(p.active_share),
                      Full(p.sparseness), Full(p.activity_fraction), p.preferred_class,
                      Full(p.tuning_entropy_bits), Full(p.tuning_perplexity),
                      Full(p.top_entropy_bits), Full(p.top_perplexity), Full(p.top_jpeg_bytes)});
  }
  return csv;
}

}  // namespace evoke
