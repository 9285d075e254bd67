#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/file/expand.h"
#include "flow/file/flow.h"
#include "flow/file/toml_library.h"

namespace flow {

/// Reads the values of one TOML document strictly. Each function returns the value, substituted and
/// in range, or throws executor::Error(bad_config) at its place. `what` names the value in the
/// error. Private to flow_reader.h; nothing else uses toml++.
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

  // toml++ limits the depth of values but not of dotted keys, and frees tables by recursion.
  void limit_dots(const std::string& text) const;

  static const char* type_of(const toml::node& node);
};

}  // namespace flow
