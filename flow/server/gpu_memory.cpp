#include "flow/server/gpu_memory.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "flow/file/check.h"

namespace flow {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr const char* kVisible = "CUDA_VISIBLE_DEVICES";

// Up to the next comma, without the blanks around it.
std::string next_field(std::istream& line) {
  std::string field;
  std::getline(line, field, ',');
  const auto first = field.find_first_not_of(" \t\r");
  if (first == field.npos) return "";
  return field.substr(first, field.find_last_not_of(" \t\r") - first + 1);
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == text.npos;
}

// The GPU that CUDA calls so: by its index, or by its UUID or the beginning of it.
const Gpu* find_gpu(const std::vector<Gpu>& gpus, const std::string& name) {
  const auto found = std::find_if(gpus.begin(), gpus.end(), [&](const Gpu& gpu) {
    return gpu.index == name || (name.starts_with("GPU-") && gpu.uuid.starts_with(name));
  });
  return found == gpus.end() ? nullptr : &*found;
}

// "" when the stage sees none.
std::string first_visible(const Stage& stage, const std::string& visible) {
  const auto own = stage.env.find(kVisible);
  if (own == stage.env.end() && visible.empty()) return "0";
  std::istringstream names(own == stage.env.end() ? visible : own->second);
  const std::string first = next_field(names);
  return first == "-1" ? "" : first;
}

GpuShare& share_of(std::vector<GpuShare>& shares, const std::vector<Gpu>& gpus,
                   const std::string& name) {
  const Gpu* known = find_gpu(gpus, name);
  const std::string& gpu = known == nullptr ? name : known->index;
  for (auto& share : shares) {
    if (share.gpu == gpu) return share;
  }
  shares.push_back({gpu, {}});
  if (known != nullptr) shares.back().memory_bytes = known->memory_bytes;
  return shares.back();
}

std::string text_of(const Stage& stage) {
  const std::string times = stage.replicas == 1 ? "" : std::to_string(stage.replicas) + " x ";
  return stage.name + " (" + times + gib_text(stage.gpu_memory_bytes) + ")";
}

}  // namespace

std::vector<Gpu> gpus_in(const std::string& listed) {
  std::vector<Gpu> gpus;
  std::istringstream lines(listed);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    const std::string index = next_field(fields), uuid = next_field(fields);
    const std::string memory = next_field(fields);
    if (!is_number(index) || !uuid.starts_with("GPU-") || !is_number(memory)) continue;
    gpus.push_back({index, uuid, std::stoull(memory) * kMiB});
  }
  return gpus;
}

std::vector<GpuShare> gpu_shares(const Flow& flow, const std::vector<Gpu>& gpus,
                                 const std::string& visible) {
  std::vector<GpuShare> shares;
  for (std::size_t i = 0; i < flow.stages.size(); ++i) {
    const Stage& stage = flow.stages[i];
    if (stage.remote || stage.gpu_memory_bytes == 0) continue;
    const std::string name = first_visible(stage, visible);
    if (name.empty()) continue;
    GpuShare& share = share_of(shares, gpus, name);
    share.stages.push_back(i);
    share.budget_bytes += stage.gpu_memory_bytes * stage.replicas;
  }
  return shares;
}

void check_gpu_shares(const Flow& flow, const std::vector<GpuShare>& shares) {
  for (const auto& share : shares) {
    if (!share.memory_bytes || share.budget_bytes <= *share.memory_bytes) continue;
    std::vector<std::string> takers;
    for (const std::size_t stage : share.stages) takers.push_back(text_of(flow.stages[stage]));
    fail_at(flow.stages[share.stages.back()].place,
            "GPU " + share.gpu + " has " + gib_text(*share.memory_bytes) + ", but " +
                gib_text(share.budget_bytes) + " of it are promised to " + list(takers),
            "lower a gpu_memory, take fewer replicas, or another GPU: env = { " +
                std::string(kVisible) + " = \"1\" }");
  }
}

std::string gib_text(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", static_cast<double>(bytes) / (1024.0 * kMiB));
  return text;
}

}  // namespace flow
