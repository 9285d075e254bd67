#include "executor/files/trusted.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "executor/files/file_error.h"
#include "executor/files/input_file.h"
#include "executor/files/temporary_folder.h"

namespace fs = std::filesystem;
using files::Others;

namespace {

constexpr uid_t kUser = 4242, kOther = 4243;
constexpr gid_t kGroup = 4444, kOtherGroup = 4445;  // without entries

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

void give(const fs::path& path, uid_t user, gid_t group, mode_t mode) {
  REQUIRE(::chown(path.c_str(), user, group) == 0);
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

// What `act` throws in a process of that user; "" = nothing.
std::string said_to(uid_t user, const std::function<void()>& act) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string text;
    if (::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) ::_exit(1);
    try {
      act();
    } catch (const std::exception& error) {
      text = error.what();
    }
    ::_exit(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0
                                                                                            : 1);
  }
  ::close(ends[1]);
  std::string said(4096, '\0');
  const auto bytes = ::read(ends[0], said.data(), said.size());
  ::close(ends[0]);
  int state = 0;
  REQUIRE(::waitpid(child, &state, 0) == child);
  REQUIRE(state == 0);
  said.resize(static_cast<std::size_t>(bytes));
  return said;
}

struct Case {
  const char* what;
  std::function<void(const fs::path& top)> arrange;  // of top/folder/file, all of them the user's
  std::function<void(const fs::path& top)> act;
  std::string refused;  // what the text contains; "" = taken
};

std::function<void(const fs::path&)> file_is(uid_t user, gid_t group, mode_t mode) {
  return [=](const fs::path& top) { give(top / "folder/file", user, group, mode); };
}

std::function<void(const fs::path&)> folder_is(const char* name, uid_t user, mode_t mode) {
  return [=](const fs::path& top) { give(top / name, user, kOtherGroup, mode); };
}

void nothing(const fs::path&) {}

void secret(const fs::path& top) {
  files::require_trusted(files::InputFile(top / "folder/file"), Others::nothing);
}

void readable(const fs::path& top) {
  files::require_trusted(files::InputFile(top / "folder/file"), Others::read);
}

void folder(const fs::path& top) {
  files::require_trusted_folder(top / "folder");
}

std::function<void(const fs::path&)> trusting(const std::string& group,
                                              const std::function<void(const fs::path&)>& act) {
  return [=](const fs::path& top) {
    files::trust_group(group);
    act(top);
  };
}

