#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace diffusion {

/// Whether a model can be used, seen from its configurations and the headers of its weights alone:
/// before anything is started, and without LibTorch.
///
/// `given` is what open_model() takes (model_source.h). Throws Error, one clear text with what to
/// do, when a part is missing or is something else, lacks tensors, or does not fit the others.
/// Returns what is odd but does not hinder, a line each: tensors that are left over, settings that
/// no network knows, listed parts that are not there, a scheduler that pictures are not drawn with.
std::vector<std::string> check_model(const std::filesystem::path& given);

}  // namespace diffusion
