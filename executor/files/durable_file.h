#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace files {

class InputFile;

/// Writes a file that appears whole or not at all: `write` gets a function that appends bytes; the
/// bytes go to a file beside `path`, which is flushed to disk and renamed to `path`, and the folder
/// is flushed too. When `write` throws, or the disk refuses, `path` is as before. Throws Error,
/// DiskFull for want of room.
using Append = std::function<void(std::string_view bytes)>;
void write_durably(const std::filesystem::path& path,
                   const std::function<void(const Append&)>& write);

/// Flushes a folder's entries to disk. Throws Error.
void flush_folder(const std::filesystem::path& folder);

/// Flushes a folder to disk, with every file and folder below it. `before` is called before each of
/// them with the bytes that it has (a folder: 0), because flushing takes long and cannot be
/// interrupted. Throws Error, also for what is neither file nor folder, DiskFull for want of room,
/// and what `before` throws.
void flush_tree(const std::filesystem::path& folder,
                const std::function<void(std::uint64_t bytes)>& before = {});

/// Copies one regular file and flushes the copy to disk. Throws Error.
void copy_durably(const std::filesystem::path& from, const std::filesystem::path& to);
void copy_durably(const InputFile& from, const std::filesystem::path& to);

}  // namespace files
