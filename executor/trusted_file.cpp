#include "executor/trusted_file.h"

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/input_file.h"
#include "executor/files/trusted.h"

namespace executor {
namespace {

template <typename Work>
auto with_hint(const char* hint, const Work& work) {
  try {
    return work();
  } catch (const files::Error& error) {
    throw Error("bad_config", error.what(), hint);
  }
}

constexpr const char* kFileHint = "name an existing file of yours";

std::string read(const std::filesystem::path& file, std::size_t most_bytes, files::Others may) {
  return with_hint(kFileHint, [&] {
    const files::InputFile opened(file);
    files::require_trusted(opened, may);
    return opened.text(most_bytes);
  });
}

constexpr const char* kFolderHint =
    "name (SOUVENIR_HOME, SOUVENIR_PLUGINS) one of yours, in folders that others cannot write";

}  // namespace

std::string read_secret_file(const std::filesystem::path& file, std::size_t most_bytes) {
  return read(file, most_bytes, files::Others::nothing);
}

std::string read_trusted_file(const std::filesystem::path& file, std::size_t most_bytes) {
  return read(file, most_bytes, files::Others::read);
}

std::filesystem::path require_trusted_file(const std::filesystem::path& file) {
  return with_hint(kFileHint, [&] {
    const files::InputFile opened(file);
    files::require_trusted(opened, files::Others::read);
    return opened.real_path();
  });
}

void make_private_folder(const std::filesystem::path& folder) {
  with_hint(kFolderHint, [&] { files::make_private_folder(folder); });
}

void require_trusted_folder(const std::filesystem::path& folder) {
  with_hint(kFolderHint, [&] { files::require_trusted_folder(folder); });
}

}  // namespace executor
