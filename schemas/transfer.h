#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/codec.h"

/// How folders travel between hosts: stages that do not share a disk with the registry ask it on
/// /store, and it never asks them. A folder is a transfer: named by kind and id, described by its
/// files, carried in pieces.
namespace schemas {

/// What a transfer holds; names are the wire's.
inline constexpr const char* kVersionFolder = "version";        ///< a model; id = of the version
inline constexpr const char* kReplayFolder = "replay";          ///< of a thing; id = its version
inline constexpr const char* kCheckpointFolder = "checkpoint";  ///< id = the job

struct TransferFile {
  std::string name;  ///< "unet/config.json"
  std::uint64_t bytes = 0;
  std::string sha256;  ///< of the whole file, 64 hexadecimal digits
  MSGPACK_DEFINE_MAP(name, bytes, sha256)
};

/// stage -> registry, and back with `same`: whether both see home/store/here/TOKEN, which the stage
/// has just made.
struct SameDisk {
  static constexpr const char* kType = "same_disk.v1";
  std::string token;
  bool same = false;
  MSGPACK_DEFINE_MAP(token, same)
};

/// stage -> registry: which files has it? Answered by Manifest.
struct ManifestOf {
  static constexpr const char* kType = "manifest_of.v1";
  std::string kind;
  std::string id;
  MSGPACK_DEFINE_MAP(kind, id)
};

/// registry -> stage: the files in order of their names.
struct Manifest {
  static constexpr const char* kType = "manifest.v1";
  std::string kind;
  std::string id;
  std::vector<TransferFile> files;
  MSGPACK_DEFINE_MAP(kind, id, files)
};

/// stage -> registry: the bytes of a file from `offset` on. Answered by Piece.
struct PieceOf {
  static constexpr const char* kType = "piece_of.v1";
  std::string kind;
  std::string id;
  std::uint64_t file = 0;  ///< place among the files
  std::uint64_t offset = 0;
  MSGPACK_DEFINE_MAP(kind, id, file, offset)
};

/// stage -> registry: what an attempt of a job is about to send. Answered by Held. Sent again with
/// `whole` once all is there: it is verified and put into its place.
struct Offer {
  static constexpr const char* kType = "offer.v1";
  std::string kind;
  std::string id;
  std::string job;
  std::uint64_t epoch = 0;
  std::vector<TransferFile> files;
  bool whole = false;
  MSGPACK_DEFINE_MAP(kind, id, job, epoch, files, whole)
};

/// In one blob the bytes of a file from `offset` on. To the registry of an offer: answered by Held.
struct Piece {
  static constexpr const char* kType = "piece.v1";
  std::string kind;
  std::string id;
  std::string job;          ///< of an offer
  std::uint64_t epoch = 0;  ///< of an offer
  std::uint64_t file = 0;
  std::uint64_t offset = 0;
  std::string sha256;  ///< of the blob
  MSGPACK_DEFINE_MAP(kind, id, job, epoch, file, offset, sha256)
};

/// registry -> stage: how many bytes of each file have arrived.
struct Held {
  static constexpr const char* kType = "held.v1";
  std::vector<std::uint64_t> bytes;
  MSGPACK_DEFINE_MAP(bytes)
};

}  // namespace schemas
