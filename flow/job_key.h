#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flow {

/// A new job's id: "j-" and 16 random hexadecimal digits.
std::string new_job_id();

/// The key of a serial route: the values of `fields` in a request's body, and the owner unless the
/// target is the shared model. Throws schemas::CodecError when the body is none.
std::string serial_key(const std::vector<std::string>& fields, std::string_view body,
                       const std::string& endpoint, const std::string& owner);

}  // namespace flow
