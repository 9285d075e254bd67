#include "flow/command/bench_transport.h"

#include <algorithm>
#include <chrono>
#include <fstream>

#include "executor/error.h"
#include "flow/command/bench_ring.h"
#include "flow/command/interrupt.h"
#include "flow/command/open_loop.h"
#include "flow/command/private_server.h"
#include "schemas/text.h"

namespace flow::command {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kEndpoint = "/pass";
constexpr std::size_t kWarmCalls = 20;
constexpr std::uint32_t kPoll_ms = 1;

std::filesystem::path write_flow(const std::filesystem::path& folder) {
  auto file = folder / "transport.toml";
  std::ofstream out(file);
  out << "flow = \"transport\"\n[route]\n\"" << kEndpoint << "\" = \"first > second > third\"\n";
  for (const char* name : {"first", "second", "third"}) {
    out << "[[executor]]\nname = \"" << name << "\"\nrun = \"pass\"\n";
  }
  out.close();
  if (!out) throw executor::Error("internal", "cannot write " + file.string());
  return file;
}

schemas::Message request_of(std::size_t blob_bytes) {
  std::vector<schemas::Blob> blobs;
  if (blob_bytes > 0) blobs.emplace_back(std::string(blob_bytes, 'x'));
  return schemas::Message::of(schemas::Text{"hello"}, blobs);
}

std::vector<double> time_calls(Client& client, const schemas::Message& request, std::size_t calls) {
  Observer observer;
  observer.interrupted = interrupted;
  for (std::size_t i = 0; i < kWarmCalls; ++i) client.call(kEndpoint, request, observer);
  std::vector<double> times_ms;
  times_ms.reserve(calls);
  for (std::size_t i = 0; i < calls; ++i) {
    const auto begin = Clock::now();
    client.call(kEndpoint, request, observer);
    times_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  return times_ms;
}

double streamed_per_s(Client& client, const schemas::Message& request, std::size_t calls) {
  const auto begin = Clock::now();
  std::size_t started = 0;
  while (started < std::min(kWindow, calls)) client.start(kEndpoint, request), ++started;
  for (std::size_t ended = 0; ended < calls; ++ended) {
    client.finish();
    if (started < calls) client.start(kEndpoint, request), ++started;
  }
  return static_cast<double>(calls) / std::chrono::duration<double>(Clock::now() - begin).count();
}

double pss_MiB(std::int64_t pid) {
  const std::string file = "/proc/" + std::to_string(pid) + "/smaps_rollup";
  std::ifstream in(file);
  for (std::string word; in >> word;) {
    double kib = 0;
    if (word == "Pss:" && in >> kib) return kib / 1024;
  }
  throw executor::Error("internal", "cannot read " + file);
}

void add_processes(Client& client, TransportFigures& figures) {
  const auto status = client.status();
  std::vector<std::int64_t> pids = {status.pid};
  for (const auto& stage : status.stages) pids.push_back(stage.pid);
  for (const auto pid : pids) figures.pss_MiB_total += pss_MiB(pid);
  figures.processes = pids.size();
}

}  // namespace

TransportFigures measure_transport(std::size_t calls, std::size_t blob_bytes, ProgressView& view) {
  const TemporaryFolder home;
  const auto request = request_of(blob_bytes);
  PrivateServer server(write_flow(home.path()), home.path(), {}, view, kPoll_ms);
  TransportFigures figures;
  figures.start_s = server.start_s();
  const auto times_ms = time_calls(server.client(), request, calls);
  figures.p50_ms = quantile(times_ms, 0.5);
  figures.p99_ms = quantile(times_ms, 0.99);
  figures.min_ms = quantile(times_ms, 0);
  figures.ring_p50_ms = quantile(time_ring(home.path(), calls, blob_bytes), 0.5);
  figures.streamed_req_s = streamed_per_s(server.client(), request, calls * kStreamedPerCall);
  add_processes(server.client(), figures);
  figures.stop_s = server.stop();
  return figures;
}

}  // namespace flow::command
