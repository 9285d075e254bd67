#include "trainer/losses_file.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>

#include "executor/files/checksums.h"
#include "executor/files/durable_file.h"
#include "executor/files/file_error.h"
#include "executor/files/mapped_file.h"

namespace trainer {

static_assert(std::is_trivially_copyable_v<diffusion::StepResult>);

void write_losses(const std::filesystem::path& file, const Losses& losses) {
  std::filesystem::create_directories(file.parent_path());
  const std::string_view bytes(reinterpret_cast<const char*>(losses.data()),
                               losses.size() * sizeof(diffusion::StepResult));
  files::write_durably(file, [&](const files::Append& append) {
    append(bytes);
    append(files::checksum_of(bytes));
  });
}

Losses read_losses(const std::filesystem::path& file, std::int64_t count) {
  const files::MappedFile content(file);
  const auto all = content.bytes();
  const auto bytes = all.substr(0, all.size() - std::min(all.size(), files::kChecksumDigits));
  const auto wanted = static_cast<std::size_t>(count) * sizeof(diffusion::StepResult);
  if (bytes.size() < wanted || all.substr(bytes.size()) != files::checksum_of(bytes)) {
    throw files::Error(file.string() + " does not hold the losses of " + std::to_string(count) +
                       " steps");
  }
  Losses losses(static_cast<std::size_t>(count));
  std::memcpy(losses.data(), bytes.data(), wanted);
  return losses;
}

}  // namespace trainer
