#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace flow::access {

/// The values of the `most` keys that were used last; whatever was used longest ago makes room. One
/// thread.
template <typename Value>
class Recent {
 public:
  explicit Recent(std::size_t most) : most_(most) {}

  /// The value of a key, made when there is none.
  Value& operator[](const std::string& key) {
    if (Value* known = find(key)) return *known;
    if (entries_.size() >= most_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(key, Value{});
    places_[key] = entries_.begin();
    return entries_.front().second;
  }
  /// Nullptr when there is none.
  Value* find(const std::string& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }
  std::size_t size() const { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;

  std::size_t most_;
  Entries entries_;  // used last first
  std::unordered_map<std::string, typename Entries::iterator> places_;
};

}  // namespace flow::access
