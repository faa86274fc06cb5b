#include "clients/api/connection_flags.h"

#include "CLI/CLI.hpp"

namespace evoke {

void ConnectionFlags::AddTo(CLI::App* app, const std::string& group) {
  app->add_option("--server", server, "The server's host:port")
      ->envname("EVOKE_SERVER")
      ->capture_default_str()
      ->group(group);
  app->add_option("--tls", tls_folder,
                  "Folder of keys (deploy/make-certs) for a server that is started with --tls")
      ->envname("EVOKE_TLS")
      ->group(group);
  app->add_option("--token-file", token_file,
                  "File with the token for a server that is started with --tokens")
      ->envname("EVOKE_TOKEN_FILE")
      ->group(group);
}

absl::StatusOr<Connection> ConnectionFlags::Read(absl::Time now) const {
  return MakeConnection(server, tls_folder, token_file, now);
}

}  // namespace evoke
