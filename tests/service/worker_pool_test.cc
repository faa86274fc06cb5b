#include "server/service/worker_pool.h"

#include <atomic>

#include "gtest/gtest.h"

namespace evoke {
namespace {

TEST(WorkerPoolTest, ACallThatWouldWaitBehindTooManyIsRefusedAndNoneOfThemIsLost) {
  std::atomic<size_t> done = 0;
  {
    WorkerPool pool(1);
    Mutex mutex;
    CondVar changed;
    bool working = false, go_on = false;
    pool.Add([&] {
      MutexLock lock(&mutex);
      working = true;
      changed.SignalAll();
      while (!go_on) changed.Wait(&mutex);
    });
    MutexLock lock(&mutex);
    while (!working) changed.Wait(&mutex);
    for (size_t i = 0; i < kMaxQueuedCalls; ++i) ASSERT_TRUE(pool.TryAdd([&] { ++done; }));
    EXPECT_FALSE(pool.TryAdd([&] { ++done; }));
    pool.Add([&] { ++done; });  // a watcher's turn: their number is limited elsewhere
    go_on = true;
    changed.SignalAll();
  }
  EXPECT_EQ(done, kMaxQueuedCalls + 1);
}

}  // namespace
}  // namespace evoke
