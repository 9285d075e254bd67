#include "store/checkpoints.h"

#include <catch2/catch.hpp>
#include <thread>

#include "executor/files/temporary_folder.h"
#include "store/layout.h"
#include "tests/plugins/shared/store/transfer_fixture.h"

namespace fs = std::filesystem;

namespace {

struct Host {
  files::TemporaryFolder home;
  fs::path checkpoint_of(const std::string& job) const {
    return store::checkpoint_folder(home.path(), job);
  }
  fs::path trained(const std::string& job) const {
    tests::write(checkpoint_of(job) / "unet/weights", "weights");
    return checkpoint_of(job);
  }
  /// Waits until the bytes of all that was dropped are given back.
  void wait_until_tidy() const {
    const auto removed = store::removed_checkpoints(home.path());
    while (fs::exists(removed) && !fs::is_empty(removed)) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("the checkpoint of a job that is over is gone at once, and its bytes soon") {
  const Host host;
  const auto ended = host.trained("one"), open = host.trained("two");
  store::Checkpoints checkpoints(host.home.path());
  checkpoints.drop("one");
  CHECK_FALSE(fs::exists(ended));
  CHECK(fs::exists(open));
  host.wait_until_tidy();
  CHECK_NOTHROW(checkpoints.drop("one"));
  CHECK_NOTHROW(checkpoints.drop("../two"));
  CHECK(fs::exists(open));
}

TEST_CASE("at the start checkpoints of open jobs alone stay, and none need be there") {
  const Host host;
  store::Checkpoints checkpoints(host.home.path());
  CHECK_NOTHROW(checkpoints.drop_but({"one"}));
  const auto ended = host.trained("one"), open = host.trained("two");
  checkpoints.drop_but({"two", "three"});
  CHECK_FALSE(fs::exists(ended));
  CHECK(fs::exists(open));
}

TEST_CASE("what one process could not remove any more, the next one does") {
  const Host host;
  tests::write(store::removed_checkpoints(host.home.path()) / "1-2/unet/weights", "weights");
  const store::Checkpoints checkpoints(host.home.path());
  host.wait_until_tidy();
}

TEST_CASE("a version that was sent on leaves nothing in staging, nor does its replay") {
  const Host host;
  const auto home = host.home.path();
  tests::write(store::staging_folder(home, "v-1") / "model_index.json", "{}");
  tests::write(store::staged_replay_folder(home, "v-1") / "posterior", "latents");
  tests::write(store::staging_folder(home, "v-2") / "model_index.json", "{}");
  store::Checkpoints checkpoints(home);
  checkpoints.drop_staged("v-1");
  CHECK_FALSE(fs::exists(store::staging_folder(home, "v-1")));
  CHECK_FALSE(fs::exists(store::staged_replay_folder(home, "v-1")));
  CHECK(fs::exists(store::staging_folder(home, "v-2")));
}
