#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "flow/file/flow.h"

namespace flow::command {

/// What the program souvenir-model says of a model before anything is started with it. Throws
/// executor::Error(bad_config) when the model cannot be used. Returns what is odd about it, a line
/// each; nothing where that program is not installed.
std::vector<std::string> ask_about_model(const std::filesystem::path& model);

/// The same for every model that the flow's stages on this host name by their parameter `model`.
std::vector<std::string> ask_about_models(const Flow& flow);

}  // namespace flow::command
