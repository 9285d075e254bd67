#include "executor/files/json_text.h"

#include <algorithm>
#include <string>

#include "executor/files/file_error.h"

namespace files {
namespace {

// The library names its tokens; a reader of the file sees other things.
std::string in_our_words(std::string_view token) {
  if (token == "string literal") return "a text in quotes";
  if (token == "number literal") return "a number";
  if (token == "end of input") return "the end";
  if (token.ends_with("or a literal")) return "a value";
  return std::string(token);
}

std::string type_in_our_words(std::string_view type) {
  if (type == "string") return "a text";
  if (type == "boolean") return "true or false";
  if (type == "array") return "a list";
  if (type == "null") return "null";
  return (type == "object" ? "an " : "a ") + std::string(type);
}

// What stands behind the first `before` of the library's message, up to `end`; "" when none does.
// A message repeats a token as long as the text: nothing of it is copied here.
std::string_view part_of(std::string_view message, std::string_view before,
                         std::string_view end = "") {
  const auto at = message.find(before);
  if (at == message.npos) return "";
  const auto part = message.substr(at + before.size());
  return end.empty() ? part : part.substr(0, part.find(end));
}

// A token that is none may be as long as the text. Not cut inside a letter of UTF-8.
std::string shortened(std::string_view text) {
  constexpr std::size_t kShown = 100;
  if (text.size() <= kShown) return std::string(text);
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string place_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const auto last = before.rfind('\n');
  const auto column = before.size() - (last == before.npos ? 0 : last + 1);
  return "line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1);
}

// Counts what streams by. nlohmann's reader keeps one bit a level and the text of one value.
class Counter final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Counter(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  const std::string& fault() const { return fault_; }

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }
  bool key(string_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t byte, const std::string&,
                   const nlohmann::detail::exception& error) override {
    return refuse("not JSON: " + json_fault(text_, byte, error));
  }

 private:
  bool count() {
    if (++values_ <= limits_.values) return true;
    return refuse("has more than " + std::to_string(limits_.values) + " values");
  }
  bool enter() {
    if (++level_ <= limits_.levels) return count();
    return refuse("nests deeper than " + std::to_string(limits_.levels) + " levels");
  }
  bool leave() {
    --level_;
    return true;
  }
  bool refuse(std::string fault) {
    fault_ = std::move(fault);
    return false;  // ends the reading
  }

  const std::string_view text_;
  const JsonLimits limits_;
  std::size_t values_ = 0, level_ = 0;
  std::string fault_;
};

}  // namespace

std::string json_fault(std::string_view text, std::size_t byte,
                       const nlohmann::detail::exception& error) {
  const std::string_view message = error.what();
  const auto found = part_of(message, " - unexpected ", ";");
  // After the last one: the text of a token that is none stands before it.
  const auto last = message.rfind("; expected ");
  const auto expected = last == message.npos ? "" : part_of(message.substr(last), "; expected ");
  std::string why = shortened(part_of(message, " - ", "; last read"));  // of a token that is none
  if (found == "end of input" || byte > text.size()) {
    why = "the text ends";
  } else if (!found.empty()) {
    why = shortened(in_our_words(found)) + " stands there";
  } else if (why.empty()) {
    why = shortened(part_of(message, "] "));
  }
  if (!expected.empty() && expected.find("; last read") == expected.npos)
    why += ", but " + shortened(in_our_words(expected)) + " was expected";
  return place_of(text, byte) + ": " + why;
}

// type_error 302: "type must be T, but is U"; out_of_range 403: "key 'K' not found".
std::string wrong_type(const nlohmann::detail::exception& error) {
  const std::string_view message = error.what();
  const auto must = part_of(message, "type must be ", ", but is "),
             is = part_of(message, ", but is "), key = part_of(message, "key '", "' not found");
  if (!must.empty()) {
    return "a value must be " + type_in_our_words(must) + ", but is " + type_in_our_words(is);
  }
  if (!key.empty()) return "the key \"" + shortened(key) + "\" is missing";
  return "a value is of another kind than it must be";
}

void check_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    throw Error("has " + std::to_string(text.size()) + " bytes, more than the " +
                std::to_string(limits.bytes) + " that are read");
  }
  Counter counter(text, limits);
  nlohmann::json::sax_parse(text.begin(), text.end(), &counter);
  if (!counter.fault().empty()) throw Error(counter.fault());
}

nlohmann::json parse_json(std::string_view text, const JsonLimits& limits) {
  check_json(text, limits);
  return nlohmann::json::parse(text.begin(), text.end());
}

}  // namespace files
