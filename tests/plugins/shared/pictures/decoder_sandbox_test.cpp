#include "pictures/decoder_sandbox.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "executor/descriptor.h"
#include "executor/files/child_process.h"
#include "executor/files/read_file.h"
#include "executor/files/temporary_folder.h"
#include "executor/sandbox/sanitized.h"
#include "made_pictures.h"
#include "pictures/decoder.h"
#include "pictures/decoder_wire.h"
#include "pictures/picture.h"
#include "tests/executor/sandbox/surroundings.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ways_out::End;
using ways_out::Surroundings;

constexpr std::uint32_t kWait_ms = 60'000;

// A child with a socket, as Decoder gives it, is closed as souvenir-decode is, by the very same
// function, or left open for comparison, and goes one way.
End attempt(const ways_out::Way& way, bool closed, const ways_out::Targets& at) {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const executor::Descriptor ours(ends[0]), childs(ends[1]);
  return ways_out::attempt(way, at, [&] {
    ::dup2(childs.get(), pictures::kDecoderSocket);
    if (closed) pictures::close_decoder(pictures::kMaxDecodeBytes);
  });
}

std::string encoded(const std::string& format, const cv::Mat& picture,
                    const std::vector<int>& options = {}) {
  std::vector<unsigned char> bytes;
  cv::imencode(format, picture, bytes, options);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> of_every_format() {
  const cv::Mat colours(200, 300, CV_8UC3, cv::Scalar(40, 90, 200));
  const cv::Mat grey(200, 300, CV_8UC1, cv::Scalar(77));
  const cv::Mat clear(200, 300, CV_8UC4, cv::Scalar(40, 90, 200, 128));
  const cv::Mat deep(200, 300, CV_16UC3, cv::Scalar::all(30'000));
  return {encoded(".jpg", colours),
          encoded(".jpg", colours, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
          encoded(".jpg", colours, {cv::IMWRITE_JPEG_RST_INTERVAL, 3}),
          encoded(".jpg", grey),
          made::jpeg_with_orientation(300, 200, 6),
          encoded(".png", colours),
          encoded(".png", grey, {cv::IMWRITE_PNG_BILEVEL, 1}),
          encoded(".png", grey),
          encoded(".png", clear),
          encoded(".png", deep),
          encoded(".png", cv::Mat(200, 300, CV_16UC4, cv::Scalar::all(30'000))),
          encoded(".webp", colours),
          encoded(".webp", clear),
          encoded(".webp", colours, {cv::IMWRITE_WEBP_QUALITY, 101})};
}

void check_all_formats(pictures::Decoder& decoder) {
  for (const auto& bytes : of_every_format()) {
    CHECK(decoder.decode_square(bytes, 64).rgb == pictures::decode_square(bytes, 64).rgb);
  }
}

/// souvenir-decode under a kernel that lacks what `name` says.
class OtherKernel {
 public:
  explicit OtherKernel(const std::string& name) : program_(folder_.path() / name) {
    fs::create_symlink(OTHER_KERNEL, program_);
  }
  const fs::path& program() const { return program_; }

 private:
  files::TemporaryFolder folder_;
  fs::path program_;
};

std::string confinement(const fs::path& program) {
  FILE* pipe = ::popen((program.string() + " confinement").c_str(), "re");
  REQUIRE(pipe != nullptr);
  std::string said;
  std::array<char, 256> buffer{};
  while (const auto got = ::fread(buffer.data(), 1, buffer.size(), pipe)) {
    said.append(buffer.data(), got);
  }
  CHECK(::pclose(pipe) == 0);
  return said;
}

}  // namespace

TEST_CASE("code planted in the decoder gets nowhere, by ways that lead out of an open process") {
  if (sandbox::kSanitized) return;
  pictures::warm_up();
  const Surroundings around;
  int proven = 0;
  std::string unproven;
  for (const auto& way : ways_out::all()) {
    CAPTURE(way.name);
    if (attempt(way, false, around.restored()) == End::out) {
      ++proven;
    } else {
      unproven += std::string(unproven.empty() ? "" : ", ") + way.name;
    }
    const auto end = attempt(way, true, around.restored());
    CHECK((end == End::killed || end == End::refused));
    CHECK(files::read_file(around.targets().key) == "secret");
    CHECK(fs::is_empty(around.targets().folder));
  }
  CHECK(proven >= ways_out::kLeastProven);
  WARN(ways_out::all().size() << " ways, " << proven << " lead out of an open process, 0 out of a "
                              << "closed one; not out of an open one here: " << unproven);
}

TEST_CASE("the decoder is told nothing of its surroundings") {
  ::setenv("SOMEBODYS_API_KEY", "secret", 1);
  ::setenv("UBSAN_OPTIONS", "print_stacktrace=0", 1);
  pictures::Decoder decoder;
  decoder.decode_square(made::plain("png", 64, 64), 64);
  const auto self = std::to_string(::getpid());
  const auto child = files::read_file("/proc/self/task/" + self + "/children");
  const auto environment =
      files::read_file("/proc/" + child.substr(0, child.find(' ')) + "/environ");
  CHECK(environment.find("SOMEBODYS_API_KEY") == std::string::npos);
  CHECK(environment.find("UBSAN_OPTIONS") != std::string::npos);
  ::unsetenv("SOMEBODYS_API_KEY");
}

TEST_CASE("the closed decoder takes every format, and says of damaged ones what is wrong") {
  pictures::Decoder decoder;
  check_all_formats(decoder);
  for (const auto& bytes : of_every_format()) {
    for (const std::size_t kept : {bytes.size() / 4, bytes.size() / 2, bytes.size() - 3}) {
      try {
        decoder.decode_square(bytes.substr(0, kept), 64);
      } catch (const pictures::PictureFault& fault) {
        CHECK(std::string(fault.what()).find("breaks the decoder") == std::string::npos);
      }
    }
  }
  check_all_formats(decoder);
}

TEST_CASE("a kernel without Landlock or namespaces decodes all the same, and it is said") {
  for (const std::string name : {"without-landlock", "without-namespaces", "without-both"}) {
    CAPTURE(name);
    const OtherKernel kernel(name);
    pictures::Decoder decoder({}, kernel.program());
    check_all_formats(decoder);
    const auto said = confinement(kernel.program());
    CHECK(said.find("system calls") != std::string::npos);
    const bool has_landlock = name == "without-namespaces" && !sandbox::kSanitized;
    CHECK((said.find("no Landlock") == std::string::npos) == has_landlock);
    CHECK((said.find("not allowed here") != std::string::npos) == (name != "without-landlock"));
  }
}

TEST_CASE("a kernel without filters of system calls decodes nothing, and is named as the cause") {
  if (sandbox::kSanitized) return;
  const OtherKernel kernel("without-filters");
  pictures::Decoder decoder({}, kernel.program());
  const auto picture = made::plain("png", 64, 64);
  CHECK_THROWS_WITH(decoder.decode_square(picture, 64), Catch::Contains("this kernel"));
}

TEST_CASE("a decoder that is stopped and goes on decodes what comes then") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  files::Spawn spawn;
  spawn.arguments = {pictures::decoder_program().string(), "100000000"};
  spawn.input = ends[1];
  spawn.output = "/dev/null";
  files::ChildProcess child(spawn);
  ::close(ends[1]);
  const auto picture = made::plain("jpg", 64, 64);
  const auto decodes = [&] {
    pictures::Wire wire(ends[0], 60s);
    const pictures::DecodeRequest request{picture.size(), 32};
    pictures::DecodeAnswer answer{};
    std::array<char, 32 * 32 * 3> pixels{};
    return wire.write(&request, sizeof request) && wire.write(picture.data(), picture.size()) &&
           wire.read(&answer, sizeof answer) && answer.fault == 0 &&
           wire.read(pixels.data(), pixels.size());
  };
  CHECK(decodes());
  child.send(SIGSTOP);
  CHECK(::waitpid(child.pid(), nullptr, WUNTRACED) == child.pid());
  child.send(SIGCONT);
  CHECK(decodes());
  ::close(ends[0]);
}
