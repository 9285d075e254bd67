#include "registry/word_list.h"

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/read_file.h"

namespace registry {

std::string read_list(const std::filesystem::path& file) {
  try {
    return files::read_file(file, kMaxListBytes);
  } catch (const files::Error& error) {
    throw executor::Error("bad_config", error.what(), "write a word a line, or remove the file");
  }
}

}  // namespace registry
