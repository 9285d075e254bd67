#include "executor/files/sha256.h"

#include <catch2/catch.hpp>

#include "executor/files/file_error.h"

using files::Sha256;

namespace {

std::string sha256(const std::string& text, std::size_t piece) {
  Sha256 hash;
  for (std::size_t i = 0; i < text.size(); i += piece) hash.add(text.substr(i, piece));
  return hash.finish();
}

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4, in whatever pieces it is fed") {
  const std::size_t piece = GENERATE(1, 3, 63, 64, 65, 1000);
  CHECK(sha256("", piece) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc", piece) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", piece) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1'000'000, 'a'), piece == 1 ? 1000 : piece) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a copy of a SHA-256 goes on by itself, and one that gave its digest takes no more") {
  Sha256 hash;
  hash.add("a");
  Sha256 copy = hash;
  CHECK(copy.finish() == files::sha256_of("a"));
  CHECK_THROWS_AS(copy.add("b"), files::Error);
  hash.add("bc");
  copy = hash;
  CHECK(copy.finish() == files::sha256_of("abc"));
  CHECK(hash.finish() == files::sha256_of("abc"));
}
