#pragma once

#include <filesystem>

#include "executor/executor.h"

namespace store {

/// Makes a finished folder ready to be moved to where nothing changes any more: notes the checksum
/// of every file (executor/files/checksums.h) and flushes all of it to disk. Sealed again it stays
/// as it is. Tells `out` how long each part may take, and gives a sign of life while it reads.
/// Throws Error(internal) on what is no plain file or cannot be read or flushed, Error(unavailable)
/// when the disk has no room, Cancelled.
void seal(const std::filesystem::path& folder, executor::Outbox& out);

/// Whether seal() has come to its end here.
bool is_sealed(const std::filesystem::path& folder);

}  // namespace store
