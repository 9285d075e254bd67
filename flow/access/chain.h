#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace flow::access {

/// How the lines of a log hang together, so that one that is changed, removed or moved is found:
///
///   {"n":8,"at_ms":...,"hash":"H"}    H = SHA-256 (hash of line 7 + this line without its hash)
///
/// A log is one chain over several files: NAME, which grows, and its closed generations
/// NAME.000001, NAME.000002, ... The first line of each says its `generation`, the `oldest` that is
/// kept, and the hash `previous` to it. NAME.head holds the last line's number and hash, so that a
/// cut end is found. The hashes are no secret: who can write all the files can make a new chain. It
/// is found by a hash that is kept elsewhere, which is what the system log is for.

/// Before the first line.
inline const std::string kNoLine(64, '0');

/// A line's number, from 1, and its hash. A value.
struct ChainEnd {
  std::uint64_t n = 0;
  std::string hash = kNoLine;
};

/// A line that was read: the object without its hash, and the hash.
struct ChainedLine {
  std::string object;
  std::string hash;
};

/// The hash of an object "{...}" whose predecessor has the hash `previous`.
std::string chain_hash(const std::string& previous, const std::string& object);
/// The line, without its end.
std::string chained_line(const std::string& object, const std::string& hash);
/// Nothing when the line has not this form.
std::optional<ChainedLine> read_chained_line(std::string_view line);

/// Where a closed generation of a log is.
std::filesystem::path generation_file(const std::filesystem::path& log, std::uint64_t number);
/// The closed generations that are there, by number.
std::map<std::uint64_t, std::filesystem::path> generations_of(const std::filesystem::path& log);

std::filesystem::path head_file(const std::filesystem::path& log);
/// What a head file says; nothing when it is missing or unreadable.
std::optional<ChainEnd> read_head(const std::filesystem::path& log);
/// What is to be written into it, always of the same size.
std::string head_text(const ChainEnd& end);

}  // namespace flow::access
