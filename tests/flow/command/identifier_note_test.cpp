#include "flow/command/identifier_note.h"

#include <catch2/catch.hpp>

namespace tests::command {
namespace {

using flow::command::identifier_note;

schemas::IdentifierList things(std::size_t count) {
  schemas::IdentifierList list;
  list.identifiers.resize(count);
  for (std::size_t i = 0; i < count; ++i) list.identifiers[i].identifier = "w" + std::to_string(i);
  return list;
}

}  // namespace

TEST_CASE("who has things and draws none hears which they are") {
  const auto note = identifier_note({}, {}, things(2));
  CHECK_THAT(note, Catch::Contains("none of your identifiers"));
  CHECK_THAT(note, Catch::Contains(" w0 w1 ("));
}

TEST_CASE("eight identifiers are named, and of nine that there are more") {
  CHECK_THAT(identifier_note({}, {}, things(8)), Catch::Contains(" w7 ("));
  CHECK_THAT(identifier_note({}, {}, things(9)), Catch::Contains(" w7 ... ("));
}

TEST_CASE("no note for who has nothing, has drawn a thing, or wants none") {
  CHECK(identifier_note({}, {}, things(0)).empty());
  schemas::DrawSettings drawn;
  drawn.identifier = "w0";
  CHECK(identifier_note({}, drawn, things(1)).empty());
  schemas::Generate request;
  request.target_model = "pretrained";
  CHECK(identifier_note(request, {}, things(1)).empty());
}

}  // namespace tests::command
