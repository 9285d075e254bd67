#pragma once

#include <string>
#include <vector>

#include "flow/command/json.h"
#include "schemas/message.h"

namespace flow::command {

/// The answers of any route as JSON: an array of {type, body, blobs}. With a folder, saves each
/// blob there and names its file. Throws executor::Error(exists) instead of replacing a file.
Json answers_json(const std::vector<schemas::Message>& answers, const std::string& output_dir);

}  // namespace flow::command
