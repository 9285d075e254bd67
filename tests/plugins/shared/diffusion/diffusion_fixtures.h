#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "diffusion/training/dreambooth.h"
#include "executor/files/temporary_folder.h"

using files::TemporaryFolder;

/// The small model of the golden case.
std::filesystem::path tiny_model();
/// The one of the case that is written as the published folders of Stable Diffusion 1 are.
std::filesystem::path old_tiny_model();
/// A copy of tiny_model() that a test may damage.
std::filesystem::path copy_of_tiny_model(const TemporaryFolder& folder);

void write_file(const std::filesystem::path& path, const std::string& bytes);
std::string read_file(const std::filesystem::path& path);
void edit_json(const std::filesystem::path& path,
               const std::function<void(nlohmann::json&)>& change);
/// Replaces the tensors of a safetensors file by what `change` makes of them.
void edit_tensors(const std::filesystem::path& path,
                  const std::function<void(std::map<std::string, at::Tensor>&)>& change);

/// What `work` throws as diffusion::Error; fails the test when it throws nothing.
std::string error_of(const std::function<void()>& work);

/// A batch for the tiny model that is a pure function of `seed`: two instance rows, one prior row.
diffusion::Batch batch_from(std::int64_t seed);
/// Two instance rows and two prior rows, with contexts and token ids.
diffusion::Batch four_rows(std::int64_t seed);
