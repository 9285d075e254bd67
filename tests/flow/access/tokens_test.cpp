#include "flow/access/tokens.h"

#include <catch2/catch.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "executor/error.h"
#include "flow/access/base64url.h"
#include "tests/flow/access/scratch.h"
#include "tests/flow/access/token_maker.h"

using namespace access_test;
using namespace flow::access;
using nlohmann::json;

namespace {

constexpr std::int64_t kNow_s = 1'800'000'000;

json good_claims() {
  return {{"iss", "https://login.example.org"},
          {"aud", "souvenir"},
          {"sub", "ann@example.org"},
          {"exp", kNow_s + 600}};
}

/// `claims` with one of them changed; nullptr takes it out.
std::string with(const std::string& name, const json& value) {
  json claims = good_claims();
  claims[name] = value;
  return claims.dump();
}

std::string without(const std::string& name) {
  json claims = good_claims();
  claims.erase(name);
  return claims.dump();
}

std::string header(const std::string& algorithm, const json& more = json::object()) {
  json fields = {{"alg", algorithm}, {"typ", "JWT"}, {"kid", algorithm}};
  fields.update(more);
  return fields.dump();
}

// A service that trusts four keys of one provider, each for its own algorithm.
struct World {
  Scratch scratch;
  TokenMaker hs{"HS256"}, rs{"RS256"}, es{"ES256"}, ed{"EdDSA"};
  TokenMaker stranger_rs{"RS256"}, stranger_es{"ES256"}, stranger_ed{"EdDSA"};
  Tokens tokens{
      {settings("HS256", hs), settings("RS256", rs), settings("ES256", es), settings("EdDSA", ed)}};

