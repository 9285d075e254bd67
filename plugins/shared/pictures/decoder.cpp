#include "pictures/decoder.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "pictures/decoder_wire.h"

namespace pictures {
namespace {

constexpr std::size_t kMaxFaultBytes = 4096;

// Settings of the flow and its keys stay here.
std::vector<char*> environment() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("SOUVENIR_")) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

// posix_spawn, not fork: the process has other threads, which a forked child would miss.
pid_t spawn(const std::string& program, std::uint64_t bytes, int socket) {
  std::string limit = std::to_string(bytes);
  char* arguments[] = {const_cast<char*>(program.c_str()), limit.data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, socket, kDecoderSocket);
  // What the libraries print about hostile bytes is for no log.
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, program.c_str(), &files, nullptr, arguments, environment().data());
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot run " + program);
  return pid;
}

}  // namespace

std::filesystem::path decoder_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "souvenir-decode";
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
    pid_ = spawn(program_.string(), limits_.bytes, pair[1]);
  } catch (const std::system_error&) {
    ::close(pair[1]);
    stop();
    throw;
  }
  ::close(pair[1]);
}

void Decoder::stop() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

PictureFault Decoder::ended(bool late) {
  if (late) {
    stop();
    return PictureFault("takes longer than " + std::to_string(limits_.time.count()) +
                        " ms to decode");
  }
  ::close(std::exchange(socket_, -1));
  ::kill(pid_, SIGKILL);  // it may have said nonsense and live
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  std::string how = "exit code " + std::to_string(WEXITSTATUS(status));
  if (WIFSIGNALED(status)) how = ::strsignal(WTERMSIG(status));
  return PictureFault("breaks the decoder (" + how + ")");
}

SquarePicture Decoder::decode_square(std::string_view bytes, int side) {
  check_picture(bytes);
  if (pid_ < 0) start();
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
