#include "flow/access/syslog_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <cstring>

namespace flow::access {

bool SyslogSocket::connect() {
  sockaddr_un name{};
  const std::string path = path_.string();
  if (path.size() >= sizeof name.sun_path) return false;
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  socket_ = executor::Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return socket_ &&
         ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

bool SyslogSocket::send(const std::string& line) {
  const std::string text = '<' + std::to_string(LOG_AUTHPRIV | LOG_INFO) + ">souvenir[" +
                           std::to_string(::getpid()) + "]: " + line;
  for (int tries = 0; tries < 2; ++tries) {
    if (tries > 0 && !connect()) return false;
    if (!socket_) continue;
    if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) >= 0) return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
  }
  return false;
}

}  // namespace flow::access