  TokenSettings settings(const std::string& algorithm, const TokenMaker& maker) {
    return {algorithm, algorithm, scratch.file(algorithm, maker.verifying_key()),
            "https://login.example.org", "souvenir"};
  }
  bool takes(const std::string& token) const {
    try {
      tokens.verify(token, kNow_s);
      return true;
    } catch (const executor::Error& error) {
      CHECK(error.code() == "unauthenticated");
      return false;
    }
  }
};

std::string changed(std::string token, std::size_t at) {
  token[at] = token[at] == 'A' ? 'B' : 'A';
  return token;
}

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

using Cases = std::vector<std::pair<std::string, std::string>>;

Cases attacks_on_the_algorithm(const World& w) {
  const std::string claims = good_claims().dump();
  const auto none = [&](const std::string& alg) {
    return unsigned_token(header(alg, {{"kid", "RS256"}}), claims) + ".";
  };
  const auto confused = [&](const TokenMaker& maker, const std::string& kid) {
    const std::string text = unsigned_token(header("HS256", {{"kid", kid}}), claims);
    return text + '.' + to_base64url(hs256(maker.verifying_key(), text));
  };
  const std::string with_key = header("RS256", {{"jwk", {{"kty", "RSA"}, {"n", "AQAB"}}}});
  return {
      {"none", none("none")},
      {"None", none("None")},
      {"NONE", none("NONE")},
      {"nOnE", none("nOnE")},
      {"empty algorithm", none("")},
      {"none with a signature", w.rs.token(header("none", {{"kid", "RS256"}}), claims)},
      {"an RSA public key as an HMAC secret", confused(w.rs, "RS256")},
      {"an EC public key as an HMAC secret", confused(w.es, "ES256")},
      {"an Ed25519 public key as an HMAC secret", confused(w.ed, "EdDSA")},
      {"the HMAC key's name for an RSA signature",
       w.rs.token(header("RS256", {{"kid", "HS256"}}), claims)},
      {"a right signature under another algorithm's name",
       w.rs.token(header("PS256", {{"kid", "RS256"}}), claims)},
      {"RS512", w.rs.token(header("RS512", {{"kid", "RS256"}}), claims)},
      {"HS512", w.hs.token(header("HS512", {{"kid", "HS256"}}), claims)},
      {"rs256 in small letters", w.rs.token(header("rs256", {{"kid", "RS256"}}), claims)},
      {"no algorithm", w.rs.token(R"({"typ":"JWT","kid":"RS256"})", claims)},
      {"an algorithm that is a list", w.rs.token(R"({"alg":["RS256"],"kid":"RS256"})", claims)},
      {"an algorithm that is null", w.rs.token(R"({"alg":null,"kid":"RS256"})", claims)},
      {"two algorithms", w.rs.token(R"({"alg":"none","alg":"RS256","kid":"RS256"})", claims)},
      {"a stranger's RSA key", w.stranger_rs.token(header("RS256"), claims)},
      {"a stranger's EC key", w.stranger_es.token(header("ES256"), claims)},
      {"a stranger's Ed25519 key", w.stranger_ed.token(header("EdDSA"), claims)},
      {"a stranger's key in the header", w.stranger_rs.token(with_key, claims)},
      {"a stranger's key by address",
       w.stranger_rs.token(header("RS256", {{"jku", "https://evil.org/keys"}}), claims)},
      {"a stranger's certificate",
       w.stranger_rs.token(header("RS256", {{"x5u", "https://evil.org/x"}, {"x5c", {"MIIB"}}}),
                           claims)},
  };
}

Cases attacks_on_the_key(const World& w) {
  const std::string claims = good_claims().dump();
  const auto named = [&](const json& kid) {
    return w.rs.token(header("RS256", {{"kid", kid}}), claims);
  };
  return {
      {"a path as kid", named("../../../../dev/null")},
      {"the path of the key", named((w.scratch / "RS256").string())},
      {"SQL as kid", named("x' UNION SELECT 'secret' --")},
      {"a command as kid", named("RS256|cat /etc/passwd")},
      {"an empty kid", named("")},
      {"a kid in small letters", named("rs256")},
      {"a kid with a NUL", named(std::string("RS256\0", 6))},
      {"a kid that is a number", named(256)},
      {"a kid that is an object", named({{"a", 1}})},
      {"no kid", w.rs.token(R"({"alg":"RS256","typ":"JWT"})", claims)},
      {"another type", w.rs.token(header("RS256", {{"typ", "JWE"}}), claims)},
      {"an extension that it insists on", w.rs.token(header("RS256", {{"crit", {"exp"}}}), claims)},
      {"an unencoded payload", w.rs.token(header("RS256", {{"b64", false}}), claims)},
      {"compressed", w.rs.token(header("RS256", {{"zip", "DEF"}}), claims)},
  };
}

Cases attacks_on_the_claims(const World& w) {
  const auto claimed = [&](const std::string& claims) {
    return w.es.token(header("ES256"), claims);
  };
  return {
      {"no exp", claimed(without("exp"))},
      {"no iss", claimed(without("iss"))},
      {"no aud", claimed(without("aud"))},
      {"no sub", claimed(without("sub"))},
      {"expired by 60 s", claimed(with("exp", kNow_s - 60))},
      {"expired long ago", claimed(with("exp", 1))},
      {"an exp that is text", claimed(with("exp", "1800000600"))},
      {"an exp that is true", claimed(with("exp", true))},
      {"an exp that is null", claimed(with("exp", nullptr))},
      {"a negative exp", claimed(with("exp", -1))},
      {"an exp of a thousand years", claimed(with("exp", kNow_s + 31'536'000'000))},
      {"an exp beyond all integers",
       claimed(
           R"({"iss":"https://login.example.org","aud":"souvenir","sub":"a@b.org","exp":1e999})")},
      {"an exp of 2^64",
       claimed(
           R"({"iss":"https://login.example.org","aud":"souvenir","sub":"a@b.org","exp":18446744073709551616})")},
      {"two exp",
       claimed(
           R"({"exp":1,"iss":"https://login.example.org","aud":"souvenir","sub":"a@b.org","exp":1800000600})")},
      {"two sub",
       claimed(
           R"({"sub":"root@b.org","iss":"https://login.example.org","aud":"souvenir","sub":"a@b.org","exp":1800000600})")},
      {"valid from 61 s on", claimed(with("nbf", kNow_s + 61))},
      {"an nbf that is text", claimed(with("nbf", "now"))},
      {"issued in 61 s", claimed(with("iat", kNow_s + 61))},
      {"a life of over a day", claimed(with("iat", kNow_s - 86'400))},
      {"another issuer", claimed(with("iss", "https://login.example.org.evil.org"))},
      {"an issuer with a slash more", claimed(with("iss", "https://login.example.org/"))},
      {"an issuer that is a list", claimed(with("iss", {"https://login.example.org"}))},
      {"another audience", claimed(with("aud", "souvenirs"))},
      {"an empty list of audiences", claimed(with("aud", json::array()))},
      {"a list of other audiences", claimed(with("aud", {"a", "b"}))},
      {"an audience that is an object", claimed(with("aud", {{"souvenir", true}}))},
      {"an empty sub", claimed(with("sub", ""))},
      {"a sub that is a number", claimed(with("sub", 1))},
      {"a sub with a line end", claimed(with("sub", "ann@example.org\nadmin"))},
      {"a sub with a NUL", claimed(with("sub", std::string("a\0b", 3)))},
      {"a sub of 257 bytes", claimed(with("sub", std::string(257, 'a')))},
      {"claims that are a list", claimed("[1]")},
      {"claims that are empty", claimed("")},
      {"claims with something behind", claimed(good_claims().dump() + "{}")},
      {"claims nested 17 deep", claimed(with("x", json::parse(nested(17))))},
      {"claims nested 2000 deep", claimed(R"({"x":)" + nested(2000) + "}")},
  };
}

Cases attacks_on_the_form(const World& w) {
  const std::string good = w.ed.token(header("EdDSA"), good_claims().dump());
  const auto first = good.find('.'), second = good.rfind('.');
  const std::string text = good.substr(0, second);
  const std::string es = w.es.token(header("ES256"), good_claims().dump());
  const std::string es_text = es.substr(0, es.rfind('.'));
  return {
      {"nothing", ""},
      {"one dot", "."},
      {"two dots", ".."},
      {"two parts", text},
      {"four parts", good + ".x"},
      {"no signature", text + "."},
      {"half a signature", good.substr(0, good.size() - 43)},
      {"a signature with one character changed", changed(good, second + 5)},
      {"claims with one character changed", changed(good, first + 9)},
      {"a header with one character changed", changed(good, 4)},
      {"the signature of another token",
       text +
           w.ed.token(header("EdDSA"), "{}").substr(w.ed.token(header("EdDSA"), "{}").rfind('.'))},
      {"padding", good + "=="},
      {"a space before", " " + good},
      {"a line end behind", good + "\n"},
      {"a plus for a minus", good.substr(0, second + 1) + "+" + good.substr(second + 2)},
      {"an ES256 signature of zeros", es_text + "." + to_base64url(std::string(64, '\0'))},
      {"an ES256 signature as DER",
       es_text + "." + to_base64url("\x30\x06\x02\x01\x01\x02\x01\x01")},
      {"an ES256 signature of 65 bytes", es_text + "." + to_base64url(std::string(65, 'a'))},
      {"an empty HMAC", unsigned_token(header("HS256"), good_claims().dump()) + "."},
      {"an HMAC of an empty secret",
       unsigned_token(header("HS256"), good_claims().dump()) + "." +
           to_base64url(hs256("", unsigned_token(header("HS256"), good_claims().dump())))},
      {"over 8 KiB", w.ed.token(header("EdDSA"), with("x", std::string(8'000, 'a')))},
  };
}

}  // namespace

TEST_CASE("every attack on a token is refused") {
  const World w;
  std::size_t attacks = 0;
  for (const auto& cases : {attacks_on_the_algorithm(w), attacks_on_the_key(w),
                            attacks_on_the_claims(w), attacks_on_the_form(w)}) {
    for (const auto& [name, token] : cases) {
      INFO(name << ": " << token.substr(0, 300));
      CHECK_FALSE(w.takes(token));
      ++attacks;
    }
  }
  CHECK(attacks >= 60);
  std::cout << "figure: " << attacks << " attacks on tokens, all refused\n";
}

TEST_CASE("good tokens of every algorithm are taken, up to the limits") {
  const World w;
  const std::string claims = good_claims().dump();
  const Cases good = {
      {"HS256", w.hs.token(header("HS256"), claims)},
      {"RS256", w.rs.token(header("RS256"), claims)},
      {"ES256", w.es.token(header("ES256"), claims)},
      {"EdDSA", w.ed.token(header("EdDSA"), claims)},
      {"without a type", w.rs.token(R"({"alg":"RS256","kid":"RS256"})", claims)},
      {"an access token", w.rs.token(header("RS256", {{"typ", "at+jwt"}}), claims)},
      {"one of several audiences", w.es.token(header("ES256"), with("aud", {"a", "souvenir"}))},
      {"expired for 59 s", w.es.token(header("ES256"), with("exp", kNow_s - 59))},
      {"valid from 60 s on", w.es.token(header("ES256"), with("nbf", kNow_s + 60))},
      {"an end between two seconds", w.es.token(header("ES256"), with("exp", 1'800'000'600.5))},
      {"a life of a day", w.ed.token(header("EdDSA"), with("exp", kNow_s + 86'400))},
      {"a sub of 256 bytes", w.ed.token(header("EdDSA"), with("sub", std::string(256, 'a')))},
      {"fields that nobody asks for",
       w.ed.token(header("EdDSA", {{"jku", "https://evil.org"}}), with("x", 1))},
  };
  for (const auto& [name, token] : good) {
    INFO(name);
    CHECK(w.takes(token));
  }
  CHECK(good.size() >= 10);
  std::cout << "figure: " << good.size() << " good tokens, all taken\n";
}

TEST_CASE("a token's principal is the text of the configured claim") {
  World w;
  auto settings = w.settings("EdDSA", w.ed);
  settings.claim = "email";
  const Tokens tokens({settings});
  const std::string named = w.ed.token(header("EdDSA"), with("email", "ann@mail.org"));
  CHECK(tokens.verify(named, kNow_s).name == "ann@mail.org");
  const std::string unnamed = w.ed.token(header("EdDSA"), good_claims().dump());
  CHECK_THROWS_AS(tokens.verify(unnamed, kNow_s), executor::Error);
}

TEST_CASE("two keys live at once, and a token of the one that was taken out is refused") {
  World w;
  const TokenMaker next("EdDSA");
  auto old_key = w.settings("EdDSA", w.ed);
  auto new_key = w.settings("EdDSA", w.ed);
  new_key.kid = "next";
  new_key.key = w.scratch.file("next", next.verifying_key());
  const std::string former = w.ed.token(header("EdDSA"), good_claims().dump());
  const std::string later = next.token(header("EdDSA", {{"kid", "next"}}), good_claims().dump());
  const Tokens both({old_key, new_key});
  CHECK_NOTHROW(both.verify(former, kNow_s));
  CHECK_NOTHROW(both.verify(later, kNow_s));
  const Tokens rotated({new_key});
  CHECK_THROWS_AS(rotated.verify(former, kNow_s), executor::Error);
  CHECK_NOTHROW(rotated.verify(later, kNow_s));
  CHECK_THROWS_AS(Tokens({old_key, old_key}), executor::Error);
}

TEST_CASE("a key of another kind than its algorithm, or a weak one, is not taken") {
  World w;
  const auto refused = [&](const std::string& algorithm, const std::string& text,
                           unsigned mode = 0600) {
    TokenSettings settings{"", algorithm, w.scratch.file("key", text, mode), "i", "a"};
    try {
      const TokenKey key(settings);
      return false;
    } catch (const executor::Error& error) {
      return error.code() == "bad_config";
    }
  };
  CHECK(refused("RS256", w.es.verifying_key()));
  CHECK(refused("ES256", w.rs.verifying_key()));
  CHECK(refused("EdDSA", w.es.verifying_key()));
  CHECK(refused("RS256", TokenMaker("RS256", 1024).verifying_key()));
  CHECK(refused("ES256", TokenMaker("ES256", 0, "P-384").verifying_key()));
  CHECK(refused("RS256", "no key"));
  CHECK(refused("HS256", std::string(31, 'k')));
  CHECK_FALSE(refused("HS256", std::string(32, 'k')));
  CHECK(refused("HS256", std::string(32, 'k'), 0644));
  CHECK_FALSE(refused("RS256", w.rs.verifying_key(), 0644));
}

TEST_CASE("a token lives a day and the clocks' skew, and not a second more") {
  const World w;
  const auto ending = [&](std::int64_t after_s) {
    return w.takes(w.hs.token(header("HS256"), with("exp", kNow_s + after_s)));
  };
  CHECK(ending(kMaxTokenLifetime_s + kClockSkew_s));
  CHECK_FALSE(ending(kMaxTokenLifetime_s + kClockSkew_s + 1));
}

TEST_CASE("a token has a largest size, and is refused at the next one") {
  const World w;
  const auto padded = [&](std::size_t padding) {
    return w.hs.token(header("HS256"), with("note", std::string(padding, 'x')));
  };
  std::size_t padding = 0;
  while (padded(padding + 1).size() <= kMaxTokenBytes) ++padding;
  CHECK(padded(padding).size() + 2 > kMaxTokenBytes);  // base64url grows by 1 or 2
  CHECK(w.takes(padded(padding)));
  CHECK_FALSE(w.takes(padded(padding + 1)));
}

TEST_CASE("keys of a folder count from when they are put in until they are taken out") {
  const Scratch scratch;
  const auto folder = scratch / "keys";
  std::filesystem::create_directory(folder);
  const TokenMaker march{"EdDSA"}, april{"EdDSA"};
  const auto put = [&](const std::string& kid, const std::string& key) {
    scratch.file("keys/" + kid + ".pem", key);
  };
  put("march", march.verifying_key());
  scratch.file("keys/README", "no key");
  Tokens tokens({{"", "EdDSA", folder, "https://login.example.org", "souvenir"}});
  const auto takes = [&](const TokenMaker& maker, const std::string& kid) {
    try {
      tokens.verify(maker.token(header("EdDSA", {{"kid", kid}}), good_claims().dump()), kNow_s);
      return true;
    } catch (const executor::Error&) {
      return false;
    }
  };
  CHECK(takes(march, "march"));
  CHECK_FALSE(takes(april, "april"));
  CHECK_FALSE(tokens.refresh());
  put("april", april.verifying_key().substr(0, 20));  // half written
  CHECK(tokens.refresh());
  CHECK(takes(march, "march"));
  CHECK_FALSE(takes(april, "april"));
  put("april", april.verifying_key());
  CHECK(tokens.refresh());
  CHECK(takes(march, "march"));
  CHECK(takes(april, "april"));
  CHECK_FALSE(takes(march, "april"));
  std::filesystem::remove(folder / "march.pem");
  CHECK(tokens.refresh());
  CHECK_FALSE(takes(march, "march"));
  CHECK_FALSE(tokens.has_key("march"));
  CHECK(takes(april, "april"));
  std::filesystem::remove_all(folder);
  CHECK(tokens.refresh());
  CHECK_FALSE(takes(april, "april"));
  CHECK_FALSE(tokens.none());
}

TEST_CASE("a folder with a file that is no key does not start") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "keys");
  scratch.file("keys/a.pem", "nonsense");
  CHECK_THROWS_AS(Tokens({{"", "EdDSA", scratch / "keys", "i", "a"}}), executor::Error);
}