const std::vector<Case> kCases = {
    {"a secret of one's own", nothing, secret, ""},
    {"a secret of root:group, trusted", file_is(0, kUser, 0440), trusting("4242", secret), ""},
    {"a file of root's", file_is(0, 0, 0644), readable, ""},
    {"a file that others read", file_is(kUser, kUser, 0644), readable, ""},
    {"a secret that others read", file_is(kUser, kUser, 0604), secret, "is secret"},
    {"a secret that its group reads", file_is(kUser, kGroup, 0640), secret, "chmod 600"},
    {"a file that its group writes", file_is(kUser, kGroup, 0664), readable, "written by others"},
    {"a file that all write", file_is(kUser, kUser, 0646), readable, "written by others"},
    {"another user's secret", file_is(kOther, kOther, 0644), secret, "belongs to user 4243"},
    {"another user's file", file_is(kOther, kOther, 0644), readable, "belongs to user 4243"},
    {"a secret of root:group, untold", file_is(0, kGroup, 0444), secret, "is secret"},
    {"a file of a trusted group", file_is(kUser, kGroup, 0660), trusting("4444", secret), ""},
    {"a folder of a trusted group",
     [](const fs::path& top) { give(top / "folder", kUser, kGroup, 02770); },
     trusting("4444", folder), ""},
    {"a file of another group", file_is(kUser, kOtherGroup, 0660), trusting("4444", secret),
     "is secret"},
    {"a trusted group and everybody", file_is(kUser, kGroup, 0664), trusting("4444", secret),
     "is secret"},
    {"a group that is not there", nothing, trusting("no-such-group", secret), "no group"},
    {"a number that is none", nothing, trusting("44x", secret), "no group"},
    {"below a folder that all write", folder_is("folder", kUser, 0757), secret,
     "written by others"},
    {"below a sticky folder of root's", folder_is("folder", 0, 01777), secret, ""},
    {"below a sticky folder of another's", folder_is("folder", kOther, 01777), secret,
     "belongs to user 4243"},
    {"below another user's folder", folder_is("folder", kOther, 0755), secret,
     "belongs to user 4243"},
    {"far below a folder that all write", folder_is(".", kUser, 0757), secret, "written by others"},
    {"a link into another user's folder",
     [](const fs::path& top) {
       fs::create_directory(top / "theirs");
       fs::rename(top / "folder/file", top / "theirs/file");
       give(top / "theirs", kOther, kOther, 0755);
       fs::create_symlink("../theirs/file", top / "folder/file");
     },
     secret, "belongs to user 4243"},
    {"another user's link to a file of one's own",
     [](const fs::path& top) {
       fs::rename(top / "folder/file", top / "own");
       fs::create_symlink("../own", top / "folder/file");
       give(top / "folder", kOther, kOther, 0755);
     },
     secret, ""},
    {"what was opened, not what took its name",
     [](const fs::path& top) { std::ofstream(top / "folder/next") << "x"; },
     [](const fs::path& top) {
       const files::InputFile opened(top / "folder/file");
       fs::rename(top / "folder/next", top / "folder/file");  // root's, mode 0644
       files::require_trusted(opened, Others::nothing);
     },
     ""},
    {"a folder of one's own", nothing, folder, ""},
    {"a folder that others read", folder_is("folder", kUser, 0755), folder, ""},
    {"a sticky folder itself", folder_is("folder", kUser, 01777), folder, "written by others"},
    {"a file as a folder", nothing,
     [](const fs::path& top) { files::require_trusted_folder(top / "folder/file"); },
     "Not a directory"},
    {"no file", nothing,
     [](const fs::path& top) {
       files::require_trusted(files::InputFile(top / "none"), Others::read);
     },
     "No such file"},
    {"a new folder", nothing,
     [](const fs::path& top) {
       files::make_private_folder(top / "folder/new");
       if (mode_of(top / "folder/new") != 0700) throw files::Error("its mode is wrong");
     },
     ""},
    {"a new folder in another user's", folder_is("folder", kOther, 0777),
     [](const fs::path& top) { files::make_private_folder(top / "folder/new"); },
     "belongs to user 4243"},
};

}  // namespace

TEST_CASE("files and folders are taken from root and the user alone, as what was opened says") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can give files away");
    return;
  }
  for (const auto& each : kCases) {
    const files::TemporaryFolder top;
    fs::create_directory(top / "folder");
    std::ofstream(top / "folder/file") << "x";
    give(top / "folder/file", kUser, kUser, 0600);
    give(top / "folder", kUser, kUser, 0700);
    give(top.path(), kUser, kUser, 0755);
    each.arrange(top.path());
    const auto said = said_to(kUser, [&] { each.act(top.path()); });
    std::printf("%-46s %s\n", each.what, said.empty() ? "taken" : said.c_str());
    INFO(each.what << ": " << said);
    CHECK(said.empty() == each.refused.empty());
    CHECK_THAT(said, Catch::Contains(each.refused));
    if (!said.empty()) give(top.path(), 0, 0, 0700);
  }
}

TEST_CASE("a folder that was there keeps its mode, whether it is taken or refused") {
  const files::TemporaryFolder top;
  const auto mode = GENERATE(as<mode_t>{}, 0755, 0700, 01777, 0777);
  fs::create_directory(top / "home");
  REQUIRE(::chmod((top / "home").c_str(), mode) == 0);
  if ((mode & 022) == 0) {
    CHECK_NOTHROW(files::make_private_folder(top / "home"));
  } else {
    CHECK_THROWS_WITH(files::make_private_folder(top / "home"),
                      Catch::Contains("can be written by others") && Catch::Contains("chmod go-w"));
  }
  CHECK(mode_of(top / "home") == mode);
}

TEST_CASE("a folder is made with those above it") {
  const files::TemporaryFolder top;
  files::make_private_folder(top / "a/b/c");
  CHECK(mode_of(top / "a/b/c") == 0700);
}
