#include "flow/access/audit.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

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
  executor::Descriptor opened(::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!opened) return false;
  descriptor_ = std::move(opened);
  char last = '\n';
  const auto end = ::lseek(descriptor_.get(), 0, SEEK_END);
  is_half_ = end > 0 && ::pread(descriptor_.get(), &last, 1, end - 1) == 1 && last != '\n';
  return true;
}

void Audit::write(const AuditEntry& entry) {
  nlohmann::ordered_json line = {
      {"at_ms", entry.at_ms},   {"who", entry.who},
      {"by", entry.credential}, {"link", name_of(entry.link)},
      {"what", entry.what},     {"verdict", entry.refused.empty() ? "allowed" : "refused"}};
  if (!entry.refused.empty()) line["why"] = entry.refused;
  lines_ += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  if (lines_.size() >= kBufferBytes) hand_over();
}

void Audit::hand_over() {
  if (lines_.empty()) return;
  if (is_half_) lines_.insert(0, 1, '\n');
  const auto written = ::write(descriptor_.get(), lines_.data(), lines_.size());
  if (written > 0) is_half_ = lines_[static_cast<std::size_t>(written) - 1] != '\n';
  lines_.clear();
}

void Audit::flush() {
  hand_over();
  if (::lseek(descriptor_.get(), 0, SEEK_END) <= kMaxBytes) return;
  std::error_code error;
  std::filesystem::rename(file_, file_.string() + ".1", error);
  if (!error) open();  // else, or on a full disk, it goes on in the file that it has
}

}  // namespace flow::access
