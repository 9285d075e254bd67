#include "sampler/allocation.h"

#include <algorithm>

namespace sampler {
namespace {

struct Category {
  std::string name;
  std::vector<std::size_t> things;
};

// The current category first, then the others in the order in which they were learned.
std::vector<Category> by_category(const std::string& current,
                                  const std::vector<std::string>& earlier) {
  std::vector<Category> categories = {{current, {}}};
  for (std::size_t thing = 0; thing < earlier.size(); ++thing) {
    auto found = std::find_if(categories.begin(), categories.end(),
                              [&](const Category& c) { return c.name == earlier[thing]; });
    if (found == categories.end()) found = categories.insert(found, {earlier[thing], {}});
    found->things.push_back(thing);
  }
  return categories;
}

void split(const Category& category, double share, std::vector<Share>& shares) {
  const bool learned = !category.things.empty();
  shares.push_back({category.name, {}, learned ? share / 2 : share});
  for (const auto thing : category.things) {
    shares.push_back(
        {category.name, thing, share / 2 / static_cast<double>(category.things.size())});
  }
}

}  // namespace

std::vector<Share> big_allocation(const std::string& category,
                                  const std::vector<std::string>& earlier) {
  const auto categories = by_category(category, earlier);
  const std::size_t others = categories.size() - 1;
  std::vector<Share> shares;
  split(categories.front(), others == 0 ? 1 : 0.5, shares);
  for (std::size_t c = 1; c <= others; ++c) {
    split(categories[c], 0.5 / static_cast<double>(others), shares);
  }
  return shares;
}

std::vector<Share> prototype_allocation(const std::string& category,
                                        const std::vector<std::string>& earlier,
                                        std::int64_t budget) {
  const auto categories = by_category(category, earlier);
  const auto others = static_cast<std::int64_t>(categories.size()) - 1;
  std::vector<Share> shares;
  std::int64_t used = 0;
  const auto put = [&](const std::string& name, std::optional<std::size_t> thing,
                       std::int64_t files) {
    if (files > 0) shares.push_back({name, thing, static_cast<double>(files)});
    used += files;
  };
  for (std::int64_t c = 0; c <= others; ++c) {
    const auto& [name, things] = categories[static_cast<std::size_t>(c)];
    std::int64_t files = budget;
    if (others > 0) files = c == 0 ? budget / 2 : budget / 2 / others;
    put(name, {}, things.empty() ? files : files / 2);
    for (const auto thing : things) {
      put(name, thing, files / 2 / static_cast<std::int64_t>(things.size()));
    }
  }
  if (used == 0) return {{category, {}, 1}};
  for (auto& share : shares) share.share /= static_cast<double>(used);
  return shares;
}

std::vector<Share> equal_allocation(const std::vector<std::string>& categories) {
  std::vector<Share> shares;
  for (const auto& category : categories) {
    shares.push_back({category, {}, 1.0 / static_cast<double>(categories.size())});
  }
  return shares;
}

std::vector<Share> with_general(std::vector<Share> shares, const std::vector<std::string>& words,
                                double general) {
  if (words.empty() || !(general > 0)) return shares;
  for (auto& share : shares) share.share *= 1 - general;
  for (const auto& word : words) {
    shares.push_back({word, {}, general / static_cast<double>(words.size())});
  }
  return shares;
}

double forgetting(double before, double just, double now) {
  if (!(before > just)) return 0;
  return std::clamp((now - just) / (before - just), 0.0, 1.0);
}

std::vector<Share> adaptive_allocation(const std::string& category,
                                       const std::vector<std::string>& earlier,
                                       const std::vector<double>& forgotten) {
  auto shares = big_allocation(category, earlier);
  double sum = 0;
  for (auto& share : shares) {
    if (share.thing) share.share *= 1 + (kMostReplay - 1) * forgotten.at(*share.thing);
    sum += share.share;
  }
  for (auto& share : shares) share.share /= sum;
  return shares;
}

}  // namespace sampler
