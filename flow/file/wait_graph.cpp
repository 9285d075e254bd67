#include "flow/file/wait_graph.h"

#include <algorithm>
#include <deque>

#include "flow/file/check.h"

namespace flow {
namespace {

void add_calls(const std::vector<Stage>& stages, const std::vector<Route>& routes,
               std::vector<Wait>& waits) {
  for (std::size_t from = 0; from < stages.size(); ++from) {
    for (const auto& call : stages[from].plugin.calls) {
      for (const auto& route : routes) {
        if (route.endpoint != call.endpoint) continue;
        for (const std::size_t to : route.path) {
          waits.push_back({from, to,
                           "'" + stages[from].name + "' calls '" + call.endpoint +
                               "', which runs '" + stages[to].name + "'"});
        }
      }
    }
  }
}

void add_streams(const std::vector<Stage>& stages, const Route& route, const std::string& entry,
                 std::vector<Wait>& waits) {
  const Walk walked = walk(stages, route.path, entry);
  bool streams = false;
  for (std::size_t hop = 0; hop + 1 < walked.hops.size(); ++hop) {
    const auto& reached = walked.hops[hop];
    const bool starts = std::any_of(reached.begin(), reached.end(),
                                    [](const executor::Handler* h) { return h->stream; });
    const std::string verb = starts ? "' streams to '" : "' passes a stream on to '";
    streams = streams || starts;
    if (!streams) continue;
    const std::size_t from = route.path[hop];
    const std::size_t to = route.path[hop + 1];
    waits.push_back(
        {from, to,
         "'" + stages[from].name + verb + stages[to].name + "' on '" + route.endpoint + "'"});
  }
}

/// The shortest way along `waits` from `start` back to it.
std::vector<Wait> circle_through(std::size_t start, std::size_t stages,
                                 const std::vector<Wait>& waits) {
  std::vector<const Wait*> came(stages, nullptr);
  std::deque<std::size_t> open{start};
  while (!open.empty() && came[start] == nullptr) {
    const std::size_t here = open.front();
    open.pop_front();
    for (const auto& wait : waits) {
      if (wait.from != here || came[wait.to] != nullptr) continue;
      came[wait.to] = &wait;
      open.push_back(wait.to);
    }
  }
  std::vector<Wait> circle;
  if (came[start] == nullptr) return circle;
  std::size_t here = start;
  do {
    circle.insert(circle.begin(), *came[here]);
    here = came[here]->from;
  } while (here != start);
  return circle;
}

}  // namespace

std::vector<Wait> find_waits(const std::vector<Stage>& stages, const std::vector<Route>& routes) {
  std::vector<Wait> waits;
  add_calls(stages, routes, waits);
  for (const auto& route : routes) {
    for (const auto& entry : route.accepts) add_streams(stages, route, entry, waits);
  }
  return waits;
}

std::vector<Wait> find_circle(std::size_t stages, const std::vector<Wait>& waits) {
  std::vector<Wait> shortest;
  for (std::size_t start = 0; start < stages; ++start) {
    auto circle = circle_through(start, stages, waits);
    if (circle.empty()) continue;
    if (shortest.empty() || circle.size() < shortest.size()) shortest = std::move(circle);
  }
  return shortest;
}

void check_waits(const Flow& flow) {
  const auto circle = find_circle(flow.stages.size(), find_waits(flow.stages, flow.routes));
  if (circle.empty()) return;
  const Stage& first = flow.stages[circle.front().from];
  std::string names = first.name;
  std::string reasons;
  for (const auto& wait : circle) {
    names += " -> " + flow.stages[wait.to].name;
    reasons += (reasons.empty() ? "" : "; ") + wait.why;
  }
  fail_at(first.place,
          "these executors could wait for each other forever: " + names + ": " + reasons,
          "give one of these steps an executor of its own, or remove it from the path");
}

}  // namespace flow
