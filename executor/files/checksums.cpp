#include "executor/files/checksums.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>

#include "executor/files/durable_file.h"
#include "executor/files/fail.h"
#include "executor/files/json_file.h"
#include "executor/files/mapped_file.h"

namespace files {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Json note_of(const fs::path& file, const std::function<void()>& beat) {
  const MappedFile content(file);
  const auto bytes = content.bytes();
  Crc32 sum;
  for (std::size_t offset = 0; offset < bytes.size(); offset += kBeatBytes) {
    if (beat) beat();
    sum.add(bytes.substr(offset, kBeatBytes));
  }
  return {{"bytes", bytes.size()}, {"crc32", sum.digits()}};
}

// Files of the folder itself belong to every part.
bool is_in(const std::string& name, const std::vector<std::string>& parts) {
  const auto slash = name.find('/');
  return parts.empty() || slash == name.npos ||
         std::find(parts.begin(), parts.end(), name.substr(0, slash)) != parts.end();
}

}  // namespace

void Crc32::add(std::string_view bytes) {
  value_ = static_cast<std::uint32_t>(
      crc32_z(value_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::string Crc32::digits() const {
  char text[kChecksumDigits + 1];
  std::snprintf(text, sizeof text, "%08x", value_);
  return text;
}

std::string checksum_of(std::string_view bytes) {
  Crc32 sum;
  sum.add(bytes);
  return sum.digits();
}

void write_checksums(const fs::path& folder, const std::function<void()>& beat) {
  Json notes = Json::object();
  with_file_errors([&] {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      require_plain(entry);
      const auto name = fs::relative(entry.path(), folder).generic_string();
      if (entry.is_regular_file() && name != kChecksumsFile) {
        notes[name] = note_of(entry.path(), beat);
      }
    }
  });
  write_durably(folder / kChecksumsFile, [&](const Append& append) { append(notes.dump(1)); });
}

void check_checksums(const fs::path& folder, const std::vector<std::string>& parts,
                     const std::function<void()>& beat) {
  if (!fs::exists(folder / kChecksumsFile)) return;
  const Json notes = read_json_file(folder / kChecksumsFile);
  if (!notes.is_object()) throw Error((folder / kChecksumsFile).string() + ": is damaged");
  for (const auto& [name, note] : notes.items()) {
    if (is_in(name, parts) && note != note_of(folder / name, beat)) {
      throw Error((folder / name).string() + ": is not as it was written: the disk, or somebody, " +
                  "has changed it");
    }
  }
}

}  // namespace files
