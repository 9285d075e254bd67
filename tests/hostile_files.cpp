#include "tests/hostile_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "executor/files/json_text.h"
#include "executor/files/temporary_folder.h"
#include "tests/child_run.h"

namespace tests {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::uintmax_t kSparseBytes = 10'000'000'000;
// Fills the JSON that is read to the brim, so that the limits of memory have to hold by themselves.
constexpr std::size_t kBrim = files::JsonLimits{}.bytes - 16;

/// One sort of hostile file.
struct Form {
  std::string name;
  Asks refused_by;                            ///< and by those that ask more
  std::function<void(const fs::path&)> make;  ///< at a path where nothing is
};

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string many_keys(std::size_t count) {
  std::string text = "{\"a\":0";
  for (std::size_t i = 0; i < count; ++i) text += ",\"" + std::to_string(i) + "\":0";
  return text + "}";
}

// Written once into `samples`: a reader is given a link of its own to it.
Form text_form(const fs::path& samples, const std::string& name, Asks refused_by,
               const std::string& text) {
  const auto sample = samples / name;
  std::ofstream(sample, std::ios::binary) << text;
  fs::permissions(sample, fs::perms::owner_read | fs::perms::owner_write);
  return {name, refused_by, [=](const auto& path) { fs::create_hard_link(sample, path); }};
}

std::vector<Form> text_forms(const fs::path& samples) {
  const auto form = [&](const std::string& name, const std::string& text) {
    return text_form(samples, name, Asks::sense, text);
  };
  return {
      text_form(samples, "empty", Asks::json, ""),
      form("deep lists", repeated("[", 100'000) + repeated("]", 100'000)),
      form("deep objects", repeated("{\"a\":", 100'000) + "1" + repeated("}", 100'000)),
      form("wide list, at the brim", "[0" + repeated(",0", kBrim / 2) + "]"),
      form("wide list, 20 MB", "[0" + repeated(",0", 10'000'000) + "]"),
      form("wide object, 400,000 keys", many_keys(400'000)),
      form("number, at the brim", "{\"a\":" + repeated("1", kBrim) + "}"),
      form("number, 7 MiB", "{\"a\":" + repeated("1", 7 * kMiB) + "}"),
      form("text, at the brim", "[\"" + repeated("x", kBrim) + "\"]"),
      text_form(samples, "text, 100 MiB", Asks::nothing,
                "{\"a\":\"" + repeated("x", 100 * kMiB) + "\"}"),
  };
}

std::vector<Form> forms(const fs::path& samples) {
  const auto link_to = [](const char* target) {
    return [=](const fs::path& path) { fs::create_symlink(target, path); };
  };
  std::vector<Form> all = {
      {"link to /dev/zero", Asks::nothing, link_to("/dev/zero")},
      {"link to a folder outside", Asks::nothing, link_to("/proc")},
      {"link to a text outside", Asks::sense, link_to("/etc/passwd")},
      {"FIFO", Asks::nothing,
       [](const fs::path& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }},
      {"folder", Asks::nothing, [](const fs::path& path) { fs::create_directory(path); }},
      {"unreadable", Asks::nothing,
       [](const fs::path& path) {
         std::ofstream(path) << "x";
         fs::permissions(path, fs::perms::none);
       }},
      {"sparse, 10 GB", Asks::nothing,
       [](const fs::path& path) {
         std::ofstream(path).close();
         fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
         fs::resize_file(path, kSparseBytes);
       }},
  };
  for (auto& form : text_forms(samples)) all.push_back(std::move(form));
  return all;
}

void check_cell(const Reader& reader, const Form& form, const fs::path& file,
                const ChildRun& outcome, double extra_MiB) {
  INFO(reader.name << ", " << form.name << ": " << outcome.thrown);
  CHECK(outcome.is_whole);
  CHECK(extra_MiB < kMostExtra_MiB);
  CHECK(outcome.processor_s < kMostTime_s);
  if (reader.asks < form.refused_by) return;
  CHECK_THAT(outcome.thrown, Catch::Contains(file.filename().string()));
}

void check_reader(const Reader& reader, const std::vector<Form>& forms, double idle_MiB) {
  const files::TemporaryFolder folder;
  const auto file = reader.arrange(folder.path());
  const auto read = [&] { return in_child([&] { reader.read(folder.path()); }); };
  const auto sound = read();
  INFO(reader.name << ", sound: " << sound.thrown);
  CHECK(sound.is_whole);
  CHECK(sound.thrown.empty());
  double most_MiB = 0, most_s = 0;
  for (const auto& form : forms) {
    fs::remove_all(file);
    form.make(file);
    const auto outcome = read();
    const double extra_MiB = outcome.most_MiB - idle_MiB;
    check_cell(reader, form, file, outcome, extra_MiB);
    most_MiB = std::max(most_MiB, extra_MiB);
    most_s = std::max(most_s, outcome.processor_s);
  }
  std::printf("%-46s %5.1f MiB %5.2f s\n", reader.name.c_str(), most_MiB, most_s);
}

}  // namespace

void check_hostile_files(const std::vector<Reader>& readers) {
  const files::TemporaryFolder samples;
  const auto all = forms(samples.path());
  const double idle_MiB = in_child([] {}).most_MiB;
  for (const auto& reader : readers) check_reader(reader, all, idle_MiB);
  std::printf("%zu readers, %zu forms\n", readers.size(), all.size());
}

}  // namespace tests
