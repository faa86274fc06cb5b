#include "server/experiment/earlier_table.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"
#include "google/protobuf/text_format.h"
#include "server/experiment/spec.h"

namespace evoke {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) text.assign(std::istreambuf_iterator<char>(file), {});
  if (!file || file.bad()) {
    return absl::NotFoundError(absl::StrCat(
        "optimizer.warm_start.file: can't read ", path,
        "; a table needs NAME.csv and NAME.spec.textproto, as evokectl export writes them"));
  }
  return text;
}

// Records of RFC 4180.
class CsvReader {
 public:
  explicit CsvReader(const std::string& text) : text_(text) {}

  // False at the end.
  bool Next(std::vector<std::string>& fields) {
    fields.clear();
    if (at_ >= text_.size()) return false;
    fields.emplace_back();
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quoted) {
        if (c != '"') {
          fields.back() += c;
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          fields.back() += text_[++at_];
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',') {
        fields.emplace_back();
      } else if (c == '\n') {
        ++at_;
        break;
      } else if (c != '\r') {
        fields.back() += c;
      }
    }
    return true;
  }

 private:
  const std::string& text_;
  size_t at_ = 0;
};

struct Columns {
  std::map<std::string, size_t> by_name;
  std::vector<size_t> latent;
  struct Unit {
    std::string name;
    std::optional<size_t> spikes, baseline, rate;
  };
  std::vector<Unit> units;

  std::optional<size_t> Find(const std::string& name) const {
    const auto it = by_name.find(name);
    return it == by_name.end() ? std::nullopt : std::optional(it->second);
  }
};

absl::StatusOr<Columns> ColumnsOf(const std::vector<std::string>& heading,
                                  const v1::ObjectiveSpec& objective) {
  Columns columns;
  for (size_t i = 0; i < heading.size(); ++i) columns.by_name[heading[i]] = i;
  for (const char* needed : {"trial", "generation", "stimulus", "source", "state", "latent_0"}) {
    if (!columns.Find(needed)) {
      return absl::InvalidArgumentError(absl::StrCat("there is no column ", needed));
    }
  }
  for (int i = 0; const auto column = columns.Find(absl::StrCat("latent_", i)); ++i) {
    columns.latent.push_back(*column);
  }
  for (const auto& u : objective.units()) {
    columns.units.push_back({u.unit(), columns.Find("spikes:" + u.unit()),
                             columns.Find("baseline:" + u.unit()),
                             columns.Find("rate:" + u.unit())});
  }
  return columns;
}

template <typename Number>
absl::Status Parse(const std::string& text, bool (*parse)(absl::string_view, Number*),
                   Number* number) {
  if (parse(text, number)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a number"));
}

absl::Status ParseUnit(const std::vector<std::string>& fields, const Columns::Unit& unit,
                       v1::Response& response) {
  const auto filled = [&](std::optional<size_t> column) {
    return column && !fields[*column].empty();
  };
  response.add_units(unit.name);
  uint32_t count = 0;
  if (filled(unit.spikes)) {
    EVOKE_RETURN_IF_ERROR(Parse(fields[*unit.spikes], &absl::SimpleAtoi<uint32_t>, &count));
    response.add_spike_counts(count);
  }
  if (filled(unit.baseline)) {
    EVOKE_RETURN_IF_ERROR(Parse(fields[*unit.baseline], &absl::SimpleAtoi<uint32_t>, &count));
    response.add_baseline_counts(count);
  }
  if (filled(unit.rate)) {
    double rate = 0;
    EVOKE_RETURN_IF_ERROR(Parse(fields[*unit.rate], &absl::SimpleAtod, &rate));
    response.add_rates(rate);
  }
  return absl::OkStatus();
}

absl::Status AddTrial(const std::vector<std::string>& fields, const Columns& columns,
                      EarlierRecord& record) {
  const auto field = [&](const char* name) -> const std::string& {
    return fields[columns.by_name.at(name)];
  };
  if (field("state") != "succeeded" || field("source") != "latent") return absl::OkStatus();
  v1::Trial trial;
  int generation = 0;
  EVOKE_RETURN_IF_ERROR(Parse(field("generation"), &absl::SimpleAtoi<int>, &generation));
  trial.set_name(field("trial"));
  trial.set_stimulus(field("stimulus"));
  trial.set_generation(generation);
  trial.set_state(v1::Trial::STATE_SUCCEEDED);
  for (const Columns::Unit& unit : columns.units) {
    EVOKE_RETURN_IF_ERROR(ParseUnit(fields, unit, *trial.mutable_response()));
  }
  const v1::Response& response = trial.response();
  for (const int values :
       {response.spike_counts_size(), response.baseline_counts_size(), response.rates_size()}) {
    if (values != 0 && values != response.units_size()) {
      return absl::InvalidArgumentError("some units have a value and others have none");
    }
  }
  LatentPoint& point = record.points[trial.stimulus()];
  if (point.empty()) {
    for (const size_t column : columns.latent) {
      EVOKE_RETURN_IF_ERROR(Parse(fields[column], &absl::SimpleAtod, &point.emplace_back()));
    }
  }
  record.trials.push_back(std::move(trial));
  return absl::OkStatus();
}

absl::Status At(const std::string& file, int line, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrFormat(
      "optimizer.warm_start.file: %s, record %d: %s; use a table as evokectl export writes it",
      file, line, status.message()));
}

}  // namespace

absl::StatusOr<EarlierRecord> ReadEarlierTable(const std::string& path) {
  const std::string spec_path(absl::StrCat(absl::StripSuffix(path, ".csv"), ".spec.textproto"));
  const std::string file = std::filesystem::path(path).filename().string();
  EVOKE_ASSIGN_OR_RETURN(const std::string spec_text, ReadFile(spec_path));
  EVOKE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  EarlierRecord record;
  record.source = file;
  v1::Experiment spec;
  if (!google::protobuf::TextFormat::ParseFromString(spec_text, &spec)) {
    return absl::InvalidArgumentError(absl::StrCat("optimizer.warm_start.file: ", spec_path,
                                                   " is not a specification in text form"));
  }
  record.experiment = WithDefaults(std::move(spec));

  CsvReader reader(text);
  std::vector<std::string> fields;
  reader.Next(fields);
  const absl::StatusOr<Columns> columns = ColumnsOf(fields, record.experiment.objective());
  if (!columns.ok()) return At(file, 1, columns.status());
  const size_t width = fields.size();
  for (int number = 2; reader.Next(fields); ++number) {
    const absl::Status status = fields.size() == width
                                    ? AddTrial(fields, *columns, record)
                                    : absl::InvalidArgumentError(absl::StrCat(
                                          fields.size(), " fields under a heading of ", width));
    if (!status.ok()) return At(file, number, status);
  }
  return record;
}

}  // namespace evoke
