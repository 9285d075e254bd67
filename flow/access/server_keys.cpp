#include "flow/access/server_keys.h"

#include "executor/error.h"
#include "executor/trusted_file.h"

namespace flow::access {
namespace {

namespace fs = std::filesystem;
using executor::Error;

// The stamp of the file is taken before its content is read.
std::optional<executor::CurveKeys> read_pair(PrivateFile& file) {
  if (file.read().empty()) return std::nullopt;
  return executor::read_key_file(file.path());
}

}  // namespace

ServerKeys::ServerKeys(const Files& files, bool is_public)
    : is_public_(is_public),
      present_file_(files.server_key),
      former_file_(files.former_server_key) {
  if (is_public_) read();
}

void ServerKeys::read() {
  auto present = read_pair(present_file_);
  former_ = read_pair(former_file_);
  present_ = std::move(present);
}

bool ServerKeys::refresh() {
  if (!is_public_ || (!present_file_.changed() && !former_file_.changed())) return false;
  try {
    read();
  } catch (const Error&) {
    return false;
  }
  return true;
}

std::string ServerKeys::make_once(const Files& files) {
  if (fs::exists(files.server_key)) return executor::read_key_file(files.server_key).public_key;
  executor::make_private_folder(files.folder);
  const auto keys = executor::make_curve_keys();
  executor::write_key_file(files.server_key, keys);
  return keys.public_key;
}

// At no time is there no file: a server that starts meanwhile finds one of the two pairs.
std::string ServerKeys::rotate(const Files& files) {
  make_once(files);
  const PrivateFile::Lock lock{PrivateFile(files.server_key)};
  if (fs::exists(files.former_server_key)) {
    throw Error("exists", "the server has two keys already: a rotation is under way",
                "souvenir keys rotate --finish, when all peers have the new one");
  }
  const auto keys = executor::make_curve_keys();
  const fs::path next = files.server_key.string() + ".next";
  fs::remove(next);
  executor::write_key_file(next, keys);
  fs::create_hard_link(files.server_key, files.former_server_key);
  fs::rename(next, files.server_key);
  return keys.public_key;
}

void ServerKeys::finish(const Files& files) {
  if (fs::remove(files.former_server_key)) return;
  throw Error("not_found", "the server's key is not being rotated", "souvenir keys rotate");
}

}  // namespace flow::access
