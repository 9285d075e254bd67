#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flow {

/// The name of a flow or an executor: 1 to kMaxNameLength of a-z, 0-9, _ and -.
bool is_name(std::string_view text);

/// "/name", at most kMaxEndpointLength of a-z, 0-9, _, - and /.
bool is_endpoint(std::string_view text);

/// A field of a message's body: names of a-z, 0-9 and _ with a dot between map and field, together
/// 1 to kMaxFieldLength.
bool is_field(std::string_view text);

/// Letters, digits and _, not a digit first.
bool is_environment_name(std::string_view text);

/// The parts of "a > b > c" without the spaces around them; "" where nothing stands between two
/// '>'.
std::vector<std::string> split_path(const std::string& path);

}  // namespace flow
