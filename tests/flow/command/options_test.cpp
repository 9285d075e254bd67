#include "flow/command/options.h"

#include <catch2/catch.hpp>

namespace {

using flow::command::App;
using flow::command::UsageError;

/// Reads "--value TEXT".
template <typename T>
T read(const std::string& text) {
  App app("", "souvenir");
  T value{};
  app.add_option("--value", &value);
  app.parse({"--value=" + text});
  return value;
}

}  // namespace

TEST_CASE("numbers are read as they are written, or refused") {
  CHECK(read<std::int64_t>("-1") == -1);
  CHECK(read<std::int64_t>("010") == 10);
  CHECK(read<std::int64_t>("9223372036854775807") == 9223372036854775807);
  CHECK(read<std::uint64_t>("18446744073709551615") == 18446744073709551615u);
  CHECK(read<double>("1e3") == 1000.0);
  CHECK(read<std::optional<double>>("-0.5") == -0.5);
  for (const char* text :
       {"", "0x10", "1e3", "1.0", "nan", " 1", "1 ", "+", "9223372036854775808"}) {
    INFO(text);
    CHECK_THROWS_AS(read<std::int64_t>(text), UsageError);
  }
  for (const char* text : {"", "-1", "18446744073709551616"}) {
    INFO(text);
    CHECK_THROWS_AS(read<std::uint64_t>(text), UsageError);
  }
  for (const char* text : {"", "nan", "inf", "-inf", "1e400", "0x1p3", "1,5"}) {
    INFO(text);
    CHECK_THROWS_AS(read<double>(text), UsageError);
  }
}

TEST_CASE("a refused number is named with its option and its command") {
  App app("", "souvenir");
  std::int64_t count = 0;
  App* bench = app.add_subcommand("bench", "");
  bench->add_subcommand("train", "")->add_option("--n", &count)->check(flow::command::range(1, 16));
  const auto fault_of = [&](const std::string& text) -> std::string {
    try {
      app.parse({"bench", "train", "--n", text});
      return "";
    } catch (const UsageError& error) {
      return error.command + ": " + error.what();
    }
  };
  CHECK(fault_of("0x10").find("souvenir bench train: --n: '0x10' is not a") == 0);
  CHECK(fault_of("0").find("0 is not from 1 to 16") != std::string::npos);
  CHECK(fault_of("1").empty());
  CHECK(fault_of("16").empty());
  CHECK(fault_of("17").find("17 is not from 1 to 16") != std::string::npos);
  CHECK(count == 16);
}

TEST_CASE("a word that is not among the allowed ones is refused, and they are named") {
  App app("", "souvenir");
  std::string word;
  app.add_option("--dtype", &word)->check(flow::command::one_of({"fp32", "bf16"}));
  CHECK_THROWS_WITH(app.parse({"--dtype", "fp8"}), Catch::Contains("fp32, bf16"));
  app.parse({"--dtype", "bf16"});
  CHECK(word == "bf16");
}

TEST_CASE("several values come by position, by repetition, or from one text with a delimiter") {
  App app("", "souvenir");
  std::vector<std::string> files, pictures;
  std::vector<std::int64_t> steps;
  app.add_option("pictures", &pictures)->required();
  app.add_option("--file", &files);
  app.add_option("--steps", &steps)->delimiter(',');
  app.parse({"1.png", "2.png", "3.png", "--file", "a", "--file", "b", "--steps", "200,400"});
  CHECK(pictures == std::vector<std::string>{"1.png", "2.png", "3.png"});
  CHECK(files == std::vector<std::string>{"a", "b"});
  CHECK(steps == std::vector<std::int64_t>{200, 400});
}

TEST_CASE("an option that takes one value each time leaves the next word to the command") {
  App app("", "souvenir");
  std::string what;
  std::vector<std::string> with;
  app.add_option("what", &what)->required();
  app.add_option("--with", &with)->one_each();
  app.parse({"--with", "a=1", "--with=b=x,y", "stage=plugin"});
  CHECK(with == std::vector<std::string>{"a=1", "b=x,y"});
  CHECK(what == "stage=plugin");
}

