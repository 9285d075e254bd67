#include "encoder/tensor_cache.h"

namespace encoder {

std::vector<at::Tensor> TensorCache::find(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->tensors;
}

void TensorCache::keep(const std::string& key, std::vector<at::Tensor> tensors) {
  std::size_t bytes = key.size();
  for (const auto& tensor : tensors) bytes += tensor.nbytes();
  if (bytes > capacity_bytes_ || by_key_.count(key) != 0) return;
  while (bytes_ + bytes > capacity_bytes_) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({key, std::move(tensors), bytes});
  by_key_[key] = entries_.begin();
  bytes_ += bytes;
}

void TensorCache::drop(const std::string& prefix) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (entry->key.starts_with(prefix)) {
      bytes_ -= entry->bytes;
      by_key_.erase(entry->key);
      entries_.erase(entry);
    }
    entry = next;
  }
}

}  // namespace encoder
