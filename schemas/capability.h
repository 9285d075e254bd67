#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "schemas/codec.h"

namespace schemas {

/// What may be done with an artefact of the store.
inline constexpr const char* kRead = "read";
inline constexpr const char* kWrite = "write";

/// One thing that a job may do with one artefact of the store (schemas/transfer.h has the kinds).
/// The registry puts it into the settings of the job; who carries the job out shows it with each
/// request for the artefact. `proof` says so in a way that nobody else can write: it holds for the
/// one job of a client that it was made for, and that of a write for one attempt of it.
struct Capability {
  std::string kind;
  std::string id;
  std::string right;  ///< kRead or kWrite
  std::string proof;  ///< 64 hexadecimal digits: store/capability_key.h
  MSGPACK_DEFINE_MAP(kind, id, right, proof)
};

/// The proof in the capability for this use; empty when there is none.
inline std::string proof_of(const std::vector<Capability>& capabilities, const std::string& kind,
                            const std::string& id, const std::string& right) {
  const auto found =
      std::find_if(capabilities.begin(), capabilities.end(), [&](const Capability& each) {
        return each.kind == kind && each.id == id && each.right == right;
      });
  return found == capabilities.end() ? "" : found->proof;
}

}  // namespace schemas
