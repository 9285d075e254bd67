#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tests {

/// A copy of the golden case's model below `folder`, which a test may change. Without LibTorch.
std::filesystem::path copied_model(const std::filesystem::path& folder);

void put_file(const std::filesystem::path& file, const std::string& bytes);
void change_json(const std::filesystem::path& file,
                 const std::function<void(nlohmann::json&)>& change);
/// Drops tensors, and adds such that hold one number.
void change_tensors(const std::filesystem::path& file, const std::vector<std::string>& dropped,
                    const std::vector<std::string>& added);
/// A safetensors file of tensors that hold one number each.
void put_tensors(const std::filesystem::path& file, const std::vector<std::string>& names);

/// What `work` throws as files::Error; "" when it throws nothing.
std::string thrown_by(const std::function<void()>& work);

}  // namespace tests
