#include "pictures/decoder.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "pictures/decoder_wire.h"

namespace pictures {
namespace {

constexpr std::size_t kMaxFaultBytes = 4096;

files::Spawn spawn_of(const std::filesystem::path& program, std::uint64_t bytes, int socket) {
  static_assert(kDecoderSocket == STDIN_FILENO);
  files::Spawn spawn;
  spawn.arguments = {program.string(), std::to_string(bytes)};
  spawn.inherits = decoder_inherits;
  spawn.input = socket;
  spawn.output = "/dev/null";  // what the libraries print about hostile bytes is for no log
  spawn.new_session = false;
  return spawn;
}

}  // namespace

std::filesystem::path decoder_program() {
  return files::this_program().parent_path() / "souvenir-decode";
}

bool decoder_inherits(const std::string& variable) {
  return variable == "LD_LIBRARY_PATH" || variable.ends_with("SAN_OPTIONS");
}

Decoder::Decoder(DecodeLimits limits, std::filesystem::path program)
    : limits_(limits), program_(std::move(program)) {}

Decoder::~Decoder() {
  stop();
}

void Decoder::start() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    throw std::system_error(errno, std::generic_category(), "no socket for the decoder");
  }
  socket_ = pair[0];
  try {
    process_.emplace(spawn_of(program_, limits_.bytes, pair[1]));
  } catch (const std::system_error&) {
    ::close(pair[1]);
    stop();
    throw;
  }
  ::close(pair[1]);
}

void Decoder::stop() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  if (process_) process_->kill();
  process_.reset();
}

PictureFault Decoder::ended(bool late) {
  if (late) {
    stop();
    return PictureFault("takes longer than " + std::to_string(limits_.time.count()) +
                        " ms to decode");
  }
  ::close(std::exchange(socket_, -1));
  const int code = process_->kill();  // it may have said nonsense and live
  std::string how = "exit code " + std::to_string(code);
  if (process_->signal() != 0) how = ::strsignal(process_->signal());
  process_.reset();
  if (code == kDecoderNotClosed) {
    throw std::system_error(ENOSYS, std::generic_category(),
                            "this kernel does not let the decoder of pictures close itself");
  }
  return PictureFault("breaks the decoder (" + how + ")");
}

SquarePicture Decoder::decode_square(std::string_view bytes, int side) {
  check_picture(bytes);
  if (!process_) start();
  Wire wire(socket_, limits_.time);
  SquarePicture picture{.side = side, .rgb = {}};
  const DecodeRequest request{bytes.size(), side};
  DecodeAnswer answer{};
  if (!wire.write(&request, sizeof request) || !wire.write(bytes.data(), bytes.size()) ||
      !wire.read(&answer, sizeof answer)) {
    throw ended(wire.late());
  }
  const auto expected = static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3;
  if (answer.fault != 0 ? answer.bytes > kMaxFaultBytes : answer.bytes != expected) {
    throw ended(false);
  }
  picture.rgb.resize(answer.bytes);
  if (!wire.read(picture.rgb.data(), picture.rgb.size())) throw ended(wire.late());
  if (answer.fault != 0) throw PictureFault({picture.rgb.begin(), picture.rgb.end()});
  return picture;
}

}  // namespace pictures
