// What is on record of an earlier experiment, for a warm start.
#ifndef EVOKE_SERVER_EXPERIMENT_EARLIER_RECORD_H_
#define EVOKE_SERVER_EXPERIMENT_EARLIER_RECORD_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evoke/v1/experiment.pb.h"
#include "evoke/v1/trial.pb.h"
#include "server/latent/latent_space.h"
#include "server/ledger/ledger.h"

namespace evoke {

// Where earlier experiments are looked up.
struct EarlierSources {
  const Ledger* ledger = nullptr;  // this program's own
  std::string dir;                 // of other ledgers (*.db) and exported tables (*.csv)
};

struct EarlierRecord {
  std::string source;         // for messages: "experiments/monday in lab.db"
  v1::Experiment experiment;  // with all its defaults; a table's has no latent space
  // The answered trials of latent points, in the order planned, without spike trains.
  std::vector<v1::Trial> trials;
  std::map<std::string, LatentPoint> points;  // by stimulus
};

// Reads what `warm_start` names; a ledger that another server writes to may be read meanwhile.
// `warm_start` is valid, so that no path leads out of the folder. NOT_FOUND if there is no such
// file (naming those there are) or experiment; FAILED_PRECONDITION if there is no folder or the
// file is not a ledger of this version; INVALID_ARGUMENT if a table can't be read; DATA_LOSS.
absl::StatusOr<EarlierRecord> ReadEarlierRecord(const v1::OptimizerSpec::WarmStart& warm_start,
                                                const EarlierSources& sources);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_EARLIER_RECORD_H_
