#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace memory {

/// How often the judge takes a picture of one thing for another.
class Confusion {
 public:
  /// `categories`: of each thing.
  explicit Confusion(std::vector<std::string> categories);

  /// A generated picture of thing `truth` was taken for thing `seen`.
  void add(std::size_t truth, std::size_t seen);

  /// The share of the pictures of `truth` that were taken for `seen`; 0 without any.
  double share(std::size_t truth, std::size_t seen) const;
  /// The share of all pictures that were recognised.
  double identity_accuracy() const;
  /// The same over things that share their category with another one: dog-a and dog-b. 1 when there
  /// are none.
  double accuracy_within_categories() const;
  std::size_t things() const { return categories_.size(); }

 private:
  double accuracy(const std::vector<bool>& counted) const;

  std::vector<std::string> categories_;
  std::vector<std::vector<std::size_t>> counts_;  // [truth][seen]
};

}  // namespace memory
