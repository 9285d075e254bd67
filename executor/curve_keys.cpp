#include "executor/curve_keys.h"

#include <fcntl.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <sstream>

#include "executor/error.h"
#include "executor/trusted_file.h"

namespace executor {
namespace {

constexpr std::size_t kKeyLength = 40;
constexpr std::size_t kKeyBytes = 32;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why,
                         const std::string& hint) {
  throw Error("bad_config", file.string() + " " + why, hint);
}

std::string text_of(const CurveKeys& keys) {
  std::string text = "public " + keys.public_key + "\nsecret " + keys.secret_key + "\n";
  if (!keys.server_key.empty()) text += "server " + keys.server_key + "\n";
  return text;
}

}  // namespace

CurveKeys make_curve_keys() {
  std::array<char, kKeyLength + 1> public_key{};
  std::array<char, kKeyLength + 1> secret_key{};
  do {
    if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
      throw Error("unavailable", "this libzmq has no CURVE", "install libzmq 4.3.4 or later");
    }
  } while (public_key[0] == '-');  // a command line would take it for an option
  return {public_key.data(), secret_key.data()};
}

bool is_curve_key(const std::string& text) {
  std::array<std::uint8_t, kKeyBytes> bytes{};
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20; });
  return text.size() == kKeyLength && printable &&
         zmq_z85_decode(bytes.data(), text.c_str()) != nullptr;
}

void write_key_file(const std::filesystem::path& file, const CurveKeys& keys) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    throw Error(errno == EEXIST ? "exists" : "bad_config",
                "cannot make " + file.string() + ": " + std::strerror(errno),
                "name a new file in a folder of yours");
  }
  const std::string text = text_of(keys);
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (::fsync(descriptor) != 0 || ::close(descriptor) != 0 || !written) {
    throw Error("unavailable", "cannot write " + file.string(), "is the disk full?");
  }
}

CurveKeys read_key_file(const std::filesystem::path& file) {
  std::istringstream in(read_secret_file(file));
  std::map<std::string, std::string> keys;
  for (std::string word, key; in >> word >> key;) {
    if (!is_curve_key(key) || !keys.emplace(word, key).second) break;
  }
  const std::string maker = "make one with souvenir keys make";
  if (in.eof() && !keys.empty()) {
    for (const auto* word : {"public", "secret"}) {
      if (!keys.contains(word)) refuse(file, std::string("has no line `") + word + "`", maker);
    }
  }
  if (!in.eof() || keys.size() != 2 + keys.count("server"))
    refuse(file, "is not a key file", maker);
  return {keys["public"], keys["secret"], keys["server"]};
}

}  // namespace executor
