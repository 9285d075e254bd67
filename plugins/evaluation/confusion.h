#pragma once

#include <cstddef>
#include <vector>

namespace evaluation {

/// How often the judge mistakes a picture of one thing for another thing.
class Confusion {
 public:
  explicit Confusion(std::size_t things);

  /// Counts a generated picture of thing `truth` that was recognised as thing `seen`.
  void add(std::size_t truth, std::size_t seen);

  /// The share of the pictures of `truth` that were recognised as `seen`; 0 without pictures.
  double share(std::size_t truth, std::size_t seen) const;
  /// The share of all pictures that were recognised correctly; 1 without pictures.
  double identity_accuracy() const;

 private:
  std::vector<std::vector<std::size_t>> counts_;  // [truth][seen]
};

}  // namespace evaluation
