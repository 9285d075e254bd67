#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "executor/socket.h"

namespace flow {

/// A new job's id: "j-" and 16 random hexadecimal digits.
std::string new_job_id();

/// A key that no other request has: "k-" and 16 random hexadecimal digits.
std::string new_request_key();

/// What jobs of a serial route wait for each other by.
struct SerialKey {
  std::string text;
  bool shared = false;  ///< it is one for all owners
};

/// The key of a serial route: the values of `fields` in a request's body, and
/// the owner unless the target is the shared model. Throws schemas::CodecError
/// when the body is none.
SerialKey serial_key(const std::vector<std::string>& fields, std::string_view body,
                     const std::string& endpoint, const std::string& owner);

/// The values of `fields` in a body as one text; those that it lacks are empty. "settings.version"
/// is the field of a map within.
/// Throws schemas::CodecError when the body is none.
std::string values_of(const std::vector<std::string>& fields, std::string_view body);

/// What tells requests with one idempotency key apart: XXH3, 128 bits, over endpoint, type, body
/// and blobs, 32 hexadecimal digits. No defence against its own user, who alone can repeat a key.
/// Throws std::bad_alloc.
std::string digest(const executor::Packet& request);

}  // namespace flow
