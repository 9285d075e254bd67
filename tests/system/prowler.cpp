// A stage that is taken over: tries what its task says, and answers "done" or the cause.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <sstream>

#include "executor/plugin.h"
#include "schemas/text.h"

namespace {

bool put(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_WRONLY, 0600);
  return file >= 0 && ::write(file, "x", 1) == 1;
}

bool get(const std::string& path) {
  char byte = 0;
  const int file = ::open(path.c_str(), O_RDONLY);
  return file >= 0 && ::read(file, &byte, 1) == 1;
}

bool handle_of(const std::string& path, const std::string& root) {
  alignas(file_handle) char room[sizeof(file_handle) + MAX_HANDLE_SZ];
  auto* handle = reinterpret_cast<file_handle*>(room);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (::name_to_handle_at(AT_FDCWD, path.c_str(), handle, &mount, 0) != 0) return false;
  const int file = ::open_by_handle_at(::open(root.c_str(), O_RDONLY), handle, O_RDONLY);
  char byte = 0;
  return file >= 0 && ::read(file, &byte, 1) == 1;
}

using Way = std::function<bool(const std::string&, const std::string&)>;

const std::map<std::string, Way>& ways() {
  static const std::map<std::string, Way> kWays = {
      {"read", [](auto& path, auto&) { return get(path); }},
      {"write", [](auto& path, auto&) { return put(path, 0); }},
      {"make", [](auto& path, auto&) { return put(path, O_CREAT | O_EXCL); }},
      {"append", [](auto& path, auto&) { return put(path, O_APPEND); }},
      {"truncate", [](auto& path, auto&) { return ::truncate(path.c_str(), 0) == 0; }},
      {"remove", [](auto& path, auto&) { return ::remove(path.c_str()) == 0; }},
      {"mkdir", [](auto& path, auto&) { return ::mkdir(path.c_str(), 0700) == 0; }},
      {"rename", [](auto& from, auto& to) { return ::rename(from.c_str(), to.c_str()) == 0; }},
      {"link", [](auto& from, auto& to) { return ::link(from.c_str(), to.c_str()) == 0; }},
      {"symlink", [](auto& from, auto& to) { return ::symlink(from.c_str(), to.c_str()) == 0; }},
      {"bind",
       [](auto& from, auto& to) {
         return ::mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr) == 0;
       }},
      {"handle", [](auto& path, auto& root) { return handle_of(path, root); }},
      {"signal", [](auto& pid, auto&) { return ::kill(std::stoi(pid), SIGCONT) == 0; }},
      {"trace",
       [](auto& pid, auto&) {
         return ::ptrace(PTRACE_SEIZE, std::stoi(pid), nullptr, nullptr) == 0;
       }},
      {"rights",
       [](auto&, auto&) {
         rlimit core{};
         ::getrlimit(RLIMIT_CORE, &core);
         errno = EPERM;
         return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || core.rlim_max != 0;
       }},
      {"temporary",
       [](auto&, auto&) {
         const char* set = std::getenv("TMPDIR");
         std::string path = std::string(set == nullptr ? "/tmp" : set) + "/prowler-XXXXXX";
         const int file = ::mkstemp(path.data());
         ::unlink(path.c_str());
         return file >= 0;
       }},
  };
  return kWays;
}

class Prowler final : public executor::Executor {
 public:
  explicit Prowler(const executor::Setup&) {}

  void process(const schemas::Message& in, executor::Outbox& out) override {
    std::istringstream words(in.as<schemas::Text>().text);
    std::string what, first, second;
    words >> what >> first >> second;
    errno = 0;
    const bool done = ways().at(what)(first, second);
    out.send(schemas::Message::of(schemas::Text{done ? "done" : std::strerror(errno)}));
  }
};

}  // namespace

SOUVENIR_PLUGIN(Prowler, .name = "prowler", .help = "Tries what it is told",
                .handlers = {{.accepts = "text.v1", .emits = {"text.v1"}}},
                .params = {{.name = "data",
                            .default_value = std::string(),
                            .help = "a folder or file outside of the home"}},
                .reads = {"store/"}, .writes = {"cache/", "words.db"})
