#pragma once

#include <string>
#include <vector>

#include "schemas/codec.h"

namespace schemas {

/// client -> gateway, /admin/updateUserEmails: who may use the service with a token, in addition to
/// the flow file's users. Entries without '@' are domains. Replaces the former list.
struct UserEmails {
  static constexpr const char* kType = "user_emails.v1";
  std::vector<std::string> user_emails;
  MSGPACK_DEFINE_MAP(user_emails)
};

/// client -> gateway, /admin/updateApiKeys: API keys that were made elsewhere, 32 to 256 characters
/// each. The gateway keeps them as hashes and revokes the keys of the former call. `owner` is the
/// principal of their requests.
struct ApiKeyList {
  static constexpr const char* kType = "api_keys.v1";
  std::vector<std::string> api_keys;
  std::string owner = "api";
  MSGPACK_DEFINE_MAP(api_keys, owner)
};

/// gateway -> client: how many entries the changed list has.
struct Changed {
  static constexpr const char* kType = "changed.v1";
  std::int64_t count = 0;
  MSGPACK_DEFINE_MAP(count)
};

}  // namespace schemas
