#pragma once

#include <string>

/// Flow files for tests: a whole one around the lines in question.
namespace flow_test {

inline const std::string kFlow = "flow = \"f\"\n";
inline const std::string kRoute = "[route]\n\"/say\" = \"shout\"\n";
inline const std::string kShout = "[[executor]]\nname = \"shout\"\n";

/// Line 1 flow, 2-3 route, 4-5 executor; `line` is line 6.
inline std::string executor_with(const std::string& line) {
  return kFlow + kRoute + kShout + line + "\n";
}

/// `lines` begin at line 2.
inline std::string top_with(const std::string& lines) {
  return kFlow + lines + "\n" + kRoute + kShout;
}

/// `line` is line 3.
inline std::string route_with(const std::string& line) {
  return kFlow + "[route]\n" + line + "\n" + kShout;
}

inline std::string long_socket(std::size_t bytes) {
  return "ipc:///" + std::string(bytes - 1, 's');
}

inline std::string listen(const std::string& address) {
  return top_with("[gateway]\nlisten = [\"" + address + "\"]");
}

/// v100, v101, ...: their values are at column 8 of the lines from 3 on.
inline std::string variables(std::size_t count) {
  std::string text = "[var]";
  for (std::size_t i = 0; i < count; ++i) text += "\nv" + std::to_string(100 + i) + " = \"x\"";
  return top_with(text);
}

inline std::string shouters(std::size_t count) {
  std::string text = kFlow + "[route]\n\"/say\" = \"s0\"\n";
  for (std::size_t i = 0; i < count; ++i) {
    text += "\"/say" + std::to_string(i) + "\" = \"s" + std::to_string(i) + "\"\n";
  }
  for (std::size_t i = 0; i < count; ++i) {
    text += "[[executor]]\nname = \"s" + std::to_string(i) + "\"\nrun = \"shout\"\n";
  }
  return text;
}

inline std::string hops(std::size_t count) {
  std::string path = "shout";
  for (std::size_t i = 1; i < count; ++i) path += " > shout";
  return route_with("\"/say\" = \"" + path + "\"");
}

inline std::string dotted(std::size_t keys) {
  std::string text = "x";
  for (std::size_t i = 1; i < keys; ++i) text += ".x";
  return text;
}

inline std::string items(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "\"x\", ";
  return text;
}

inline std::string of_bytes(std::size_t bytes) {
  const std::string text = kFlow + kRoute + kShout + "#";
  return text + std::string(bytes - text.size(), 'x');
}

}  // namespace flow_test
