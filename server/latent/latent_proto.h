// Latent spaces and points as protobuf messages.
#ifndef EVOKE_SERVER_LATENT_LATENT_PROTO_H_
#define EVOKE_SERVER_LATENT_LATENT_PROTO_H_

#include "evoke/v1/latent.pb.h"
#include "server/latent/latent_space.h"

namespace evoke {

v1::LatentSpace ToProto(const LatentSpace& space);
// Takes what is written; LatentSpace::Validate() tells whether it is a space.
LatentSpace FromProto(const v1::LatentSpace& space);
v1::LatentPoint ToProto(const LatentPoint& point);
LatentPoint FromProto(const v1::LatentPoint& point);

}  // namespace evoke

#endif  // EVOKE_SERVER_LATENT_LATENT_PROTO_H_
