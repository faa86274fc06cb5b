#include "server/experiment/earlier_record.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/earlier_table.h"
#include "server/experiment/spec.h"
#include "server/latent/latent_proto.h"
#include "server/ledger/sqlite_reader.h"

namespace evoke {
namespace {

constexpr char kField[] = "optimizer.warm_start";
constexpr int kChunk = 1000;

// From a Ledger or an SqliteReader, whose reading methods are the same.
template <typename Records>
absl::StatusOr<EarlierRecord> ReadFrom(Records& records, const std::string& name,
                                       const std::string& where) {
  EarlierRecord record;
  record.source = absl::StrCat(name, " in ", where);
  absl::StatusOr<v1::Experiment> experiment = records.GetExperiment(name);
  if (absl::IsNotFound(experiment.status())) {
    return absl::NotFoundError(absl::StrCat(kField, ".experiment: there is no ", record.source));
  }
  EVOKE_RETURN_IF_ERROR(experiment.status());
  record.experiment = WithDefaults(*std::move(experiment));
  int64_t last = 0;
  while (true) {
    EVOKE_ASSIGN_OR_RETURN(std::vector<v1::Trial> trials, records.ListTrials(name, last, kChunk));
    if (trials.empty()) return record;
    EVOKE_ASSIGN_OR_RETURN(const ParsedTrialName parsed, ParseTrialName(trials.back().name()));
    last = parsed.number;
    for (v1::Trial& trial : trials) {
      if (trial.state() != v1::Trial::STATE_SUCCEEDED) continue;
      if (!record.points.contains(trial.stimulus())) {
        EVOKE_ASSIGN_OR_RETURN(const v1::Stimulus stimulus, records.GetStimulus(trial.stimulus()));
        if (!stimulus.has_latent()) continue;
        record.points[trial.stimulus()] = FromProto(stimulus.latent());
      }
      trial.mutable_response()->clear_spike_trains();
      record.trials.push_back(std::move(trial));
    }
  }
}

absl::StatusOr<std::string> PathOf(const std::string& file, const std::string& dir) {
  namespace fs = std::filesystem;
  if (dir.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        kField,
        ".file: this server has no folder of earlier records; start it with --earlier DIR"));
  }
  const fs::path path = fs::path(dir) / file;
  std::error_code error;
  if (fs::is_regular_file(path, error)) return path.string();
  std::vector<std::string> there;
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    const std::string name = entry.path().filename().string();
    const bool log = absl::EndsWith(name, ".log.csv");
    if ((absl::EndsWith(name, ".db") || absl::EndsWith(name, ".csv")) && !log) {
      there.push_back(name);
    }
  }
  std::sort(there.begin(), there.end());
  return absl::NotFoundError(
      absl::StrCat(kField, ".file: no ", file, " in the folder of earlier records ", dir,
                   "; there are: ", there.empty() ? "none" : absl::StrJoin(there, ", ")));
}

}  // namespace

absl::StatusOr<EarlierRecord> ReadEarlierRecord(const v1::OptimizerSpec::WarmStart& warm_start,
                                                const EarlierSources& sources) {
  if (warm_start.file().empty()) {
    return ReadFrom(*sources.ledger, warm_start.experiment(), "this server's ledger");
  }
  EVOKE_ASSIGN_OR_RETURN(const std::string path, PathOf(warm_start.file(), sources.dir));
  if (absl::EndsWith(path, ".csv")) return ReadEarlierTable(path);
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteReader> reader, SqliteReader::Open(path));
  return ReadFrom(*reader, warm_start.experiment(), warm_start.file());
}

}  // namespace evoke
