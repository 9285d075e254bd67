#include "executor/files/temporary_folder.h"

#include <stdlib.h>

#include <system_error>

#include "executor/files/fail.h"

namespace files {

TemporaryFolder::TemporaryFolder() {
  std::string name;
  with_file_errors([&] {
    name = (std::filesystem::temp_directory_path() / "souvenir-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) fail(name, "cannot be made");
  });
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace files
