#include "server/latent/latent_proto.h"

#include <algorithm>

namespace evoke {

v1::LatentSpace ToProto(const LatentSpace& space) {
  v1::LatentSpace proto;
  for (size_t i = 0; i < space.dimensions.size();) {
    const LatentDimension& d = space.dimensions[i];
    size_t end = i;
    while (end < space.dimensions.size() && space.dimensions[end] == d) ++end;
    auto* out = proto.add_dimensions();
    out->set_repeat(static_cast<int>(end - i));
    if (d.kind == LatentDimension::Kind::kCategorical) {
      out->mutable_categorical()->set_levels(d.levels);
    } else {
      out->mutable_continuous()->set_lower(d.lower);
      out->mutable_continuous()->set_upper(d.upper);
      out->mutable_continuous()->set_prior(d.prior == LatentDimension::Prior::kStandardNormal
                                               ? v1::LatentSpace::PRIOR_STANDARD_NORMAL
                                               : v1::LatentSpace::PRIOR_UNIFORM);
    }
    i = end;
  }
  proto.set_map_rows(space.map_rows);
  proto.set_map_cols(space.map_cols);
  return proto;
}

LatentSpace FromProto(const v1::LatentSpace& proto) {
  LatentSpace space;
  for (const auto& d : proto.dimensions()) {
    const LatentDimension dimension =
        d.has_categorical() ? LatentDimension::Categorical(d.categorical().levels())
                            : LatentDimension::Continuous(
                                  d.continuous().lower(), d.continuous().upper(),
                                  d.continuous().prior() == v1::LatentSpace::PRIOR_STANDARD_NORMAL
                                      ? LatentDimension::Prior::kStandardNormal
                                      : LatentDimension::Prior::kUniform);
    space.dimensions.insert(space.dimensions.end(), std::max(1, d.repeat()), dimension);
  }
  space.map_rows = proto.map_rows();
  space.map_cols = proto.map_cols();
  return space;
}

v1::LatentPoint ToProto(const LatentPoint& point) {
  v1::LatentPoint proto;
  proto.mutable_values()->Assign(point.begin(), point.end());
  return proto;
}

LatentPoint FromProto(const v1::LatentPoint& proto) {
  return {proto.values().begin(), proto.values().end()};
}

}  // namespace evoke
