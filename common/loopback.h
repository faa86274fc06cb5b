// Which addresses stay on this host.
#ifndef EVOKE_COMMON_LOOPBACK_H_
#define EVOKE_COMMON_LOOPBACK_H_

#include "absl/strings/string_view.h"

namespace evoke {

// True for a gRPC address that nobody on another host can reach or listen to: 127.x.x.x, ::1 and
// localhost, with or without a port, and unix: sockets. False for everything else, also for what is
// no address at all. Looks nothing up.
bool IsLoopback(absl::string_view address);

}  // namespace evoke

#endif  // EVOKE_COMMON_LOOPBACK_H_
