#include "store/manifest.h"

#include <algorithm>
#include <set>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/input_file.h"
#include "executor/files/sha256.h"
#include "store/transfer_limits.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigits = 64;

[[noreturn]] void refuse(const std::string& cause) {
  throw executor::Error("protocol", "a transfer " + cause);
}

bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// Of letters, digits, '-', '_' and '.', no part beginning with '.': it stays inside its folder.
bool is_name(const std::string& name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  std::size_t levels = 1;
  char before = '/';
  for (const char c : name) {
    if (c == '/') ++levels;
    if (before == '/' && (c == '/' || c == '.')) return false;
    if (c != '/' && !is_safe(c)) return false;
    before = c;
  }
  return before != '/' && levels <= kMaxLevels;
}

bool is_digest(const std::string& text) {
  return text.size() == kDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string hash_file(const fs::path& folder, const schemas::TransferFile& file,
                      const std::function<void()>& beat) {
  files::Sha256 hash;
  for (std::uint64_t offset = 0; offset < file.bytes;) {
    beat();
    const auto piece = read_piece(folder, file, offset);
    hash.add(piece.view());
    offset += piece.size();
  }
  return hash.finish();
}

}  // namespace

Files describe(const fs::path& folder, const std::function<void()>& beat) {
  if (!fs::is_directory(folder)) {
    throw executor::Error("not_found", "there is no " + folder.filename().string());
  }
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_symlink() && entry.is_directory()) continue;
    if (entry.is_symlink() || !entry.is_regular_file()) {
      throw executor::Error("internal", entry.path().string() + " is not a plain file");
    }
    files.push_back({entry.path().lexically_relative(folder).string(), entry.file_size(), ""});
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (auto& file : files) file.sha256 = hash_file(folder, file, beat);
  return files;
}

void require_sound(const Files& files) {
  if (files.empty() || files.size() > kMaxFiles) {
    refuse("has " + std::to_string(files.size()) + " files, not 1 to " + std::to_string(kMaxFiles));
  }
  std::set<std::string> names;
  std::uint64_t bytes = 0;
  for (const auto& file : files) {
    if (!is_name(file.name)) refuse("has a file with a name that is not allowed");
    if (!names.insert(file.name).second) refuse("has the file " + file.name + " twice");
    if (!is_digest(file.sha256)) refuse("has a file without a SHA-256: " + file.name);
    if (file.bytes > kMaxTransferBytes - bytes) {
      refuse("has over " + std::to_string(kMaxTransferBytes) + " bytes");
    }
    bytes += file.bytes;
  }
}

std::uint64_t bytes_of(const Files& files) {
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.bytes;
  return bytes;
}

schemas::Blob read_piece(const fs::path& folder, const schemas::TransferFile& file,
                         std::uint64_t offset) {
  const auto count = std::min(kPieceBytes, file.bytes - std::min(offset, file.bytes));
  std::string bytes(count, '\0');
  try {
    const files::InputFile in(folder / file.name);
    if (count > 0 && in.read(bytes.data(), count, offset) == count) {
      return schemas::Blob(std::move(bytes));
    }
  } catch (const files::Error&) {
    // Said below: who asks from elsewhere is not told where this lies.
  }
  throw executor::Error("internal",
                        "byte " + std::to_string(offset) + " of " + file.name + " cannot be read");
}

}  // namespace store
