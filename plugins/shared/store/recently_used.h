#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <utility>

namespace store {

/// The values that were used last, at most `most` of them: one more takes the place of the one that
/// was used longest ago. Used by one thread.
template <typename Key, typename Value>
class RecentlyUsed {
 public:
  explicit RecentlyUsed(std::size_t most) : most_(most) {}

  /// Uses it; nullptr when there is none. Valid until the next put() or erase().
  Value* find(const Key& key) {
    const auto found = place_of(key);
    if (found == entries_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found);
    return &entries_.front().second;
  }

  /// In the place of what was there under this key.
  Value& put(Key key, Value value) {
    erase(key);
    if (entries_.size() >= most_) entries_.pop_back();
    entries_.emplace_front(std::move(key), std::move(value));
    return entries_.front().second;
  }

  void erase(const Key& key) {
    const auto found = place_of(key);
    if (found != entries_.end()) entries_.erase(found);
  }

 private:
  auto place_of(const Key& key) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const auto& entry) { return entry.first == key; });
  }

  std::size_t most_;
  std::list<std::pair<Key, Value>> entries_;  // used last first
};

}  // namespace store
