#include "flow/access/audit.h"

#include <nlohmann/json.hpp>

namespace flow::access {
namespace {

const char* name_of(Link link) {
  switch (link) {
    case Link::own: return "ipc";
    case Link::loopback: return "loopback";
    default: return "curve";
  }
}

nlohmann::ordered_json object_of(const AuditEntry& entry) {
  nlohmann::ordered_json object = {
      {"at_ms", entry.at_ms},   {"who", entry.who},
      {"by", entry.credential}, {"link", name_of(entry.link)},
      {"what", entry.what},     {"verdict", entry.refused.empty() ? "allowed" : "refused"}};
  if (!entry.refused.empty()) object["why"] = entry.refused;
  if (entry.times > 1) object["times"] = entry.times;
  return object;
}

}  // namespace

Audit::Audit(const Settings& settings, const Files& files, std::int64_t now_ms,
             const std::filesystem::path& system_log)
    : repeats_(now_ms), now_ms_(now_ms) {
  ChainedLog::Tell tell;
  if (settings.audit_syslog) {
    system_log_.emplace(system_log);
    tell = [this](const std::string& line) { system_log_->send(line); };
  }
  if (!settings.audit_file) return;
  allowed_ = std::make_unique<ChainedLog>(files.audit, kAllowed, now_ms, tell);
  refused_ = std::make_unique<ChainedLog>(files.refusals, kRefused, now_ms, tell);
}

Audit::~Audit() {
  for (const auto& entry : repeats_.end(now_ms_)) put(entry);
}

void Audit::write(const AuditEntry& entry) {
  if (repeats_.is_new(entry)) put(entry);
}

void Audit::put(const AuditEntry& entry) {
  const auto object = object_of(entry);
  const auto& log = entry.refused.empty() ? allowed_ : refused_;
  if (log) return log->append(object);
  system_log_->send(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Audit::flush(std::int64_t now_ms) {
  now_ms_ = now_ms;
  for (const auto& entry : repeats_.due(now_ms)) put(entry);
  if (!allowed_) return;
  allowed_->flush(now_ms);
  refused_->flush(now_ms);
}

}  // namespace flow::access
