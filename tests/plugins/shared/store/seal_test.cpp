#include "store/seal.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "executor/files/checksums.h"
#include "executor/files/temporary_folder.h"
#include "store/transfer_limits.h"
#include "tests/fakes.h"
#include "tests/plugins/shared/store/transfer_fixture.h"

using tests::code_of;

namespace fs = std::filesystem;

namespace {

struct Finished {
  files::TemporaryFolder home;
  tests::RecordingOutbox out;
  fs::path folder() const { return home / "v-1"; }
  void write_weights(std::uint64_t bytes) const {
    tests::write(folder() / "unet/weights", "weights");
    fs::resize_file(folder() / "unet/weights", bytes);
  }
};

}  // namespace

TEST_CASE("a folder is sealed once its checksums are noted") {
  Finished model;
  model.write_weights(7);
  CHECK_FALSE(store::is_sealed(model.folder()));
  store::seal(model.folder(), model.out);
  CHECK(store::is_sealed(model.folder()));
  CHECK_NOTHROW(files::check_checksums(model.folder()));
}

TEST_CASE("sealing says how long it takes by the size, before it reads") {
  constexpr std::uint64_t kBytes = 40'000'000;
  Finished model;
  model.write_weights(kBytes);
  model.out.cancel = true;
  CHECK_THROWS_AS(store::seal(model.folder(), model.out), executor::Cancelled);
  CHECK_FALSE(store::is_sealed(model.folder()));
  model.out.cancel = false;
  store::seal(model.folder(), model.out);
  REQUIRE_FALSE(model.out.silences.empty());
  CHECK(model.out.silences.front() == store::time_to_flush_ms(kBytes));
  // And again before it is flushed, which gives no sign of life.
  CHECK(std::count(model.out.silences.begin(), model.out.silences.end(),
                   store::time_to_flush_ms(kBytes)) == 2);
}

TEST_CASE("sealing gives a sign of life before every kBeatBytes, and hears a cancellation") {
  Finished model;
  model.write_weights(2 * files::kBeatBytes + 1);
  store::seal(model.folder(), model.out);
  CHECK(model.out.looks == 3);
}

TEST_CASE("what is no plain file is not sealed") {
  Finished model;
  model.write_weights(7);
  fs::create_symlink("/etc/passwd", model.folder() / "link");
  CHECK(code_of([&] { store::seal(model.folder(), model.out); }) == "internal");
  CHECK_FALSE(store::is_sealed(model.folder()));
}
