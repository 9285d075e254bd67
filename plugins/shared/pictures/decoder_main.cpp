// The process of a Decoder: takes pictures from its socket, gives squares, until the socket ends.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "pictures/decoder_wire.h"
#include "pictures/picture.h"
#include "pictures/picture_limits.h"

namespace {

void limit(int resource, rlim_t most) {
  const rlimit both{most, most};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

std::uint64_t address_space_bytes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Whatever the libraries set up at first use, they do before this process gives up its rights.
void warm_up() {
  std::vector<unsigned char> png;
  cv::imencode(".png", cv::Mat(64, 64, CV_16UC4, cv::Scalar::all(1)), png);
  pictures::decode_square({reinterpret_cast<const char*>(png.data()), png.size()}, 32);
}

// No files, no processes, no more memory: what a decoder that is taken over could want.
void give_up_rights(std::uint64_t decode_bytes) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NPROC, 0);
  // Sanitizers have large shadows, and look through a pipe whether an object's memory is there.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  limit(RLIMIT_NOFILE, STDERR_FILENO + 1);  // those that there are; poll() refuses with fewer
  limit(RLIMIT_AS, address_space_bytes() + decode_bytes);
#else
  static_cast<void>(decode_bytes);
  static_cast<void>(address_space_bytes);
#endif
}

bool answer(pictures::Wire& wire, bool fault, const void* data, std::size_t bytes) {
  const pictures::DecodeAnswer head{fault ? 1u : 0u, bytes};
  return wire.write(&head, sizeof head) && wire.write(data, bytes);
}

bool decode(pictures::Wire& wire, const std::string& bytes, int side) {
  std::string fault;
  try {
    const auto picture = pictures::decode_square(bytes, side);
    return answer(wire, false, picture.rgb.data(), picture.rgb.size());
  } catch (const pictures::PictureFault& error) {
    fault = error.what();
  } catch (const std::bad_alloc&) {
    fault = pictures::kTooMuchMemory;
  } catch (const cv::Exception& error) {
    fault = error.code == cv::Error::StsNoMem ? pictures::kTooMuchMemory
                                              : "cannot be decoded: " + error.err;
  }
  return answer(wire, true, fault.data(), fault.size());
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;  // not for people
  cv::setNumThreads(1);
  warm_up();
  give_up_rights(std::strtoull(words[1], nullptr, 10));
  pictures::Wire wire(pictures::kDecoderSocket);
  pictures::DecodeRequest request{};
  while (wire.read(&request, sizeof request)) {
    if (request.bytes > pictures::kMaxPictureBytes) return 2;
    std::string bytes(request.bytes, '\0');
    if (!wire.read(bytes.data(), bytes.size())) return 0;
    if (!decode(wire, bytes, static_cast<int>(request.side))) return 0;
  }
  return 0;
}
