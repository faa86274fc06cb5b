#include "server/ledger/group_commit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace evoke {
namespace {

using ::testing::ElementsAre;

TEST(GroupCommitTest, CommitsALoneItemAtOnce) {
  std::vector<int> committed;
  GroupCommit<int> commits([&](absl::Span<int* const> group) {
    for (int* item : group) committed.push_back(*item);
  });
  int first = 1;
  int second = 2;
  commits.Run(&first);
  commits.Run(&second);
  EXPECT_THAT(committed, ElementsAre(1, 2));
}

TEST(GroupCommitTest, CallersThatArriveDuringACommitShareTheNextOne) {
  std::atomic<bool> first_runs = false;
  std::atomic<bool> release = false;
  std::vector<size_t> group_sizes;
  GroupCommit<int> commits([&](absl::Span<int* const> group) {
    group_sizes.push_back(group.size());
    first_runs = true;
    while (!release) std::this_thread::yield();
    for (int* item : group) *item = 1;
  });
  constexpr int kFollowers = 8;
  std::vector<int> items(1 + kFollowers, 0);
  std::vector<std::thread> threads;
  threads.emplace_back([&] { commits.Run(&items[0]); });
  while (!first_runs) std::this_thread::yield();
  for (int i = 1; i <= kFollowers; ++i) threads.emplace_back([&, i] { commits.Run(&items[i]); });
  while (commits.waiting() < kFollowers) std::this_thread::yield();
  release = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(group_sizes, ElementsAre(1, kFollowers));
  EXPECT_THAT(items, testing::Each(1));
}

TEST(GroupCommitTest, EveryItemIsCommittedOnceUnderContention) {
  std::atomic<int> inside = 0;
  GroupCommit<int> commits([&](absl::Span<int* const> group) {
    EXPECT_EQ(++inside, 1);
    for (int* item : group) ++*item;
    --inside;
  });
  constexpr int kThreads = 4;
  constexpr int kItems = 2000;
  std::vector<std::vector<int>> items(kThreads, std::vector<int>(kItems, 0));
  std::vector<std::thread> threads;
  for (std::vector<int>& mine : items) {
    threads.emplace_back([&] {
      for (int& item : mine) {
        commits.Run(&item);
        EXPECT_EQ(item, 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<int>& mine : items) EXPECT_THAT(mine, testing::Each(1));
}

}  // namespace
}  // namespace evoke
