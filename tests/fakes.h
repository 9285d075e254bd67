#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "executor/executor.h"

namespace tests {

/// An Outbox that keeps what it is given, for tests of executors without a host.
class RecordingOutbox : public executor::Outbox {
 public:
  struct Shown {
    schemas::Progress progress;
    std::vector<schemas::Blob> pictures;
  };
  struct Asked {
    std::string endpoint;
    schemas::Message message;
  };
  using Answer = std::function<schemas::Message(const schemas::Message&)>;

  std::vector<schemas::Message> sent;
  std::vector<Shown> shown;               ///< what progress() got
  std::vector<Asked> asked;               ///< what call() got
  std::map<std::string, Answer> answers;  ///< endpoint -> what call() returns; may throw Error
  std::vector<std::uint32_t> silences;    ///< what expect_silence() got
  bool cancel = false;                    ///< the job is cancelled
  std::size_t looks = 0;                  ///< calls of cancelled() from outside: signs of life
  /// The job is cancelled once that many messages were sent.
  std::size_t cancel_after_sends = std::numeric_limits<std::size_t>::max();

  void send(schemas::Message message) override {
    refuse_cancelled();
    sent.push_back(std::move(message));
  }

  void progress(const schemas::Progress& progress,
                std::vector<schemas::Blob> pictures = {}) override {
    refuse_cancelled();
    shown.push_back({progress, std::move(pictures)});
  }

  schemas::Message call(const std::string& endpoint, schemas::Message message) override {
    refuse_cancelled();
    const auto answer = answers.find(endpoint);
    if (answer == answers.end()) {
      throw executor::Error("not_found", "there is no endpoint '" + endpoint + "'");
    }
    asked.push_back({endpoint, message});
    return answer->second(message);
  }

  void expect_silence(std::uint32_t ms) override {
    refuse_cancelled();
    silences.push_back(ms);
  }

  bool cancelled() override {
    ++looks;
    return is_cancelled();
  }

 private:
  bool is_cancelled() const { return cancel || sent.size() >= cancel_after_sends; }
  void refuse_cancelled() {
    if (is_cancelled()) throw executor::Cancelled();
  }
};

}  // namespace tests
