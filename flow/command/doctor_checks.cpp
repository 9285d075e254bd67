#include "flow/command/doctor_checks.h"

#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>

#include "executor/damaged_rows.h"
#include "executor/files/child_process.h"
#include "executor/load.h"
#include "executor/sandbox/landlock.h"
#include "flow/client/client.h"
#include "flow/command/asked_model.h"
#include "flow/command/context.h"
#include "flow/command/model_facts.h"
#include "flow/command/private_server.h"
#include "flow/command/stage_params.h"
#include "flow/file/flow.h"

namespace flow::command {
namespace {

namespace fs = std::filesystem;

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr double kLeastDisk_GiB = 2;  // one model of the shipped size, its checkpoints and pictures
constexpr double kLeastMemory_GiB = 2;
constexpr std::size_t kShownRows = 20;
constexpr std::size_t kReadLines = 64;  // of what a plugin that does not load has left in its log
constexpr std::uint32_t kLoad_ms = 60'000;

std::string gib(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", bytes / kGiB);
  return text;
}

Finding check_zmq() {
  int major = 0, minor = 0, patch = 0;
  ::zmq_version(&major, &minor, &patch);
  const std::string version =
      std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
  const std::string remedy = "install libzmq 4.3.4 or later (Debian: apt install libzmq5)";
  if (ZMQ_MAKE_VERSION(major, minor, patch) < ZMQ_MAKE_VERSION(4, 3, 4)) {
    return {"libzmq", false, "libzmq is " + version, remedy};
  }
  if (::zmq_has("curve") == 0) {
    return {"libzmq", false, "libzmq " + version + " has no CURVE: links cannot be encrypted",
            remedy};
  }
  return {"libzmq", true, version + " with CURVE", ""};
}

Finding check_plugin(const std::string& name, const fs::path& log) {
  files::Spawn spawn;
  spawn.arguments = {files::this_program().string(), "describe", name};
  spawn.output = log;
  files::ChildProcess child(
      spawn);  // loading LibTorch takes half a second and 100 MB, and may crash
  const auto code = child.wait(kLoad_ms);
  const std::string subject = "plugin " + name;
  if (code == 0) return {subject, true, "loads", ""};
  const auto said = told_at_end(last_lines(log, kReadLines));
  return {subject, false, !code ? "takes more than a minute to load" : said.cause,
          !said.hint.empty() ? said.hint
                             : "build it again (./run build); LibTorch must be in the project's "
                               ".venv"};
}

void add_plugins(std::vector<Finding>& findings) {
  const auto names = executor::plugin_names();
  if (names.empty()) {
    findings.push_back({"plugins", false, "no plugins were found",
                        "build them (./run build), or name their folder in SOUVENIR_PLUGINS"});
    return;
  }
  const TemporaryFolder folder;
  for (const auto& name : names) findings.push_back(check_plugin(name, folder.path() / "log"));
}

void add_flow(const Places& places, std::vector<Finding>& findings) {
  const auto file = default_flow(places);
  const Flow flow = load_flow(file, places.run, places.share);
  findings.push_back({"flow", true, file.string() + " is valid", ""});
  if (const auto model = find_param<std::string>(flow, "/generate", {"model"})) {
    findings.push_back(check_model(*model));
  }
}

// By a pipe: the decoder can write to no file any more when it says what holds.
Finding check_decoder(const fs::path& program) {
  if (!fs::exists(program)) {
    return {"decoder", false, "there is no " + program.string(), "build or install it again"};
  }
  FILE* pipe = ::popen(("'" + program.string() + "' confinement 2>&1").c_str(), "re");
  std::string said;
  char buffer[256];
  while (pipe != nullptr && ::fgets(buffer, sizeof buffer, pipe) != nullptr) said += buffer;
  const bool closed = pipe != nullptr && ::pclose(pipe) == 0;
  if (said.ends_with('\n')) said.pop_back();
  return {"decoder", closed, said, "it decodes no picture before it can give up its rights"};
}

Finding check_stages() {
  const int version = sandbox::landlock_version();
  if (version < sandbox::kLeastLandlock) {
    return {"stages", true,
            "take no new rights; the whole home is open to them, for this kernel has no Landlock "
            "of Linux 5.19 or later",
            ""};
  }
  return {"stages", true,
          "take no new rights, and see of the home what their plugins declare (Landlock " +
              std::to_string(version) + ")",
          ""};
}

Finding check_disk(const Places& places) {
  const auto free = static_cast<double>(fs::space(places.home).available);
  const std::string text = gib(free) + " free in " + places.home.string();
  if (free >= kLeastDisk_GiB * kGiB) return {"disk", true, text, ""};
  return {"disk", false, text, "free some space, or set SOUVENIR_HOME to a larger disk"};
}

Finding check_memory() {
  std::ifstream in("/proc/meminfo");
  double available = 0;
  for (std::string word; in >> word;) {
    if (word == "MemAvailable:" && in >> available) break;
  }
  const std::string text = gib(available * 1024) + " available";
  if (available * 1024 >= kLeastMemory_GiB * kGiB) return {"memory", true, text, ""};
  return {"memory", false, text,
          "close other programs; souvenir finetune --dry-run shows how much is needed"};
}

Finding check_server(const Places& places) {
  const std::string address = own_address(places);
  if (!fs::exists(places.run / "gateway.sock")) return {"server", true, "no server is running", ""};
  Client client(address, caller());
  if (client.reachable(1'000)) return {"server", true, "answers at " + address, ""};
  return {"server", false, "there is a socket " + address + ", but no server answers",
          "see " + (places.run / "server.log").string() + "; start one: souvenir up"};
}

void add_databases(const Places& places, std::vector<Finding>& findings) {
  for (const char* name : {"jobs.db", "registry.db"}) {
    if (fs::exists(places.home / name)) findings.push_back(check_database(places.home / name));
  }
}

// A check that throws is a finding too.
void guarded(std::vector<Finding>& findings, const std::string& name,
             const std::function<void()>& check) {
  try {
    check();
  } catch (const executor::Error& error) {
    findings.push_back({name, false, error.what(), error.hint()});
  } catch (const std::exception& error) {
    findings.push_back({name, false, error.what(), ""});
  }
}

}  // namespace

Finding check_socket_path(const Places& places) {
  const std::string path = (places.run / "gateway.sock").string();
  constexpr std::size_t kMax = sizeof(sockaddr_un::sun_path) - 1;
  const std::string text = std::to_string(path.size()) + " of " + std::to_string(kMax) + " bytes";
  if (path.size() <= kMax) return {"socket path", true, text, ""};
  return {"socket path", false, path + " is too long for a socket: " + text,
          "set SOUVENIR_HOME to a shorter path"};
}

Finding check_writable(const fs::path& folder) {
  const fs::path probe = folder / (".doctor-" + std::to_string(::getpid()));
  std::ofstream out(probe);
  out << "x";
  out.close();
  const bool written = !out.fail();
  std::error_code ignored;
  fs::remove(probe, ignored);
  if (written) return {"home", true, folder.string() + " is writable", ""};
  return {"home", false, folder.string() + " cannot be written",
          "make the folder writable, or set SOUVENIR_HOME to another folder"};
}

Finding check_database(const fs::path& file) {
  executor::Database database(file);
  const auto rows = executor::rows_set_aside(database);
  if (rows.empty()) return {"database", true, file.string() + " has no damaged rows", ""};
  std::string text = file.string() + " has " + std::to_string(rows.size()) + " damaged rows:";
  for (std::size_t i = 0; i < std::min(rows.size(), kShownRows); ++i) text += "\n" + rows[i];
  if (rows.size() > kShownRows) text += "\n...";
  return {"database", false, text,
          "the rest is served; they lie in the tables damaged_*, and are forgotten with: sqlite3 " +
              file.string() + " \"DROP TABLE damaged_...\""};
}

Finding check_model(const fs::path& model) {
  const bool is_file = fs::is_regular_file(model);
  if (!is_file && !fs::is_directory(model))
    return {"model", false, "there is no folder " + model.string(),
            "correct the path in SOUVENIR_MODEL ('model' in the flow file), or put a Stable "
            "Diffusion 1 or 2 model there"};
  try {
    std::string text = model.string() + (is_file ? " is a single file, converted at the first start"
                                                 : " is complete");
    for (const auto& note : ask_about_model(model)) text += "\n" + note;
    if (is_file) return {"model", true, text, ""};
    const auto missing = missing_files(model_folder(model));
    if (missing.empty()) {
      read_model_facts(model);
      return {"model", true, text, ""};
    }
    text = model.string() + " lacks";
    for (const auto& name : missing) text += " " + name;
    return {"model", false, text,
            "download it again, whole, or set SOUVENIR_MODEL to another diffusers folder of Stable "
            "Diffusion 1 or 2"};
  } catch (const executor::Error& error) {
    return {"model", false, error.what(), error.hint()};
  }
}

std::vector<Finding> examine() {
  std::vector<Finding> findings = {check_zmq()};
  Places places;
  guarded(findings, "home", [&] {
    places = find_places();
    findings.push_back(check_writable(places.home));
  });
  guarded(findings, "plugins", [&] { add_plugins(findings); });
  guarded(findings, "decoder", [&] {
    findings.push_back(check_decoder(executor::program_folder() / "souvenir-decode"));
  });
  findings.push_back(check_stages());
  if (places.home.empty()) return findings;
  findings.push_back(check_socket_path(places));
  guarded(findings, "flow", [&] { add_flow(places, findings); });
  guarded(findings, "database", [&] { add_databases(places, findings); });
  guarded(findings, "disk", [&] { findings.push_back(check_disk(places)); });
  guarded(findings, "memory", [&] { findings.push_back(check_memory()); });
  guarded(findings, "server", [&] { findings.push_back(check_server(places)); });
  return findings;
}

}  // namespace flow::command
