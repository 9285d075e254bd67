#include "flow/access/audit.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "executor/error.h"

namespace flow::access {
namespace {

const char* name_of(Link link) {
  switch (link) {
    case Link::own: return "ipc";
    case Link::loopback: return "loopback";
    default: return "curve";
  }
}

}  // namespace

Audit::Audit(std::filesystem::path file) : file_(std::move(file)) {
  std::filesystem::create_directories(file_.parent_path());
  std::filesystem::permissions(file_.parent_path(), std::filesystem::perms::owner_all);
  if (open()) return;
  throw executor::Error("bad_config",
                        "cannot write the audit " + file_.string() + ": " + std::strerror(errno),
                        "the folder has to be yours");
}

bool Audit::open() {
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::FILE* file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "a");
  if (file != nullptr) out_.reset(file);
  return file != nullptr;
}

void Audit::write(const AuditEntry& entry) {
  nlohmann::ordered_json line = {
      {"at_ms", entry.at_ms},   {"who", entry.who},
      {"by", entry.credential}, {"link", name_of(entry.link)},
      {"what", entry.what},     {"verdict", entry.refused.empty() ? "allowed" : "refused"}};
  if (!entry.refused.empty()) line["why"] = entry.refused;
  const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::fprintf(out_.get(), "%s\n", text.c_str());
}

void Audit::flush() {
  std::fflush(out_.get());
  if (::lseek(::fileno(out_.get()), 0, SEEK_END) <= kMaxBytes) return;
  std::error_code error;
  std::filesystem::rename(file_, file_.string() + ".1", error);
  if (!error) open();  // else, or on a full disk, it goes on in the file that it has
}

}  // namespace flow::access
