#include "evaluation/confusion.h"

#include <numeric>

namespace evaluation {
namespace {

std::size_t sum(const std::vector<std::size_t>& row) {
  return std::accumulate(row.begin(), row.end(), std::size_t{0});
}

}  // namespace

Confusion::Confusion(std::size_t things) : counts_(things, std::vector<std::size_t>(things)) {}

void Confusion::add(std::size_t truth, std::size_t seen) {
  ++counts_.at(truth).at(seen);
}

double Confusion::share(std::size_t truth, std::size_t seen) const {
  const auto& row = counts_.at(truth);
  const auto all = sum(row);
  return all ? static_cast<double>(row.at(seen)) / static_cast<double>(all) : 0;
}

double Confusion::identity_accuracy() const {
  std::size_t right = 0, all = 0;
  for (std::size_t thing = 0; thing < counts_.size(); ++thing) {
    right += counts_[thing][thing];
    all += sum(counts_[thing]);
  }
  return all ? static_cast<double>(right) / static_cast<double>(all) : 1;
}

}  // namespace evaluation
