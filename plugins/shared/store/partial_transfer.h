#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/files/sha256.h"
#include "store/manifest.h"

namespace store {

/// A transfer that arrives piece by piece in a folder of its own, which outlives the process:
/// whoever opens the folder again with the same files goes on where the last piece ended. Nothing
/// of it is used before finish(). Used by one thread; of one folder there is one at a time.
class PartialTransfer {
 public:
  /// Goes on with what lies in `folder`, reading it once for its hash (`beat` before each piece),
  /// or begins from the start when that is of other files. Throws Error(protocol) for files that
  /// are not sound (manifest.h), Error(unavailable) when the disk refuses.
  PartialTransfer(std::filesystem::path folder, Files files, const std::function<void()>& beat);

  const Files& files() const { return files_; }
  /// Bytes of each file that are here.
  std::vector<std::uint64_t> held() const;

  /// The next bytes of a file. False when they are not those of `sha256`: they were damaged on the
  /// way. Throws Error(protocol) when they are not the next ones or too many, Error(unavailable)
  /// when the disk refuses. Nothing is changed then.
  bool add(std::uint64_t file, std::uint64_t offset, std::string_view bytes,
           const std::string& sha256);

  /// All is here: compares each file with its hash, flushes all to disk and moves it to `to`, in
  /// the place of what was there. Throws Error(protocol) when something is missing, or is not what
  /// was announced: then that file begins from the start.
  void finish(const std::filesystem::path& to);

 private:
  struct Part {
    std::uint64_t bytes = 0;
    files::Sha256 hash;
  };
  void open(std::size_t file, const std::function<void()>& beat);
  std::filesystem::path path_of(std::size_t file) const;

  std::filesystem::path folder_;
  Files files_;
  std::vector<Part> parts_;
};

}  // namespace store
