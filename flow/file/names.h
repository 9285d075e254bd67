#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flow {

/// Whether `text` can name a flow or a stage: 1 to kMaxNameLength characters, all of them a-z, 0-9,
/// _ or -.
bool is_name(std::string_view text);

/// Whether `text` is "/name": at most kMaxEndpointLength characters, all of them a-z, 0-9, _, - or
/// /.
bool is_endpoint(std::string_view text);

/// Whether `text` names a field of a message's body: names of a-z, 0-9 and _, with a dot between
/// map and field, together 1 to kMaxFieldLength characters.
bool is_field(std::string_view text);

/// Whether `text` has only letters, digits and _, and does not start with a digit.
bool is_environment_name(std::string_view text);

/// The parts of "a > b > c" without surrounding spaces; "" where nothing is between two '>'.
std::vector<std::string> split_path(const std::string& path);

}  // namespace flow
