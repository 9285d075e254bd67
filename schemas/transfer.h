#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/capability.h"
#include "schemas/codec.h"

/// How folders travel between hosts. Stages that do not share a disk with storage call /store and
/// /offer; storage never calls them. A transfer is one folder: named by kind and id, described by
/// its list of files, sent in pieces. Every request but SameDisk shows the proof of a Capability
/// that the job has; one without is refused as `forbidden`, whether there is such a folder or not.
namespace schemas {

/// The kinds of transfer, as named on the wire.
inline constexpr const char* kVersionFolder = "version";  ///< a model; id = the version
/// A thing's replay memory; id = the version that learned the thing.
inline constexpr const char* kReplayFolder = "replay";
inline constexpr const char* kCheckpointFolder = "checkpoint";  ///< id = the job

inline bool is_transfer_kind(std::string_view kind) {
  return kind == kVersionFolder || kind == kReplayFolder || kind == kCheckpointFolder;
}

struct TransferFile {
  std::string name;  ///< "unet/config.json"
  std::uint64_t bytes = 0;
  std::string sha256;  ///< of the whole file, 64 hexadecimal digits
  MSGPACK_DEFINE_MAP(name, bytes, sha256)
};

/// stage -> storage, and back with `same` filled in: whether the storage also sees
/// home/store/here/TOKEN, which the stage has just created.
struct SameDisk {
  static constexpr const char* kType = "same_disk.v1";
  std::string token;
  bool same = false;
  MSGPACK_DEFINE_MAP(token, same)
};

/// stage -> storage: which files does the folder have? Answered by Manifest. With `asks_right`
/// only: may the job do this with it? Then the manifest names no files.
struct ManifestOf {
  static constexpr const char* kType = "manifest_of.v1";
  std::string kind;
  std::string id;
  std::string proof = {};
  bool asks_right = false;
  std::string right = kRead;  ///< kWrite only with `asks_right`
  std::string job = {};       ///< of a write, this and the next: the attempt of the job
  std::uint64_t epoch = 0;
  MSGPACK_DEFINE_MAP(kind, id, proof, asks_right, right, job, epoch)
};

/// storage -> stage: the files, sorted by name.
struct Manifest {
  static constexpr const char* kType = "manifest.v1";
  std::string kind;
  std::string id;
  std::vector<TransferFile> files;
  MSGPACK_DEFINE_MAP(kind, id, files)
};

/// stage -> storage: asks for the bytes of a file from `offset` on. Answered by Piece.
struct PieceOf {
  static constexpr const char* kType = "piece_of.v1";
  std::string kind;
  std::string id;
  std::uint64_t file = 0;  ///< index into the manifest's files
  std::uint64_t offset = 0;
  std::string proof = {};  ///< of reading
  MSGPACK_DEFINE_MAP(kind, id, file, offset, proof)
};

/// stage -> registry: the folder that an attempt of a job is about to send. Storage answers with
/// Held. The stage sends it again with `whole` once everything has arrived; storage then verifies
/// the folder and moves it into place.
struct Offer {
  static constexpr const char* kType = "offer.v1";
  std::string kind;
  std::string id;
  std::string job;
  std::uint64_t epoch = 0;
  std::vector<TransferFile> files;
  bool whole = false;
  std::string proof = {};  ///< of writing
  MSGPACK_DEFINE_MAP(kind, id, job, epoch, files, whole, proof)
};

/// registry -> storage: the offer comes from the present attempt of a job that has not ended.
struct Granted {
  static constexpr const char* kType = "granted.v1";
  Offer offer;
  MSGPACK_DEFINE_MAP(offer)
};

/// The bytes of a file from `offset` on, in one blob. As part of an offer, to storage: answered by
/// Held.
struct Piece {
  static constexpr const char* kType = "piece.v1";
  std::string kind;
  std::string id;
  std::string job;          ///< of an offer
  std::uint64_t epoch = 0;  ///< of an offer
  std::uint64_t file = 0;
  std::uint64_t offset = 0;
  std::string sha256;      ///< of the blob
  std::string proof = {};  ///< of an offer: of writing
  MSGPACK_DEFINE_MAP(kind, id, job, epoch, file, offset, sha256, proof)
};

/// storage -> stage: how many bytes of each file have arrived. Of none when a piece comes of no
/// offer that is open (another has taken its place, or storage was started again): offer it again.
struct Held {
  static constexpr const char* kType = "held.v1";
  std::vector<std::uint64_t> bytes;
  MSGPACK_DEFINE_MAP(bytes)
};

}  // namespace schemas
