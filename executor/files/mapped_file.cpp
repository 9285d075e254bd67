#include "executor/files/mapped_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "executor/files/fail.h"
#include "executor/files/input_file.h"

namespace files {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const InputFile file(path);  // it stays mapped after its descriptor is closed
  size_ = static_cast<std::size_t>(file.size());
  if (size_ == 0) return;
  void* memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.descriptor(), 0);
  if (memory == MAP_FAILED) fail(path, "cannot be read");
  data_ = static_cast<char*>(memory);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(data_, size_);
}

void MappedFile::forget(std::size_t begin, std::size_t end) const {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t first = (begin + page - 1) / page * page, last = end / page * page;
  // Advice alone: when it is not taken, memory is used that could have been free.
  if (first < last) ::madvise(data_ + first, last - first, MADV_DONTNEED);
}

}  // namespace files
