#include "flow/command/picture_files.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "executor/error.h"
#include "tests/flow/command/written_file.h"

namespace tests::command {
namespace {

using flow::command::find_pictures;
using flow::command::kMaxFileBytes;
using flow::command::kMaxPictures;
using flow::command::read_file;

std::string code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const executor::Error& error) {
    return error.code();
  }
  return "";
}

// The rights of another user, where the tests run as root, whom no permission stops.
class NotRoot {
 public:
  NotRoot() { take(kNobody); }
  ~NotRoot() { take(0); }
  NotRoot(const NotRoot&) = delete;
  NotRoot& operator=(const NotRoot&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  void take(uid_t user) const {
    if (root_) CHECK(::seteuid(user) == 0);
  }
  const bool root_ = ::getuid() == 0;
};

}  // namespace

TEST_CASE("of a folder the pictures are taken in the order of their names, other files are named") {
  const TemporaryFolder folder;
  for (const char* name : {"b.JPG", "a.jpeg", "d.WebP", "c.png", "notes.txt", ".hidden.png"}) {
    write(folder.path() / name, "x");
  }
  std::filesystem::create_directories(folder.path() / "below.png");
  const auto found = find_pictures({folder.path().string()});
  REQUIRE(found.files.size() == 4);
  CHECK(found.files[0].filename() == "a.jpeg");
  CHECK(found.files[1].filename() == "b.JPG");
  CHECK(found.files[2].filename() == "c.png");
  CHECK(found.files[3].filename() == "d.WebP");
  REQUIRE(found.skipped.size() == 2);
  CHECK(found.skipped[0].file.filename() == "below.png");
  CHECK(found.skipped[1].file.filename() == "notes.txt");
  REQUIRE(found.hidden.size() == 1);
  const auto lines = flow::command::skipped_lines(found);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "skipped, a folder inside the folder: " + (folder / "below.png").string());
  CHECK(lines[1] == "skipped, no picture by its name: " + (folder / "notes.txt").string());
  CHECK(lines[2] == "skipped, hidden by the dot before the name: .hidden.png");
}

TEST_CASE("of many hidden files the first few are named, and how many there are beside them") {
  const TemporaryFolder folder;
  write(folder / "a.png", "x");
  for (std::size_t i = 0; i < flow::command::kToldFiles + 2; ++i) {
    write(folder / (".hidden" + std::to_string(i)), "x");
  }
  const auto lines = flow::command::skipped_lines(find_pictures({folder.path().string()}));
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::EndsWith(".hidden7, and 2 more"));
}

TEST_CASE("a folder of hidden files alone is refused by their names") {
  const TemporaryFolder folder;
  write(folder / ".a.png", "x");
  CHECK_THROWS_WITH(find_pictures({folder.path().string()}),
                    Catch::Contains("but hidden files: .a.png"));
}

TEST_CASE(
    "links that lead nowhere or to themselves are skipped by name, and one to a picture is taken") {
  const TemporaryFolder folder;
  write(folder.path() / "a.png", "x");
  std::filesystem::create_symlink("a.png", folder.path() / "b.png");
  std::filesystem::create_symlink("itself.png", folder.path() / "itself.png");
  std::filesystem::create_symlink("absent.png", folder.path() / "nowhere.png");
  std::filesystem::create_directory_symlink(".", folder.path() / "round");
  const auto found = find_pictures({folder.path().string()});
  CHECK(found.files.size() == 2);
  REQUIRE(found.skipped.size() == 3);
  CHECK(found.skipped[0].file.filename() == "itself.png");
  CHECK(found.skipped[1].file.filename() == "nowhere.png");
  CHECK(found.skipped[1].why == "a link to nothing");
  CHECK(found.skipped[2].file.filename() == "round");
  for (const char* name : {"itself.png", "nowhere.png"}) {
    const auto link = (folder.path() / name).string();
    CHECK(code_of([&] { find_pictures({link}); }) == "not_found");
    CHECK(code_of([&] { read_file(link); }) == "not_found");
    CHECK_THROWS_WITH(find_pictures({link}), link + " is a link to nothing");
    CHECK_THROWS_WITH(read_file(link), link + " is a link to nothing");
  }
}

TEST_CASE("a folder whose pictures lie in folders inside it is refused by their names") {
  const TemporaryFolder folder;
  for (const char* name : {"one", "two", "three", "four"}) {
    std::filesystem::create_directories(folder.path() / name);
    write(folder.path() / name / "a.png", "x");
  }
  CHECK_THROWS_WITH(find_pictures({folder.path().string()}),
                    Catch::Contains("but four (a folder inside the folder), one") &&
                        Catch::Contains("and 1 more"));
}

