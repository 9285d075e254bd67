#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace flow::command {

/// Where the value of an option is written. An optional stays empty, and any other value unchanged,
/// when the option is not given.
using Value = std::variant<std::string*, double*, std::int64_t*, std::uint64_t*, std::uint32_t*,
                           int*, std::optional<std::string>*, std::optional<double>*,
                           std::optional<std::int64_t>*, std::optional<std::uint64_t>*,
                           std::vector<std::string>*, std::vector<std::int64_t>*>;

/// What the text of an option must be.
struct Check {
  std::function<std::string(const std::string&)>
      fault;                                           ///< what is wrong with a text; "" = nothing
  std::string allowed;                                 ///< for the help
  std::optional<std::pair<double, double>> ends = {};  ///< of a range
  std::vector<std::string> words = {};                 ///< the only ones
};
/// Both ends included.
Check range(double least, double most);
Check one_of(std::vector<std::string> words);
Check at_most_bytes(std::size_t most);

/// An option or argument of a command.
class Option {
 public:
  Option(CLI::Option& option, std::string name, Value value)
      : option_(&option), name_(std::move(name)), value_(value) {}
  Option* required();
  Option* check(Check check);
  /// The environment variable that is read when the option is not given.
  Option* envname(const std::string& name);
  /// Leaves it out of the help.
  Option* hidden();
  /// One text holds several values: 200,400,600.
  Option* delimiter(char separator);
  /// Takes one value each time that it is written, so that an argument may follow.
  Option* one_each();

  /// As add_option() was told.
  const std::string& name() const { return name_; }
  Value value() const { return value_; }
  const Check& checked() const { return check_; }
  bool is_required() const;

 private:
  CLI::Option* option_;
  std::string name_;
  Value value_;
  Check check_;
};

/// What a command line lacks or has too much of: the message, and the words of the command that it
/// is for ("souvenir bench train").
struct UsageError : std::runtime_error {
  UsageError(const std::string& cause, std::string words)
      : std::runtime_error(cause), command(std::move(words)) {}
  std::string command;
};

/// A command with its options and subcommands, read by CLI11. No other file includes CLI11, which
/// takes 5 s to compile. Numbers are read as they are written, in the decimal system: a text that
/// is no number, not finite, or out of the type's range is a UsageError. Owns its subcommands and
/// options; the values must live until parse() has returned.
class App {
 public:
  App(const std::string& help, const std::string& name);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  App* add_subcommand(const std::string& name, const std::string& help);
  /// `name` is "--flag", "-f,--flag", or "argument" for one that is recognised by its position.
  Option* add_option(const std::string& name, Value value, const std::string& help = "");
  /// Sets `value` to true when it is given.
  void add_flag(const std::string& name, bool& value, const std::string& help);
  /// --NAME and --no-NAME; empty when neither is given.
  void add_switch(const std::string& name, std::optional<bool>& value, const std::string& help);
  /// Called when the command line names this command.
  void callback(std::function<void()> call);
  void require_subcommand(std::size_t least, std::size_t most);
  /// Leaves it out of the help.
  App* hidden();
  /// True after parse() when one of its subcommands was named.
  bool has_named_subcommand() const;
  std::string help() const;
  /// What makes it up: every command has its options from here.
  const std::string& name() const;
  const std::deque<std::unique_ptr<App>>& subcommands() const { return subcommands_; }
  const std::deque<Option>& options() const { return options_; }
  /// What to do about an argument that is none: "--steps takes one value ..." for a number that
  /// stands behind the value of an option; "" elsewhere. After parse().
  std::string note_on(const std::string& argument) const;

  /// Reads the arguments and calls the callbacks. True: go on. False: help was asked for and is
  /// printed. Throws UsageError.
  bool parse(const std::vector<std::string>& arguments);

 private:
  App(CLI::App& app, std::shared_ptr<std::vector<std::string>> texts);

  std::unique_ptr<CLI::App> root_;                   ///< of the program itself
  std::shared_ptr<std::vector<std::string>> texts_;  ///< what parse() reads, for all commands
  CLI::App* app_;
  std::deque<std::unique_ptr<App>> subcommands_;
  std::deque<Option> options_;
};

}  // namespace flow::command
