// What holds for every request, whatever it asks for.
#ifndef EVOKE_SERVER_SERVICE_REQUEST_CHECK_H_
#define EVOKE_SERVER_SERVICE_REQUEST_CHECK_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace evoke {

// OK if every number is finite, every stamp (a field named *_nanos) small enough that two can be
// added or subtracted, no text is longer than kMaxText and nothing is repeated more than
// kMaxElements times. INVALID_ARGUMENT names the field, its value and the limit.
absl::Status CheckRequest(const google::protobuf::Message& request);

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_REQUEST_CHECK_H_
