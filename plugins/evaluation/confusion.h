#pragma once

#include <cstddef>
#include <vector>

namespace evaluation {

/// How often the judge takes a picture of one thing for another.
class Confusion {
 public:
  explicit Confusion(std::size_t things);

  /// A generated picture of thing `truth` was taken for thing `seen`.
  void add(std::size_t truth, std::size_t seen);

  /// The share of the pictures of `truth` that were taken for `seen`; 0 without any.
  double share(std::size_t truth, std::size_t seen) const;
  /// The share of all pictures that were recognised; 1 when there are none.
  double identity_accuracy() const;

 private:
  std::vector<std::vector<std::size_t>> counts_;  // [truth][seen]
};

}  // namespace evaluation
