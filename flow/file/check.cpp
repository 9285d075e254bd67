#include "flow/file/check.h"

#include <algorithm>
#include <set>

#include "executor/error.h"
#include "schemas/nearest.h"

namespace flow {
namespace {

using Names = std::vector<std::string>;

const executor::Handler* find_handler(const Stage& stage, const std::string& type) {
  for (const auto& handler : stage.plugin.handlers) {
    if (handler.accepts == type) return &handler;
  }
  return nullptr;
}

Names accepted_types(const Stage& stage) {
  Names types;
  for (const auto& handler : stage.plugin.handlers) types.push_back(handler.accepts);
  return types;
}

/// Why `type`, emitted by `before` (none for the first stage), cannot enter `stage`.
std::string refusal(const Stage& stage, const std::string& type, const Stage* before) {
  const Names types = accepted_types(stage);
  return "stage '" + stage.name + "' does not accept '" + type + "'" +
         (before == nullptr ? "" : " that '" + before->name + "' emits") +
         schemas::did_you_mean(type, types) + "; it accepts " + list(types);
}

bool holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The best explanation why no message fits a route: that of the type that got furthest.
std::string furthest_misfit(const Flow& flow, const Route& route) {
  const Stage& first = flow.stages[route.path.front()];
  std::string misfit = "stage '" + first.name + "' accepts no message";
  std::size_t furthest = 0;
  for (const auto& entry : accepted_types(first)) {
    const Walk tried = walk(flow.stages, route.path, entry);
    if (tried.hops.size() <= furthest) continue;
    furthest = tried.hops.size();
    misfit = tried.misfit;
  }
  return misfit;
}

void check_listed(const Flow& flow, const Route& route) {
  for (const auto& type : route.accepts) {
    const Walk tried = walk(flow.stages, route.path, type);
    if (tried.misfit.empty()) continue;
    fail_at(route.place, route.endpoint + ": " + tried.misfit,
            "remove '" + type + "' from accepts, or change the path");
  }
}

// What fits has to be named, and is not.
void refuse_unlisted(const Flow& flow, const Route& route) {
  const Stage& first = flow.stages[route.path.front()];
  for (const auto& handler : first.plugin.handlers) {
    if (!handler.has_to_be_listed) continue;
    if (!walk(flow.stages, route.path, handler.accepts).misfit.empty()) continue;
    fail_at(route.place,
            route.endpoint + ": stage '" + first.name + "' takes '" + handler.accepts +
                "' on routes that list it, and this one lists nothing",
            "write accepts = [\"" + handler.accepts + "\"], if whoever may ask it may do so");
  }
}

void check_route(const Flow& flow, Route& route) {
  check_listed(flow, route);
  const Names listed = std::move(route.accepts);
  route.accepts.clear();
  std::set<std::string> answers;
  for (const auto& handler : flow.stages[route.path.front()].plugin.handlers) {
    const auto& entry = handler.accepts;
    if (listed.empty() ? handler.has_to_be_listed : !holds(listed, entry)) continue;
    const Walk tried = walk(flow.stages, route.path, entry);
    if (!tried.misfit.empty() || holds(route.accepts, entry)) continue;
    route.accepts.push_back(entry);
    answers.insert(tried.answers.begin(), tried.answers.end());
  }
  if (route.accepts.empty()) {
    refuse_unlisted(flow, route);
    fail_at(route.place, route.endpoint + ": " + furthest_misfit(flow, route),
            "put a stage between them that converts, or change the path");
  }
  route.answers.assign(answers.begin(), answers.end());
}

void check_call(const Flow& flow, const Stage& stage, const executor::Call& call) {
  const std::string who = "executor '" + stage.name + "' calls '" + call.endpoint + "'";
  const Route* route = flow.find_route(call.endpoint);
  if (route == nullptr) {
    Names endpoints;
    for (const auto& known : flow.routes) endpoints.push_back(known.endpoint);
    fail_at(stage.place,
            who + ", which is not a route" + schemas::did_you_mean(call.endpoint, endpoints),
            "add it to [route]; it takes " + call.sends + " and answers " + call.returns);
  }
  if (!holds(route->accepts, call.sends)) {
    fail_at(stage.place,
            who + " with '" + call.sends + "', but that route accepts " + list(route->accepts),
            "change the path of '" + call.endpoint + "' at " + route->place.text());
  }
  const Walk answered = walk(flow.stages, route->path, call.sends);
  if (answered.answers != Names{call.returns}) {
    fail_at(stage.place,
            who + " and expects '" + call.returns + "', but that route answers " +
                list(answered.answers),
            "change the path of '" + call.endpoint + "' at " + route->place.text());
  }
}

}  // namespace

std::string Place::text() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

access::Access usual_access(const std::string& endpoint) {
  return endpoint.starts_with("/admin/") ? access::Access::admin : access::Access::user;
}

const Route* Flow::find_route(const std::string& endpoint) const {
  for (const auto& route : routes) {
    if (route.endpoint == endpoint) return &route;
  }
  return nullptr;
}

void fail_at(const Place& place, const std::string& cause, const std::string& hint) {
  throw executor::Error("bad_config", place.text() + ": " + cause, hint);
}

std::string list(const Names& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "nothing" : text;
}

Walk walk(const std::vector<Stage>& stages, const std::vector<std::size_t>& path,
          const std::string& entry) {
  Walk result;
  std::set<std::string> arriving{entry};
  for (std::size_t hop = 0; hop < path.size(); ++hop) {
    const Stage& stage = stages[path[hop]];
    const Stage* before = hop == 0 ? nullptr : &stages[path[hop - 1]];
    std::vector<const executor::Handler*> reached;
    std::set<std::string> leaving;
    for (const auto& type : arriving) {
      const executor::Handler* handler = find_handler(stage, type);
      if (handler == nullptr) {
        result.misfit = refusal(stage, type, before);
        return result;
      }
      reached.push_back(handler);
      leaving.insert(handler->emits.begin(), handler->emits.end());
    }
    result.hops.push_back(std::move(reached));
    if (leaving.empty() && hop + 1 < path.size()) {
      result.misfit = "stage '" + stage.name + "' emits nothing for " +
                      list({arriving.begin(), arriving.end()}) + ", so '" +
                      stages[path[hop + 1]].name + "' would never get a message";
      return result;
    }
    arriving = std::move(leaving);
  }
  result.answers.assign(arriving.begin(), arriving.end());
  return result;
}

void check_parameter(const executor::Plugin& plugin, const std::string& name,
                     const schemas::Value& value, const Place& place) {
  Names names;
  for (const auto& param : plugin.params) {
    names.push_back(param.name);
    if (param.name != name) continue;
    if (const auto why = executor::misfit(param, value)) fail_at(place, *why, param.help);
    return;
  }
  fail_at(place,
          "plugin '" + plugin.name + "' has no parameter '" + name + "'" +
              schemas::did_you_mean(name, names),
          "its parameters: " + list(names));
}

void check_routes(Flow& flow) {
  for (auto& route : flow.routes) check_route(flow, route);
}

void check_calls(const Flow& flow) {
  for (std::size_t i = 0; i < flow.stages.size(); ++i) {
    const Stage& stage = flow.stages[i];
    const bool used = std::any_of(flow.routes.begin(), flow.routes.end(), [i](const Route& route) {
      return std::find(route.path.begin(), route.path.end(), i) != route.path.end();
    });
    if (!used) {
      fail_at(stage.place, "no route uses executor '" + stage.name + "'",
              "name it in a path of [route], or remove it");
    }
    for (const auto& call : stage.plugin.calls) check_call(flow, stage, call);
  }
}

}  // namespace flow
