#include "flow/command/server_process.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <sstream>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/input_file.h"
#include "executor/full_disk.h"
#include "flow/command/failure.h"
#include "flow/command/interrupt.h"
#include "flow/command/waited_for.h"
#include "flow/file/flow_file.h"

namespace flow::command {
namespace {

constexpr std::uint32_t kReachable_ms = 400;
constexpr std::uint32_t kStatus_ms = 300;
constexpr std::uint32_t kStop_ms = 60'000;
constexpr std::size_t kShownLogLines = 64, kShownLogBytes = 64 * 1024;
constexpr std::chrono::milliseconds kLook{100};

[[noreturn]] void throw_cancelled() {
  throw CallError({"cancelled", "client", "", "interrupted", ""});
}

files::Spawn spawn_of(const ServerStart& start) {
  files::Spawn spawn;
  spawn.arguments = {files::this_program().string(), "up", "--foreground", start.flow.string()};
  if (start.with_parent) {
    spawn.arguments.push_back("--with-parent");
    spawn.arguments.push_back(std::to_string(::getpid()));
  }
  spawn.env = start.env;
  spawn.output = start.log;
  return spawn;
}

// A stage that was given up never becomes ready.
void refuse_given_up(const schemas::Status& status, const std::filesystem::path& logs) {
  for (const auto& stage : status.stages) {
    if (stage.state != "given_up") continue;
    const std::string log = stage.name + "-" + std::to_string(stage.replica) + ".log";
    throw executor::Error("bad_config",
                          "the executor '" + stage.name + "' does not start: " + stage.text,
                          "its log is " + (logs / log).string());
  }
}

// A socket file that is not there yet answers nobody: connecting would only wait.
bool may_answer(const std::string& address) {
  constexpr std::string_view kIpc = "ipc://";
  return !address.starts_with(kIpc) || std::filesystem::exists(address.substr(kIpc.size()));
}

// The last kShownLogBytes at most; "" when it cannot be read.
std::string end_of(const std::filesystem::path& file) {
  try {
    const files::InputFile log(file);
    const auto bytes = std::min<std::uint64_t>(log.size(), kShownLogBytes);
    std::string text(bytes, '\0');
    text.resize(log.read(text.data(), bytes, log.size() - bytes));
    return text;
  } catch (const files::Error&) {
    return "";
  }
}

// No word of the server is in its log then.
bool is_full(const std::filesystem::path& log) {
  std::error_code unknown;
  const auto space = std::filesystem::space(log, unknown);
  return !unknown && space.available == 0;
}

}  // namespace

std::string last_lines(const std::filesystem::path& file, std::size_t lines) {
  std::istringstream in(end_of(file));
  std::deque<std::string> kept;
  for (std::string line; std::getline(in, line);) {
    kept.push_back(line);
    if (kept.size() > lines) kept.pop_front();
  }
  std::string text;
  for (const auto& line : kept) text += (text.empty() ? "" : "\n") + line;
  return text;
}

Told told_at_end(const std::string& lines) {
  constexpr std::string_view kCause = "souvenir: ", kHint = "  hint: ";
  Told told;
  std::istringstream in(lines);
  std::string last;
  bool continues = false;  // a cause may have more lines than one
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kCause)) {
      told = {line.substr(kCause.size()), ""};
      continues = true;
    } else if (line.starts_with(kHint) && !told.cause.empty()) {
      told.hint = line.substr(kHint.size());
      continues = false;
    } else if (continues) {
      told.cause += " " + line.substr(std::min(line.find_first_not_of(' '), line.size()));
    }
    if (!line.empty()) last = line;
  }
  return told.cause.empty() ? Told{last, ""} : told;
}

ServerProcess::ServerProcess(ServerStart start)
    : start_(std::move(start)), process_(spawn_of(start_)) {}

std::unique_ptr<Client> ServerProcess::wait_ready(ProgressView& view, std::uint32_t every_ms) {
  std::unique_ptr<Client> client;
  while (true) {
    if (const auto code = process_.wait(every_ms)) throw_ended(*code);
    if (interrupted()) throw_cancelled();
    // Connecting before there is a socket costs one of libzmq's pauses of 100 ms.
    if (!client && !may_answer(start_.address)) continue;
    if (!client) client = std::make_unique<Client>(start_.address, caller());
    try {
      const auto status = client->status(kStatus_ms);
      view.show(status);
      refuse_given_up(status, start_.logs);
      if (!status.ready) continue;
      note_waited_for(view, waited_for(status));
      return client;
    } catch (const CallError&) {
      // It does not answer yet; when it never does, its process ends and says why.
    }
  }
}

void ServerProcess::throw_ended(int code) const {
  const auto told = told_at_end(last_lines(start_.log, kShownLogLines));
  std::string cause = "the server ended before it was ready";
  if (!told.cause.empty()) cause += ": " + told.cause;
  if (is_full(start_.log)) {
    throw executor::Error("bad_config", cause + "; the disk of " + start_.log.string() + " is full",
                          executor::kFullDiskHint);
  }
  throw executor::Error(
      code == exit_code::kBadConfig ? "bad_config" : "internal", cause,
      told.hint + (told.hint.empty() ? "" : "; ") + "the whole log is " + start_.log.string());
}

int ServerProcess::stop() {
  if (const auto code = process_.wait(0)) return *code;
  return process_.terminate(kStop_ms);
}

void take(files::FileLock& lock, ProgressView& view) {
  if (lock.try_lock()) return;
  view.note("waiting for the server of another souvenir command to end");
  const auto give_up = [] {
    if (interrupted()) throw_cancelled();
  };
  lock.lock(give_up, kLook);  // flock has no wait that Ctrl-C ends without a race
}

std::filesystem::path start_lock(const Places& places) {
  return places.run / "start.lock";
}

Connection::Connection(const Context& context, const Places& places, ProgressView& view) {
  if (!context.server.empty()) {
    client_ = connect_running(context, places);
    return;
  }
  const std::string address = own_address(places);
  // Taken before looking: a server of another command would stop under our request.
  take(lock_.emplace(start_lock(places)), view);
  if (may_answer(address)) {
    client_ = std::make_unique<Client>(address, caller(context));
    if (client_->reachable(kReachable_ms)) {
      lock_.reset();
      return;
    }
  }
  require_flow_file(default_flow(places));
  view.note("starting " + default_flow(places).string());
  server_ = std::make_unique<ServerProcess>(ServerStart{
      default_flow(places), places.run / "server.log", places.run / "logs", address, true, {}});
  client_ = server_->wait_ready(view);
}

void Connection::close() {
  client_.reset();
  server_.reset();
  lock_.reset();
}

std::unique_ptr<Client> connect_running(const Context& context, const Places& places) {
  const std::string address = context.server.empty() ? own_address(places) : context.server;
  auto client = std::make_unique<Client>(address, caller(context));
  if (!may_answer(address) || !client->reachable(2'000)) {
    throw CallError(client->objection().value_or(
        schemas::Fault{"unavailable", "client", "", "no server answers at " + address,
                       context.server.empty() ? "start one: souvenir up"
                                              : "check the address, and that the server runs"}));
  }
  return client;
}

}  // namespace flow::command
