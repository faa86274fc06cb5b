// Reads back what `evokectl export` has written.
#ifndef EVOKE_SERVER_EXPERIMENT_EARLIER_TABLE_H_
#define EVOKE_SERVER_EXPERIMENT_EARLIER_TABLE_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/experiment/earlier_record.h"

namespace evoke {

// From the table at `path`, NAME.csv, and the specification that is exported beside it,
// NAME.spec.textproto, which says how responses were counted. NOT_FOUND if one of them can't be
// read; INVALID_ARGUMENT, naming file and line, if it is not what was exported.
absl::StatusOr<EarlierRecord> ReadEarlierTable(const std::string& path);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_EARLIER_TABLE_H_
