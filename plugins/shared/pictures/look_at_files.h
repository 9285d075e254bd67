#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pictures {

/// What is wrong with each file as a picture, a text that continues its name ("is empty"); "" when
/// nothing is. Decodes each, in a Decoder's process. Throws std::system_error as Decoder.
std::vector<std::string> look_at_files(const std::vector<std::filesystem::path>& files);

}  // namespace pictures
