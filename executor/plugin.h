#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "executor/executor.h"

namespace executor {

/// Rises when Plugin, Executor, Outbox or Message changes its layout. The program refuses to load a
/// plugin with another abi. Both need the same compiler family and standard library, because std
/// types cross the boundary.
inline constexpr std::uint32_t kAbi = 6;

/// One type of message that the executor accepts. The type selects the handler, not its position.
struct Handler {
  std::string accepts;             ///< "prompt.v1"
  std::vector<std::string> emits;  ///< types that it may send; empty = it sends nothing
  bool stream = false;             ///< may answer one message with several
  /// A route accepts this type only when its `accepts` lists the type; that the path could handle
  /// it is not enough. For types that need a permission of their own.
  bool has_to_be_listed = false;
};

/// A route that the executor calls while it processes a message.
struct Call {
  std::string endpoint;  ///< "/prior"
  std::string sends;
  std::string returns;
};

/// The table of a plugin: what it says about itself. The flow is checked against it before any
/// process starts.
struct Plugin {
  std::uint32_t abi = kAbi;  ///< always the first member
  std::string name;
  std::string help;  ///< one line
  std::vector<Handler> handlers{};
  std::vector<Call> calls{};
  std::vector<Param> params{};
  bool gpu = false;        ///< uses a GPU when there is one
  bool idempotent = true;  ///< a message may be processed again after a crash
  bool batches = false;    ///< may process several messages at once: the result of one does not
                           ///< depend on the others
  std::uint32_t silence_ms = 10'000;  ///< longest time to expect between two Outbox calls
  /// What it uses of the home beside its own folder, home/stages/STAGE: names that count from the
  /// home; one that ends in '/' is a folder with all that is in it. `writes` may be read, and is
  /// made when missing. The rest of the home is closed to it, keys and databases of others too.
  std::vector<std::string> reads{};
  std::vector<std::string> writes{};
  bool hears_end = true;  ///< its class overrides ended(); the macro sets this
  std::unique_ptr<Executor> (*create)(const Setup&) = nullptr;
};

/// Whether a class overrides ended().
template <class T>
inline constexpr bool kHasEnded = !std::is_same_v<decltype(&T::ended), decltype(&Executor::ended)>;

}  // namespace executor

/// Exports the table of a plugin. It is the last line of the plugin's .cpp:
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
