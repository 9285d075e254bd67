#include "storage/storage.h"

#include <catch2/catch.hpp>

#include "schemas/stored.h"
#include "store/seal.h"
#include "store/transfer_limits.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;

namespace fs = std::filesystem;

TEST_CASE("storage seals a version and its replay, and says what the trainer said") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  const auto trained = office.trained(settings, "one");
  tests::RecordingOutbox out;
  office.storage().process(trained, out);
  CHECK(schemas::pack(out.sent.at(0).as<schemas::Stored>().trained) == trained.body);
  const auto staging = office.home() / "store/staging";
  CHECK(store::is_sealed(staging / settings.version));
  CHECK(store::is_sealed(staging / (settings.version + "-replay")));
}

TEST_CASE("sealing a large version announces its silence by the size") {
  constexpr std::uint64_t kBytes = 40'000'000;
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  fs::resize_file(office.home() / "store/staging" / settings.version / "unet/weights", kBytes);
  tests::RecordingOutbox out;
  office.storage().process(office.trained(settings, "one"), out);
  REQUIRE_FALSE(out.silences.empty());
  CHECK(out.silences.front() >= store::time_to_flush_ms(kBytes));
}

TEST_CASE("a version that was moved before is passed on, what is no id is refused") {
  Office office;
  auto settings = office.plan(Office::request(), "one");
  tests::RecordingOutbox out;
  office.storage().process(office.trained(settings, "one"), out);
  CHECK(out.sent.size() == 1);
  settings.version = "../versions";
  CHECK(code_of([&] { office.storage().process(office.trained(settings, "one"), out); }) ==
        "protocol");
}
