#include "executor/files/read_file.h"

#include "executor/files/input_file.h"

namespace files {

std::string read_file(const std::filesystem::path& file, std::size_t most_bytes) {
  return InputFile(file).text(most_bytes);
}

}  // namespace files
