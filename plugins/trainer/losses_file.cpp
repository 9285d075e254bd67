#include "trainer/losses_file.h"

#include <fstream>
#include <string>
#include <type_traits>

#include "diffusion/error.h"

namespace trainer {

static_assert(std::is_trivially_copyable_v<diffusion::StepResult>);

void write_losses(const std::filesystem::path& file, const Losses& losses) {
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::path fresh = file;
  fresh += ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  for (const auto& loss : losses) out.write(reinterpret_cast<const char*>(&loss), sizeof loss);
  out.close();
  if (!out) throw diffusion::Error(fresh.string() + " cannot be written");
  std::filesystem::rename(fresh, file);
}

Losses read_losses(const std::filesystem::path& file, std::int64_t count) {
  Losses losses(static_cast<std::size_t>(count));
  std::ifstream in(file, std::ios::binary);
  for (auto& loss : losses) in.read(reinterpret_cast<char*>(&loss), sizeof loss);
  if (!in)
    throw diffusion::Error(file.string() + " does not hold the losses of " + std::to_string(count) +
                           " steps");
  return losses;
}

}  // namespace trainer
