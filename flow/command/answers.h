#pragma once

#include <string>
#include <vector>

#include "flow/command/json.h"
#include "schemas/message.h"

namespace flow::command {

/// Answers of any route as JSON: an array of {type, body, blobs}. With a folder, each blob is saved
/// there and named. Throws executor::Error(exists) rather than to replace a file.
Json answers_json(const std::vector<schemas::Message>& answers, const std::string& output_dir);

}  // namespace flow::command
