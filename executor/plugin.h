#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "executor/executor.h"

namespace executor {

/// Rises when Plugin, Executor, Outbox or Message change shape. A plugin of
/// another abi is refused at load. Same compiler family and standard library
/// are required: std types cross the border.
inline constexpr std::uint32_t kAbi = 5;

/// One kind of message that the executor takes. Chosen by the message's type, not by position.
struct Handler {
  std::string accepts;             ///< "prompt.v1"
  std::vector<std::string> emits;  ///< types it may send; empty = sends nothing
  bool stream = false;             ///< may answer one message with several
  /// A route takes it only when it lists the type in `accepts`, not because its path could: it is
  /// another's business than what the path is for, and the flow says who may.
  bool has_to_be_listed = false;
};

/// A route that the executor asks while it processes a message.
struct Call {
  std::string endpoint;  ///< "/prior"
  std::string sends;
  std::string returns;
};

/// What a plugin says about itself: checked against the flow before any process starts.
struct Plugin {
  std::uint32_t abi = kAbi;  ///< stays the first member for ever
  std::string name;
  std::string help;  ///< one line
  std::vector<Handler> handlers{};
  std::vector<Call> calls{};
  std::vector<Param> params{};
  bool gpu = false;                   ///< wants a GPU when there is one
  bool idempotent = true;             ///< a message may be processed again after a crash
  bool batches = false;               ///< may process several messages at once: what one
                                      ///< gives does not depend on its company
  std::uint32_t silence_ms = 10'000;  ///< longest time between two Outbox calls to expect
  bool hears_end = true;              ///< its class has an ended() of its own; set by the macro
  std::unique_ptr<Executor> (*create)(const Setup&) = nullptr;
};

/// Whether a class has an ended() of its own.
template <class T>
inline constexpr bool kHasEnded = !std::is_same_v<decltype(&T::ended), decltype(&Executor::ended)>;

}  // namespace executor

/// Exports the table of a plugin; the last line of its .cpp:
///   SOUVENIR_PLUGIN(Shout, .name = "shout", .handlers = {{.accepts = "text.v1", .emits =
///   {"text.v1"}}})
/// `Class` is constructed from (const executor::Setup&).
#define SOUVENIR_PLUGIN(Class, ...)                                                             \
  extern "C" __attribute__((visibility("default"))) const executor::Plugin* souvenir_plugin() { \
    static const executor::Plugin plugin = [] {                                                 \
      executor::Plugin table{.abi = executor::kAbi, __VA_ARGS__};                               \
      table.hears_end = executor::kHasEnded<Class>;                                             \
      table.create = [](const executor::Setup& setup) -> std::unique_ptr<executor::Executor> {  \
        return std::make_unique<Class>(setup);                                                  \
      };                                                                                        \
      return table;                                                                             \
    }();                                                                                        \
    return &plugin;                                                                             \
  }
