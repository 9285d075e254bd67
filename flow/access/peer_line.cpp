#include "flow/access/peer_line.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "executor/curve_keys.h"
#include "executor/error.h"

namespace flow::access {
namespace {

using executor::Error;

constexpr std::size_t kMaxStageName = 64;
const std::string kStages = "stage=", kWorkers = "workers=";

// As flow files have them: no comma, no space.
bool is_stage(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return plain && !name.empty() && name.size() <= kMaxStageName;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  if (text.ends_with(',')) parts.emplace_back();
  return parts;
}

std::uint32_t number_in(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? number : 0;  // which no key may have
}

[[noreturn]] void refuse(const std::string& line, const std::string& why) {
  throw Error("bad_config", "'" + line.substr(0, 80) + "' is no allowed key" + why, kPeerForm);
}

// "stage=trainer,sampler workers=4"; the first word is read already.
void read_stages(Peer& peer, const std::string& first, std::istringstream& words,
                 const std::string& line) {
  std::string workers;
  words >> workers;
  if (!workers.starts_with(kWorkers)) refuse(line, ": it does not say how many workers");
  peer.stages = split(first.substr(kStages.size()));
  peer.workers = number_in(workers.substr(kWorkers.size()));
  try {
    check_stages(peer);
  } catch (const Error& error) {
    refuse(line, std::string(": ") + error.what());
  }
}

}  // namespace

void check_stages(const Peer& peer) {
  if (peer.stages.empty() || peer.stages.size() > kMaxStagesOfKey) {
    throw Error("bad_input",
                "the key of a stage names 1 to " + std::to_string(kMaxStagesOfKey) + " stages",
                "--stage NAME, as in the flow file; may be repeated");
  }
  for (const auto& stage : peer.stages) {
    if (is_stage(stage)) continue;
    throw Error("bad_input", "'" + stage.substr(0, 80) + "' is no name of a stage",
                "a-z, 0-9, _ and -, as in the flow file");
  }
  if (peer.workers >= 1 && peer.workers <= kMaxWorkers) return;
  throw Error("bad_input", "a key runs 1 to " + std::to_string(kMaxWorkers) + " workers at once",
              "--workers N");
}

Peer read_peer(const std::string& line) {
  Peer peer;
  std::string role;
  std::istringstream words(line);
  words >> peer.key >> role;
  const bool names_stages = role.starts_with(kStages);
  if (names_stages) read_stages(peer, role, words, line);
  words >> std::ws;
  std::getline(words, peer.name);
  const auto known = names_stages ? PeerRole::stage : role_named(role);
  if (!executor::is_curve_key(peer.key) || !known || !is_principal_name(peer.name)) {
    refuse(line, "");
  }
  peer.role = *known;
  peer.name = canonical_name(peer.name);
  return peer;
}

std::string line_of(const Peer& peer) {
  std::string what = name_of(peer.role);
  for (std::size_t i = 0; i < peer.stages.size(); ++i) {
    what += (i == 0 ? "=" : ",") + peer.stages[i];
  }
  if (!peer.stages.empty()) what += ' ' + kWorkers + std::to_string(peer.workers);
  return peer.key + ' ' + what + ' ' + peer.name;
}

}  // namespace flow::access
