#pragma once

#include <string>
#include <vector>

#include "flow/command/context.h"
#include "flow/command/server_process.h"

namespace flow::command {

/// A connection for requests with a quick answer. Starts a server of its own when none runs;
/// close() stops that server.
class Questions {
 public:
  explicit Questions(const Context& context);

  /// The answers to one request. Throws CallError. With a key, the request survives a restart of
  /// the server.
  std::vector<schemas::Message> ask(const std::string& endpoint, const schemas::Message& request,
                                    const std::string& key = "");
  /// The body of the last answer.
  template <typename Answer, typename Request>
  Answer ask(const std::string& endpoint, const Request& request, const std::string& key = "") {
    const std::vector<schemas::Message> answers = ask(endpoint, schemas::Message::of(request), key);
    if (answers.empty()) throw CallError({"protocol", "gateway", "", "there is no answer", ""});
    return answers.back().as<Answer>();
  }
  void note(const std::string& text) { view_.note(text); }
  void close() { connection_.close(); }

 private:
  ProgressView view_;
  Connection connection_;
};

}  // namespace flow::command
