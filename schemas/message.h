#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "schemas/blob.h"
#include "schemas/codec.h"

namespace schemas {

/// What one stage sends to the next: a typed MessagePack body and its blobs. A value.
///
/// `type` is "noun.v1" and says which struct the body holds. The engine sets the envelope fields
/// (job, root, owner, endpoint, epoch, from_step, seq, last) on delivery, and ignores what a stage
/// writes into them.
struct Message {
  std::string type;
  std::string body;
  std::vector<Blob> blobs;

  std::string job;        ///< the job that this message belongs to
  std::string root;       ///< the client's job that it is for: `job`, or the one it was called for
  std::string owner;      ///< the principal who requested the job
  std::string endpoint;   ///< the route that the job runs along, "/finetune"
  std::uint64_t epoch{};  ///< rises with each attempt of the job
  std::uint64_t from_step{};  ///< the step that this attempt continues from, 0 = the beginning
  std::uint64_t seq{};        ///< position in the stream of this stage's inputs for the job, from 0
  std::uint64_t deadline_ms{};  ///< time left when it arrived here, 0 = no limit
  bool last = true;             ///< whether the stream ends with this message

  template <typename T>
  static Message of(const T& value, std::vector<Blob> blobs = {}) {
    Message message;
    message.type = T::kType;
    message.body = pack(value);
    message.blobs = std::move(blobs);
    return message;
  }

  /// The body as T. Throws CodecError when the type or the fields differ.
  template <typename T>
  T as() const {
    if (type != T::kType) {
      throw CodecError("expected a message of type " + std::string(T::kType) + ", got " + type);
    }
    return unpack<T>(body);
  }
};

}  // namespace schemas
