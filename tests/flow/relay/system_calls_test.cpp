// What code planted in the relay would try: each way is gone in a process that was closed as the
// relay is, and many of them lead out of an open one.
#include "flow/relay/system_calls.h"

#include <catch2/catch.hpp>

#include "executor/sandbox/sanitized.h"
#include "flow/relay/drop_rights.h"
#include "flow/relay/listen.h"
#include "tests/executor/sandbox/surroundings.h"

using namespace flow::relay;
using ways_out::End;
using ways_out::Surroundings;

namespace {

End attempt(const ways_out::Way& way, bool closed, const ways_out::Targets& at) {
  return ways_out::attempt(way, at, [closed] {
    if (!closed) return;
    drop_rights();
    keep_few_system_calls();
  });
}

}  // namespace

TEST_CASE("code planted in the relay gets nowhere, by ways that lead out of an open process") {
  if (sandbox::kSanitized) return;
  const Surroundings around;
  int proven = 0;
  for (const auto& way : ways_out::all()) {
    CAPTURE(way.name);
    if (attempt(way, false, around.restored()) == End::out) ++proven;
    const auto end = attempt(way, true, around.restored());
    CHECK((end == End::killed || end == End::refused));
  }
  CHECK(proven >= ways_out::kLeastProven);
}

// No filter sees to which: SECURITY.md says so.
TEST_CASE("the closed relay still connects to Unix sockets") {
  if (sandbox::kSanitized) return;
  const Surroundings around;
  const ways_out::Way way{"connect as the relay does", [](const ways_out::Targets& at) {
                            return static_cast<bool>(connect_to(at.socket));
                          }};
  CHECK(attempt(way, true, around.restored()) == End::out);
}
