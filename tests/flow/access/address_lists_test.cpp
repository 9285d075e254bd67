#include "flow/access/address_lists.h"

#include <catch2/catch.hpp>

#include "executor/error.h"
#include "tests/flow/access/scratch.h"

using namespace flow::access;

TEST_CASE("an address is listed by its whole text or its domain, in either case") {
  const std::vector<std::string> list = {"Ann@example.org", "lab.net"};
  CHECK(is_listed(list, "ann@EXAMPLE.org"));
  CHECK(is_listed(list, "anyone@lab.net"));
  CHECK(is_listed(list, "anyone@LAB.net"));
  for (const char* other : {"bob@example.org",
                            "anyone@sub.lab.net",
                            "anyone@evillab.net",
                            "lab.net.evil.org",
                            "a@evil.org@lab.net",
                            "@lab.net",
                            "",
                            "ann@example.org.evil.org",
                            "ann",
                            "lab.net",
                            " a@lab.net",
                            "a @lab.net",
                            "a@lab.net ",
                            "\"a\"@lab.net",
                            "a@lab.net.",
                            ".a@lab.net",
                            "a.@lab.net",
                            "a..b@lab.net",
                            "a(b)@lab.net",
                            "\xc3\x89ve@lab.net",
                            "a@\xef\xbd\x8c"
                            "ab.net"}) {
    INFO(other);
    CHECK_FALSE(is_listed(list, other));
  }
  CHECK_FALSE(is_listed({}, "ann@example.org"));
}

TEST_CASE("what is neither an address nor a domain is not taken into a list") {
  for (const char* good : {"a@b", "a@b.org", "b.org", "a.b+c_d@x-y.org", "a@xn--bcher-kva.org"})
    CHECK(is_address_or_domain(good));
  for (const char* bad : {"", "@", "a@", "@b.org", "a@b@c", "localhost", ".org", "org.", "a b.org",
                          "*", "a@b.org.", "a@b..org", "b\xc3\xa9.org", "\"a b\"@c.org"}) {
    INFO(bad);
    CHECK_FALSE(is_address_or_domain(bad));
  }
}

TEST_CASE("changed lists are there after a restart and for another process") {
  const access_test::Scratch scratch;
  AddressLists lists(scratch / "addresses.json");
  AddressLists other(scratch / "addresses.json");
  lists.set_users({"ann@example.org"});
  lists.set_admins({"root.org"});
  CHECK(other.users().empty());
  other.refresh();
  CHECK(other.users() == std::vector<std::string>{"ann@example.org"});
  CHECK(AddressLists(scratch / "addresses.json").admins() == std::vector<std::string>{"root.org"});
  CHECK_THROWS_AS(lists.set_users({"nobody"}), executor::Error);
  CHECK(lists.users() == std::vector<std::string>{"ann@example.org"});
}

TEST_CASE("a file that became wrong lists nobody") {
  const access_test::Scratch scratch;
  AddressLists lists(scratch / "addresses.json");
  lists.set_users({"ann@example.org"});
  scratch.file("addresses.json", "{");
  lists.refresh();
  CHECK(lists.users().empty());
  CHECK_THROWS_AS(AddressLists(scratch / "addresses.json"), executor::Error);
}