TEST_CASE("a folder and a file without permission are refused by their names") {
  const TemporaryFolder folder;
  const auto shut = folder.path() / "shut";
  std::filesystem::create_directories(shut);
  const auto file = write(folder.path() / "secret.png", "x");
  std::filesystem::permissions(shut, std::filesystem::perms::none);
  std::filesystem::permissions(file, std::filesystem::perms::none);
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const NotRoot user;
  CHECK_THROWS_WITH(find_pictures({shut.string()}), Catch::Contains(shut.string()));
  CHECK(code_of([&] { find_pictures({shut.string()}); }) == "bad_input");
  CHECK_THROWS_WITH(read_file(file), Catch::Contains("secret.png"));
  CHECK(code_of([&] { read_file(file); }) == "bad_input");
}

TEST_CASE("a file that is named itself is sent whatever it is called") {
  const TemporaryFolder folder;
  const auto file = write(folder.path() / "photo", "x");
  CHECK(find_pictures({file.string()}).files.size() == 1);
}

TEST_CASE("an absent name and a folder without pictures are refused") {
  const TemporaryFolder folder;
  CHECK(code_of([&] { find_pictures({(folder.path() / "no").string()}); }) == "not_found");
  CHECK(code_of([&] { find_pictures({folder.path().string()}); }) == "bad_input");
}

TEST_CASE("all names that are no file are told at once, and what else may be meant by them") {
  const TemporaryFolder folder;
  const auto there = write(folder / "a.png", "x").string();
  const auto remedy = [](const std::string& name) -> std::string {
    return name == "20" ? "is 20 a number?" : "";
  };
  CHECK_THROWS_WITH(find_pictures({"no/1", there, "no/2"}),
                    "there is no file or folder no/1; there is no file or folder no/2");
  try {
    find_pictures({"no/1", there, "20"}, remedy);
    FAIL("taken");
  } catch (const executor::Error& error) {
    CHECK(error.hint() == "is 20 a number?");
  }
}

TEST_CASE("as many pictures as the limit are taken, one more is refused") {
  const TemporaryFolder folder;
  for (std::size_t i = 0; i < kMaxPictures; ++i) {
    write(folder.path() / (std::to_string(i) + ".png"), "x");
  }
  CHECK(find_pictures({folder.path().string()}).files.size() == kMaxPictures);
  write(folder.path() / "more.png", "x");
  CHECK(code_of([&] { find_pictures({folder.path().string()}); }) == "bad_input");
}

TEST_CASE("a file of the largest size is read, one byte more is refused with its name") {
  const TemporaryFolder folder;
  const auto file = write(folder.path() / "large.png", "x");
  std::filesystem::resize_file(file, kMaxFileBytes);
  CHECK(read_file(file).size() == kMaxFileBytes);
  std::filesystem::resize_file(file, kMaxFileBytes + 1);
  CHECK_THROWS_WITH(read_file(file), Catch::Contains("large.png"));
  CHECK(code_of([&] { read_file(file); }) == "bad_input");
  CHECK(code_of([&] { read_file(folder.path()); }) == "bad_input");
  CHECK(code_of([&] { read_file(folder.path() / "absent"); }) == "not_found");
}

TEST_CASE("an empty file is sent as it is: the encoder says what is wrong with it") {
  const TemporaryFolder folder;
  CHECK(read_file(write(folder.path() / "empty.png", "")).size() == 0);
}

TEST_CASE("a refusal that counts a picture names its file, and no other is changed") {
  const std::vector<std::filesystem::path> files = {"dog/1.png", "dog/2.png"};
  using flow::command::with_file;
  CHECK(with_file("picture 2 of 2 is empty", files) == "picture 2 of 2 (dog/2.png) is empty");
  CHECK(with_file("picture 1 of 2 is empty; picture 2 of 2 is cut off; and more", files) ==
        "picture 1 of 2 (dog/1.png) is empty; picture 2 of 2 (dog/2.png) is cut off; and more");
  for (const std::string cause : {"picture 3 of 2 is empty", "picture 0 of 2 is empty",
                                  "picture 1 of 3 is empty", "a picture is empty", ""}) {
    CHECK(with_file(cause, files) == cause);
  }
}

}  // namespace tests::command
