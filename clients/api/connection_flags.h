// The options by which every client finds its server.
#ifndef EVOKE_CLIENTS_API_CONNECTION_FLAGS_H_
#define EVOKE_CLIENTS_API_CONNECTION_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/api/channel.h"

namespace CLI {
class App;
}

namespace evoke {

struct ConnectionFlags {
  std::string server = "127.0.0.1:50151";
  std::string tls_folder;
  std::string token_file;

  // --server, --tls and --token-file, which the environment may set as EVOKE_SERVER, EVOKE_TLS and
  // EVOKE_TOKEN_FILE. A token itself is no option: `ps` would show it.
  void AddTo(CLI::App* app, const std::string& group = "Options");
  // As MakeConnection().
  absl::StatusOr<Connection> Read(absl::Time now) const;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_CONNECTION_FLAGS_H_
