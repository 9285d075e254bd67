#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace encoder {

/// Keeps what was encoded lately, so that each picture and prompt is encoded once: the least
/// recently used goes when `capacity_bytes` are full. In memory, since the weights of a process
/// never change.
class TensorCache {
 public:
  explicit TensorCache(std::size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  /// Nothing (an empty vector) when it is not there. Counts as use.
  std::vector<at::Tensor> find(const std::string& key);
  /// What alone is larger than the capacity is not kept.
  void keep(const std::string& key, std::vector<at::Tensor> tensors);
  /// Drops all whose key begins with `prefix`.
  void drop(const std::string& prefix);

  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    std::vector<at::Tensor> tensors;
    std::size_t bytes;
  };

  std::size_t capacity_bytes_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace encoder
