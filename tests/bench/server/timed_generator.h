// A generator whose time is known, to tell it from the server's own.
#ifndef EVOKE_TESTS_BENCH_SERVER_TIMED_GENERATOR_H_
#define EVOKE_TESTS_BENCH_SERVER_TIMED_GENERATOR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "server/generator/generator.h"

namespace evoke {

// Thread-safe.
class TimedGenerator final : public Generator {
 public:
  explicit TimedGenerator(std::unique_ptr<Generator> generator)
      : generator_(std::move(generator)), clock_(NewSystemClock()) {}

  const LatentSpace& latent_space() const override { return generator_->latent_space(); }
  int image_width() const override { return generator_->image_width(); }
  int image_height() const override { return generator_->image_height(); }
  const std::string& weights_sha256() const override { return generator_->weights_sha256(); }
  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override {
    const int64_t begin = clock_->MonotonicNanos();
    absl::StatusOr<std::vector<Image>> images = generator_->Decode(points);
    thread_nanos_ += clock_->MonotonicNanos() - begin;
    return images;
  }

  // What the calling thread has spent in Decode() so far.
  static int64_t ThreadNanos() { return thread_nanos_; }

 private:
  static inline thread_local int64_t thread_nanos_ = 0;
  const std::unique_ptr<Generator> generator_;
  const std::unique_ptr<Clock> clock_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_SERVER_TIMED_GENERATOR_H_
