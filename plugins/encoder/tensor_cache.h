#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace encoder {

/// Keeps recent encodings, so that each picture and prompt is encoded once. Drops the least
/// recently used when `capacity_bytes` are full. In memory only; entries stay valid, because the
/// weights of a process never change.
class TensorCache {
 public:
  explicit TensorCache(std::size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  /// The tensors of `key`; empty when there are none. Counts as use.
  std::vector<at::Tensor> find(const std::string& key);
  /// Does not keep tensors that exceed the capacity by themselves.
  void keep(const std::string& key, std::vector<at::Tensor> tensors);
  /// Drops all entries whose key begins with `prefix`.
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
