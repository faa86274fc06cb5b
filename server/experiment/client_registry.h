// Who is connected: displays, backends and observers, and whether they can do their work.
#ifndef EVOKE_SERVER_EXPERIMENT_CLIENT_REGISTRY_H_
#define EVOKE_SERVER_EXPERIMENT_CLIENT_REGISTRY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "evoke/v1/client.pb.h"

namespace evoke {

// Thread-safe. A client is LIVE until it has sent no heartbeat for `timeout`. Forgets everything
// when the server restarts: clients register again.
class ClientRegistry {
 public:
  // `clock` must outlive the registry.
  ClientRegistry(const Clock* clock, absl::Duration timeout) : clock_(clock), timeout_(timeout) {}

  struct Registered {
    v1::Client client;
    bool replaced = false;  // another process had this name: what it held is lost
  };
  // INVALID_ARGUMENT if the client does not make sense; RESOURCE_EXHAUSTED past 10,000 clients.
  absl::StatusOr<Registered> Register(v1::Client client);

  // What a heartbeat changed.
  struct Beat {
    bool returned = false;  // it had been lost, or in trouble
    bool troubled = false;  // `trouble` is new, or another one
  };
  // `trouble`: why it can't do its work now; empty if it can. NOT_FOUND: register first.
  // FAILED_PRECONDITION: another process took over the name.
  absl::StatusOr<Beat> Heartbeat(const std::string& name, const std::string& instance,
                                 const std::string& trouble = "");

  absl::StatusOr<v1::Client> Get(const std::string& name) const;  // NOT_FOUND
  // Alive, and not in trouble.
  bool IsReady(const std::string& name) const;
  // Why a client that is alive can't do its work; empty if it can, or is lost.
  std::string Trouble(const std::string& name) const;
  // By name, behind `after`.
  std::vector<v1::Client> List(const std::string& after, int limit) const;

  // Marks the clients whose time ran out as LOST and names those that just became so.
  std::vector<std::string> ExpireLost();

  // How long the display needs to show what it holds of this experiment; and of all of them.
  void SetHeld(const std::string& display, const std::string& experiment, absl::Duration time);
  absl::Duration HeldTime(const std::string& display) const;
  bool Holds(const std::string& display, const std::string& experiment) const;

  // Counts a display's presentations for its frame code: 1 .. 65535, then 1 again.
  uint32_t NextSyncCode(const std::string& display);
  // After a restart: a code that the ledger has for the display, and when it was given; the latest
  // counts. A display that no unfinished experiment has used starts at 1 again.
  void RestoreSyncCode(const std::string& display, uint32_t code, absl::Time given);

 private:
  struct Entry {
    v1::Client client;
    int64_t last_heartbeat_nanos = 0;
  };

  const Clock* const clock_;
  const absl::Duration timeout_;
  mutable Mutex mutex_;
  std::map<std::string, Entry> clients_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::map<std::string, absl::Duration>> held_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, absl::Time> sync_codes_restored_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint32_t> sync_codes_ ABSL_GUARDED_BY(mutex_);
};

// True if the backend answers for the unit: by its name, `name@row,col`, or an electrode's
// `name/N` or `name/mua`.
bool Offers(const v1::Client::Backend& backend, const std::string& unit);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_CLIENT_REGISTRY_H_
