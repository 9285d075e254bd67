#include "flow/gateway/discretion.h"

#include <algorithm>
#include <cctype>

#include "flow/gateway/told_answer.h"
#include "schemas/codec.h"
#include "schemas/link.h"
#include "schemas/progress.h"

namespace flow {
namespace {

using executor::Packet;
using schemas::Kind;

constexpr std::string_view kIpc = "ipc://";
constexpr std::string_view kWordEnds = " \t\r\n'\"`(),;<>|[]{}";

// "a/b" and "..//" are no beginning of an absolute path.
bool may_begin(std::string_view text, std::size_t at) {
  if (text[at] != '/') return false;
  if (at == 0) return true;
  const char before = text[at - 1];
  return std::isalnum(static_cast<unsigned char>(before)) == 0 &&
         std::string_view("_-.~/").find(before) == std::string_view::npos;
}

bool is_web_address(std::string_view text, std::size_t slash) {
  const auto before = text.substr(0, slash);
  return before.ends_with("http:") || before.ends_with("https:");
}

// How long "process 123" is, at the beginning of this text, and how much of it stays.
std::pair<std::size_t, std::size_t> process_in(std::string_view text) {
  for (const std::string_view word : {"process ", "pid "}) {
    if (!text.starts_with(word)) continue;
    const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(word.size()),
                                      text.end(), [](unsigned char c) { return std::isdigit(c); });
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (length > word.size()) return {length, word.size() - 1};
  }
  return {0, 0};
}

template <typename Body>
Packet repacked(const Packet& packet, const Body& body) {
  return {packet.header, schemas::Blob(schemas::pack(body)), packet.blobs};
}

template <typename Body>
Body body_of(const Packet& packet) {
  return schemas::unpack<Body>(packet.body.view());
}

}  // namespace

Discretion::Discretion(const Flow& flow)
    : endpoints_{"/admin/updateUserEmails", "/admin/updateApiKeys"} {
  for (const auto& route : flow.routes) endpoints_.insert(route.endpoint);
  const auto add = [this](const std::filesystem::path& folder) {
    if (folder.has_relative_path()) roots_.push_back(folder.string());
  };
  add(flow.file.parent_path());
  for (const auto& address : flow.listen) {
    if (!address.starts_with(kIpc)) continue;
    const std::filesystem::path run =
        std::filesystem::path(address.substr(kIpc.size())).parent_path();
    add(run);
    add(run.parent_path());  // SOUVENIR_HOME
  }
  for (const auto& stage : flow.stages) add(stage.library.parent_path());
  // The longest first: one may be within another.
  std::sort(roots_.begin(), roots_.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

// A folder of the server may have spaces in its name.
std::size_t Discretion::end_of_word(std::string_view text, std::size_t from) const {
  std::size_t start = from;
  for (const auto& root : roots_) {
    if (!text.substr(from).starts_with(root)) continue;
    start = from + root.size();
    break;
  }
  const std::size_t end = std::min(text.find_first_of(kWordEnds, start), text.size());
  const auto last = text.substr(0, end).find_last_not_of(".:!?");
  return last == text.npos ? end : std::max(last + 1, start);
}

bool Discretion::is_path(std::string_view word, std::string_view own) const {
  if (endpoints_.contains(word) || (!own.empty() && own.find(word) != own.npos)) return false;
  const auto is_root = [&](const std::string& root) { return word.starts_with(root); };
  if (std::any_of(roots_.begin(), roots_.end(), is_root)) return true;
  const auto name = word.find_first_not_of('/');
  return name != word.npos && word.find('/', name) != word.npos;
}

std::string Discretion::text(std::string_view text, std::string_view own) const {
  std::string told;
  for (std::size_t at = 0; at < text.size();) {
    const auto [length, kept] = process_in(text.substr(at));
    if (length > 0) {
      told += text.substr(at, kept);
      at += length;
      continue;
    }
    if (!may_begin(text, at)) {
      told += text[at++];
      continue;
    }
    const std::size_t first = text.find_first_not_of('/', at);
    const std::size_t slash = first == text.npos ? at : first - 1;  // of "ipc:///home"
    const std::size_t end = end_of_word(text, slash);
    const bool hidden = !is_web_address(text, at) && is_path(text.substr(slash, end - slash), own);
    told += hidden ? std::string_view(kPath) : text.substr(at, end - at);
    at = std::max(end, at + 1);
  }
  return told;
}

schemas::Fault Discretion::of(schemas::Fault fault, std::string_view own) const {
  fault.cause = text(fault.cause, own);
  fault.hint = text(fault.hint, own);
  return fault;
}

schemas::Status Discretion::of(schemas::Status status) const {
  status.file.clear();
  status.pid = 0;
  for (auto& stage : status.stages) {
    stage.pid = 0;
    stage.text = text(stage.text);
    stage.with.clear();
  }
  for (auto& job : status.jobs) job.text = text(job.text);
  return status;
}

schemas::JobReport Discretion::of(schemas::JobReport report) const {
  for (auto& job : report.jobs) {
    job.text = text(job.text);
    job.reasons = text(job.reasons);
  }
  for (auto& note : report.history) note.text = text(note.text);
  return report;
}

Packet Discretion::of(const Packet& packet, const std::string& owner) const {
  const std::string& type = packet.header.type;
  switch (packet.header.kind) {
    case Kind::report:
      if (type == schemas::Status::kType)
        return repacked(packet, of(body_of<schemas::Status>(packet)));
      return repacked(packet, of(body_of<schemas::JobReport>(packet)));
    case Kind::progress: {
      auto progress = body_of<schemas::Progress>(packet);
      progress.text = text(progress.text);
      return repacked(packet, progress);
    }
    case Kind::ended: {
      auto ended = body_of<schemas::Ended>(packet);
      ended.fault = of(std::move(ended.fault));
      return repacked(packet, ended);
    }
    case Kind::result: {
      const auto told = told_answer(packet.body.view(), owner, *this);
      return told ? Packet{packet.header, schemas::Blob(*told), packet.blobs} : packet;
    }
    default: return packet;
  }
}

}  // namespace flow
