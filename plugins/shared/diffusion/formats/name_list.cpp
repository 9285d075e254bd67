#include "diffusion/formats/name_list.h"

namespace diffusion {
namespace {

constexpr std::size_t kListed = 10;

}  // namespace

std::string name_list(const char* title, const std::vector<std::string>& entries) {
  if (entries.empty()) return "";
  std::string text = std::string("\n  ") + title + " (" + std::to_string(entries.size()) + "):";
  for (std::size_t i = 0; i < entries.size() && i < kListed; ++i) text += "\n    " + entries[i];
  return text + (entries.size() > kListed ? "\n    ..." : "");
}

}  // namespace diffusion
