#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "schemas/blob.h"

namespace flow::command {

/// What the program souvenir-decode says of each file as a picture, one text a file: "is empty"; ""
/// when nothing is wrong with it. Nothing at all where the program is not installed, or cannot look
/// (a kernel that does not let it close itself). Throws CallError(cancelled) on Ctrl-C.
std::vector<std::string> ask_about_pictures(const std::vector<std::filesystem::path>& files);

/// As read_files(), once souvenir-decode has looked at each. Throws one executor::Error(bad_input)
/// for all files that cannot be read, or are no picture that can be learned from, each with its
/// reason. Where that program is not installed, the server looks at them alone.
std::vector<schemas::Blob> read_pictures(const std::vector<std::filesystem::path>& files);

}  // namespace flow::command
