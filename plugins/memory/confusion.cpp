#include "memory/confusion.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace memory {

Confusion::Confusion(std::vector<std::string> categories)
    : categories_(std::move(categories)),
      counts_(categories_.size(), std::vector<std::size_t>(categories_.size())) {}

void Confusion::add(std::size_t truth, std::size_t seen) {
  ++counts_.at(truth).at(seen);
}

double Confusion::share(std::size_t truth, std::size_t seen) const {
  const auto& row = counts_.at(truth);
  const auto all = std::accumulate(row.begin(), row.end(), std::size_t{0});
  return all ? static_cast<double>(row.at(seen)) / static_cast<double>(all) : 0;
}

double Confusion::accuracy(const std::vector<bool>& counted) const {
  std::size_t right = 0, all = 0;
  for (std::size_t thing = 0; thing < things(); ++thing) {
    if (!counted[thing]) continue;
    right += counts_[thing][thing];
    all += std::accumulate(counts_[thing].begin(), counts_[thing].end(), std::size_t{0});
  }
  return all ? static_cast<double>(right) / static_cast<double>(all) : 1;
}

double Confusion::identity_accuracy() const {
  return accuracy(std::vector<bool>(things(), true));
}

double Confusion::accuracy_within_categories() const {
  std::vector<bool> shared;
  for (const auto& category : categories_) {
    shared.push_back(std::count(categories_.begin(), categories_.end(), category) > 1);
  }
  return accuracy(shared);
}

}  // namespace memory
