#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// toml++ 3.3 takes for granted what a malformed file can break ("[.a]"): it aborts in a debug build
// and is undefined in a release build. Without its assertions, its own error handling answers.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_HEADER_ONLY 0  // compiled once, in toml_reader.cpp
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include "flow/expand.h"
#include "flow/flow.h"

namespace flow {

/// Reads values of one TOML document strictly: each function returns the value, substituted and in
/// its range, or throws executor::Error(bad_config) at its place. `what` names the value in the
/// error. Private to flow_reader.h: the one way to toml++.
class TomlReader {
 protected:
  using Names = std::vector<std::string>;

  TomlReader(std::filesystem::path file, Expander expander)
      : file_(std::move(file)), expander_(std::move(expander)) {}

  toml::table parse() const;

  Place beginning() const { return {file_.string(), 1, 1}; }

  Place at(const toml::source_position& position) const {
    return {file_.string(), position.line, position.column};
  }
  Place at(const toml::node& node) const { return at(node.source().begin); }
  Place at(const toml::key& key) const { return at(key.source().begin); }

  void only(const toml::table& table, const std::string& where, const Names& known) const;

  [[noreturn]] void wrong_type(const toml::node& node, const std::string& what,
                               const std::string& expected) const;

  std::string text(const toml::node& node, const std::string& what,
                   const std::string& expected = "a string");

  std::int64_t whole(const toml::node& node, const std::string& what, std::int64_t min,
                     std::int64_t max) const;

  std::uint32_t duration_ms(const toml::node& node, const std::string& what);

  std::uint64_t size_bytes(const toml::node& node, const std::string& what);

  bool flag(const toml::node& node, const std::string& what) const {
    if (!node.is_boolean()) wrong_type(node, what, "true or false");
    return node.as_boolean()->get();
  }

  const toml::table& table(const toml::node& node, const std::string& what,
                           const std::string& expected = "a table") const;

  Names texts(const toml::node& node, const std::string& what);

  std::string choice(const toml::node& node, const std::string& what, const Names& known);

  const std::filesystem::path file_;
  Expander expander_;

 private:
  std::string read_text() const;

  // toml++ limits the depth of values, not that of dotted keys, and frees tables by recursion.
  void limit_dots(const std::string& text) const;

  static const char* type_of(const toml::node& node);
};

}  // namespace flow
