#include "tests/catch_torch.h"

#include "executor/files/checksums.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <random>

#include "diffusion/training/fit.h"
#include "diffusion_fixtures.h"
#include "executor/files/file_error.h"

namespace fs = std::filesystem;

namespace {

constexpr int kRandomFlips = 1'000;

void write(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  write_file(file, bytes);
}

void flip(const fs::path& file, std::uint64_t at, char bits) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  char byte = 0;
  stream.seekg(static_cast<std::streamoff>(at)).get(byte);
  stream.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(byte ^ bits));
}

// The first, middle and last byte of a file, then random ones: `is_found` says whether a changed
// byte is noticed, and is asked after each change; all are changed back.
void try_flips(const fs::path& file, int random_flips, const std::function<bool()>& is_found) {
  std::mt19937_64 random(7);
  const auto size = fs::file_size(file);
  for (int i = 0; i < random_flips + 3; ++i) {
    const auto at = i == 0 ? 0 : i == 1 ? size / 2 : i == 2 ? size - 1 : random() % size;
    const auto bits = static_cast<char>(1 << random() % 8);
    INFO(file << ", byte " << at << ", bits " << static_cast<int>(bits));
    flip(file, at, bits);
    REQUIRE(is_found());
    flip(file, at, bits);
  }
}

bool is_refused(const fs::path& folder, const std::vector<std::string>& parts = {}) {
  try {
    files::check_checksums(folder, parts);
    return false;
  } catch (const files::Error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("the checksum is that of zlib and PNG") {
  files::Crc32 sum;
  sum.add("1234");
  sum.add("56789");
  CHECK(sum.digits() == "cbf43926");  // the check value of CRC-32/ISO-HDLC
}

TEST_CASE("whatever byte of a folder's files changes is noticed, and so is a file that is gone") {
  const TemporaryFolder folder;
  const fs::path root = folder.path();
  write(root / "model_index.json", "{}");
  write(root / "unet" / "weights.safetensors", std::string(5'003, 'w'));
  write(root / "vae" / "config.json", "{\"a\": 1}");
  CHECK_FALSE(is_refused(root));  // nothing is noted yet
  files::write_checksums(root);
  CHECK_FALSE(is_refused(root));
  for (const char* name : {"model_index.json", "unet/weights.safetensors", "vae/config.json"}) {
    try_flips(root / name, kRandomFlips, [&] { return is_refused(root); });
  }
  flip(root / "vae" / "config.json", 0, 1);
  CHECK(is_refused(root, {"vae"}));
  CHECK_FALSE(is_refused(root, {"unet"}));
  flip(root / "model_index.json", 0, 1);
  CHECK(is_refused(root, {"unet"}));
  files::write_checksums(root);  // again: as it is now
  CHECK_FALSE(is_refused(root));
  fs::remove(root / "unet" / "weights.safetensors");
  CHECK(is_refused(root));
}

TEST_CASE("a changed byte in the notes never lets a changed file through") {
  const TemporaryFolder folder;
  const fs::path root = folder.path();
  write(root / "weights", std::string(100, 'w'));
  files::write_checksums(root);
  flip(root / "weights", 50, 4);
  const auto size = fs::file_size(root / files::kChecksumsFile);
  for (std::uint64_t at = 0; at < size; ++at) {
    INFO("byte " << at);
    flip(root / files::kChecksumsFile, at, 2);
    REQUIRE(is_refused(root));
    flip(root / files::kChecksumsFile, at, 2);
  }
}

TEST_CASE("a checkpoint of which a byte has changed is not gone on from, or is what it was") {
  const TemporaryFolder folder;
  const auto weights = [](std::uint64_t seed) {
    auto tensor = at::randn({40}, at::detail::createCPUGenerator(seed));
    tensor.requires_grad_(true);
    return diffusion::NamedTensors{{"a", tensor}};
  };
  const auto saved = weights(1);
  const diffusion::FitOptions options{.learning_rate = 1e-3};
  diffusion::Fit(saved, options).save(folder.path());
  std::vector<fs::path> files(fs::directory_iterator(folder.path()), fs::directory_iterator());
  REQUIRE(files.size() == 1);
  const auto refused = [&] {
    auto loaded = weights(2);
    diffusion::Fit fit(loaded, options);
    try {
      fit.load(folder.path());
      return loaded.front().second.equal(saved.front().second);  // a space of the header, say
    } catch (const files::Error&) {
      return loaded.front().second.equal(weights(2).front().second);  // untouched
    }
  };
  try_flips(files.front(), 10 * kRandomFlips, refused);
}
