#include "flow/command/ask.h"

#include "flow/command/interrupt.h"

namespace flow::command {

Questions::Questions(const Context& context)
    : view_(context.quiet), connection_(context, find_places(), view_) {
  catch_interrupt();
}

std::vector<schemas::Message> Questions::ask(const std::string& endpoint,
                                             const schemas::Message& request,
                                             const std::string& key) {
  Observer observer;
  observer.interrupted = interrupted;
  observer.progress = [this](const auto& progress, const auto&) { view_.show(progress); };
  return connection_.client().call(endpoint, request, observer, 0, key);
}

}  // namespace flow::command
