#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "schemas/blob.h"
#include "schemas/transfer.h"

namespace store {

using Files = std::vector<schemas::TransferFile>;

/// The files of a folder in order of their names, each read once for its hash; `beat` is called
/// before every piece, and may throw. Throws Error(not_found) when there is no folder, Error
/// (internal) for what is no plain file.
Files describe(const std::filesystem::path& folder, const std::function<void()>& beat);

/// What comes from another host: throws Error(protocol) unless the names stay inside a folder, none
/// comes twice, and limits.h holds.
void require_sound(const Files& files);

std::uint64_t bytes_of(const Files& files);

/// The bytes of a file from `offset` on, at most kPieceBytes. Throws Error(internal) when they
/// cannot be read.
schemas::Blob read_piece(const std::filesystem::path& folder, const schemas::TransferFile& file,
                         std::uint64_t offset);

}  // namespace store