TEST_CASE("an option that is not given leaves its value as it is") {
  App app("", "souvenir");
  std::int64_t count = 7;
  std::optional<std::uint64_t> seed;
  std::optional<bool> chosen;
  app.add_option("--count", &count);
  app.add_option("--seed", &seed);
  app.add_switch("train", chosen, "");
  app.parse({});
  CHECK(count == 7);
  CHECK(!seed);
  CHECK(!chosen);
}

TEST_CASE("an unknown option is told before what is missing because of it") {
  App app("", "souvenir");
  std::string category;
  App* finetune = app.add_subcommand("finetune", "");
  finetune->add_option("--category", &category)->required();
  CHECK_THROWS_WITH(app.parse({"finetune"}), Catch::Contains("--category is required"));
  for (const char* misspelt : {"--categry", "--categry=dog"}) {
    CHECK_THROWS_WITH(app.parse({"finetune", misspelt, "dog"}),
                      "unknown option '--categry' (did you mean '--category'?)");
  }
  CHECK_THROWS_WITH(app.parse({"finetune", "--zzzzzzzz"}), "unknown option '--zzzzzzzz'");
  CHECK_THROWS_AS(app.parse({"finetune", "--category", "dog", "cat"}), UsageError);
}

TEST_CASE("a misspelt command is named, with the nearest") {
  App app("", "souvenir");
  app.add_subcommand("finetune", "");
  app.add_subcommand("keys", "")->add_subcommand("make", "");
  app.require_subcommand(1, 1);
  CHECK_THROWS_WITH(app.parse({"finetun", "pictures"}),
                    "there is no command 'finetun' (did you mean 'finetune'?)");
  CHECK_THROWS_WITH(app.parse({"keys", "mak", "x"}),
                    "there is no command 'mak' (did you mean 'make'?)");
  CHECK_THROWS_WITH(app.parse({"qqqqqq"}), "there is no command 'qqqqqq'");
}

TEST_CASE("a number behind the value of an option is told with that option") {
  App app("", "souvenir");
  std::vector<std::string> pictures;
  std::vector<std::int64_t> steps;
  std::string prompt;
  std::int64_t count = 0;
  bool dry = false;
  App* finetune = app.add_subcommand("finetune", "");
  finetune->add_option("pictures", &pictures)->required();
  finetune->add_option("--steps", &steps)->delimiter(',');
  finetune->add_flag("--dry-run", dry, "");
  App* generate = app.add_subcommand("generate", "");
  generate->add_option("prompt", &prompt)->required();
  generate->add_option("-n,--num-images", &count);
  app.parse({"finetune", "dog", "--steps", "10", "20"});
  CHECK(pictures == std::vector<std::string>{"dog", "20"});
  CHECK(finetune->note_on("20") ==
        "--steps takes one value, and has 10; write several as --steps 10,20");
  for (const char* other : {"dog", "10", "--steps", "", "30"})
    CHECK(finetune->note_on(other).empty());
  app.parse({"finetune", "--dry-run", "dog", "20"});
  CHECK(finetune->note_on("20").empty());
  for (const char* name : {"-n", "--num-images"}) {
    CHECK_THROWS_WITH(
        app.parse({"generate", "a dog", name, "2", "3"}),
        std::string("'3' is a word too many: ") + name + " takes one value, and has 2");
  }
}

TEST_CASE("a text of the most bytes is taken, one byte more is refused") {
  App app("", "souvenir");
  std::string key;
  app.add_option("--key", &key)->check(flow::command::at_most_bytes(4));
  app.parse({"--key", "abcd"});
  CHECK(key == "abcd");
  CHECK_THROWS_WITH(app.parse({"--key", "abcde"}), Catch::Contains("not at most 4 bytes"));
}
