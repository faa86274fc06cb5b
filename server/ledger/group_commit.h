// Lets concurrent callers share one expensive commit.
#ifndef EVOKE_SERVER_LEDGER_GROUP_COMMIT_H_
#define EVOKE_SERVER_LEDGER_GROUP_COMMIT_H_

#include <functional>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "common/mutex.h"

namespace evoke {

// Thread-safe. The first caller that finds no commit running leads: it commits everything that has
// queued up, its own item included, while later callers queue for the next commit (leader and
// followers, as in the write queue of LSM stores). An item alone is committed at once; nobody waits
// for company.
template <typename Item>
class GroupCommit {
 public:
  // `commit` handles a group, in the order of arrival, and records each item's outcome in the item.
  // It is never called twice at a time. It must not throw.
  using CommitGroup = std::function<void(absl::Span<Item* const> group)>;
  explicit GroupCommit(CommitGroup commit) : commit_(std::move(commit)) {}

  // Returns once a commit that includes `item` has ended.
  void Run(Item* item) {
    Entry entry{item};
    mutex_.Lock();
    queue_.push_back(&entry);
    while (committing_ && !entry.done) changed_.Wait(&mutex_);
    if (!entry.done) {
      std::vector<Entry*> entries;
      entries.swap(queue_);
      committing_ = true;
      mutex_.Unlock();
      std::vector<Item*> group;
      for (const Entry* each : entries) group.push_back(each->item);
      commit_(group);
      mutex_.Lock();
      for (Entry* each : entries) each->done = true;
      committing_ = false;
      changed_.SignalAll();
    }
    mutex_.Unlock();
  }

  // Items that wait for the commit after the one that runs.
  int waiting() const {
    MutexLock lock(&mutex_);
    return static_cast<int>(queue_.size());
  }

 private:
  struct Entry {
    Item* item;
    bool done = false;  // guarded by mutex_
  };

  const CommitGroup commit_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<Entry*> queue_ ABSL_GUARDED_BY(mutex_);
  bool committing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_GROUP_COMMIT_H_
