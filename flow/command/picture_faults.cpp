#include "flow/command/picture_faults.h"

#include <chrono>
#include <sstream>

#include "executor/error.h"
#include "executor/files/child_process.h"
#include "executor/files/read_file.h"
#include "executor/files/temporary_folder.h"
#include "flow/client/client.h"
#include "flow/command/interrupt.h"
#include "flow/command/picture_files.h"
#include "schemas/words.h"

namespace flow::command {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "souvenir-decode";
constexpr std::uint32_t kLook_ms = 100;
// The decoder itself gives each 20 s.
constexpr std::chrono::seconds kLongestPicture{30};
constexpr std::size_t kMostAnswerBytes = 1024 * 1024;

// Whether it looked at them all.
bool run(const files::Spawn& spawn, std::size_t count) {
  using Clock = std::chrono::steady_clock;
  files::ChildProcess child(spawn);
  const auto end = Clock::now() + kLongestPicture * static_cast<int>(count);
  while (Clock::now() < end) {
    if (const auto code = child.wait(kLook_ms)) return *code == 0;
    if (interrupted()) throw CallError({"cancelled", "client", "", "interrupted", ""});
  }
  return false;
}

}  // namespace

std::vector<std::string> ask_about_pictures(const std::vector<fs::path>& files) {
  const auto program = files::this_program().parent_path() / kProgram;
  if (files.empty() || !fs::exists(program)) return {};
  const files::TemporaryFolder folder;
  files::Spawn spawn;
  spawn.arguments = {program.string(), "look"};
  for (const auto& file : files) spawn.arguments.push_back(file.string());
  spawn.output = folder / "answer";
  if (!run(spawn, files.size())) return {};
  std::istringstream answer(files::read_file(spawn.output, kMostAnswerBytes));
  std::vector<std::string> faults;
  for (std::string line; std::getline(answer, line);) faults.push_back(line);
  if (faults.size() != files.size()) return {};
  return faults;
}

std::vector<schemas::Blob> read_pictures(const std::vector<fs::path>& files) {
  std::vector<schemas::Blob> blobs;
  std::vector<std::string> faults;
  std::vector<fs::path> readable;
  for (const auto& file : files) {
    try {
      blobs.push_back(read_file(file));
      readable.push_back(file);
    } catch (const executor::Error& error) {
      faults.emplace_back(error.what());
    }
  }
  const auto seen = ask_about_pictures(readable);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i].empty()) faults.push_back(readable[i].string() + " " + seen[i]);
  }
  if (faults.empty()) return blobs;
  const std::string count = faults.size() == 1 ? ""
                                               : std::to_string(faults.size()) + " of " +
                                                     std::to_string(files.size()) +
                                                     " pictures cannot be learned from: ";
  throw executor::Error("bad_input", count + schemas::first_few(faults, kToldFiles),
                        "give whole JPEG, PNG or WebP files; docs/limits.md has their sizes");
}

}  // namespace flow::command
