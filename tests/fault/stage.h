// Everything that a run with a fault is played on.
#ifndef EVOKE_TESTS_FAULT_STAGE_H_
#define EVOKE_TESTS_FAULT_STAGE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evoke/v1/event.pb.h"
#include "tests/fault/disk.h"
#include "tests/fault/link.h"
#include "tests/fault/programs.h"
#include "tests/fault/relay.h"
#include "tests/fault/tcp_proxy.h"
#include "tests/fault/verdict.h"
#include "tests/fault/watch.h"

namespace evoke {

// What stands between the programs, besides themselves.
enum class Scenery {
  kNone,
  kSmallDisk,  // the ledger is on a disk of its own
  kProxies,    // each client, and the watcher, has a TcpProxy of its own
  kRelay,      // the clients share a Relay
  kLink,       // the clients are at the other end of a Link
};

struct StageOptions {
  std::string bin_dir;
  std::string folder;  // of this run: made anew
  std::string x_display;
};

// Trials of the experiment that runs here: 24 candidates in three blocks, with a blank each, and
// the confirmation of one or two stimuli.
constexpr int kTrialsAtLeast = 27;

// Not thread-safe.
class Stage {
 public:
  // PERMISSION_DENIED or UNAVAILABLE if this machine lacks what the scenery needs.
  static absl::StatusOr<std::unique_ptr<Stage>> SetUp(Scenery scenery, const StageOptions& options);

  // Starts the programs and creates the experiment.
  absl::Status Begin();
  // Waits for the end of the experiment, ends the programs, and reads what the ledger has.
  absl::StatusOr<std::vector<v1::ExperimentEvent>> Finish();
  // Of all clients so far.
  std::vector<Acknowledgement> Acknowledgements() const;

  Programs& programs() { return *programs_; }
  Watch& watch() { return *watch_; }
  const std::string& ledger() const { return ledger_; }
  // nullptr unless the scenery has them.
  SmallDisk* disk() { return disk_.get(); }
  TcpProxy* display_link() { return display_link_.get(); }
  TcpProxy* backend_link() { return backend_link_.get(); }
  TcpProxy* watch_link() { return watch_link_.get(); }
  Relay* relay() { return relay_.get(); }
  Link* link() { return link_.get(); }

 private:
  explicit Stage(Scenery scenery) : scenery_(scenery) {}
  absl::Status Connect();

  const Scenery scenery_;
  std::string ledger_;
  std::unique_ptr<SmallDisk> disk_;
  std::unique_ptr<Link> link_;
  std::unique_ptr<TcpProxy> display_link_, backend_link_, watch_link_;
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<Programs> programs_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_STAGE_H_
