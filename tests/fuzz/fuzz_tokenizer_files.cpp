#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "diffusion/formats/tokenizer.h"
#include "executor/files/file_error.h"

namespace {

namespace fs = std::filesystem;

// In memory: a file is written for each input.
class Folder {
 public:
  Folder() {
    std::string name = "/dev/shm/fuzz-tokenizer-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

// A folder of a tokenizer from a stranger. The files are divided by zero bytes.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const Folder folder;
  constexpr std::array kNames = {"vocab.json", "merges.txt", "tokenizer_config.json",
                                 "tokenizer.json"};
  std::string_view left(reinterpret_cast<const char*>(data), size);
  for (const char* name : kNames) {
    const auto end = left.find('\0');
    std::ofstream(folder.path() / name, std::ios::binary) << left.substr(0, end);
    left.remove_prefix(end == left.npos ? left.size() : end + 1);
  }
  for (const bool whole : {false, true}) {  // with tokenizer.json it is the other layout
    if (!whole) fs::rename(folder.path() / "tokenizer.json", folder.path() / "away");
    if (whole) fs::rename(folder.path() / "away", folder.path() / "tokenizer.json");
    if (whole) fs::remove(folder.path() / "vocab.json");
    try {
      diffusion::Tokenizer(folder.path()).encode("a sks dog, 7 times");
    } catch (const files::Error&) {
    }
  }
  return 0;
}
