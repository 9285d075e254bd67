#include "executor/files/json_text.h"

#include <string>

#include "executor/files/file_error.h"

namespace files {
namespace {

// Counts what streams by. nlohmann's reader keeps one bit a level and the text of one value.
class Counter final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Counter(const JsonLimits& limits) : limits_(limits) {}

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
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    return refuse(std::string("not JSON: ") + error.what());
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

  const JsonLimits limits_;
  std::size_t values_ = 0, level_ = 0;
  std::string fault_;
};

}  // namespace

void check_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    throw Error("has " + std::to_string(text.size()) + " bytes, more than the " +
                std::to_string(limits.bytes) + " that are read");
  }
  Counter counter(limits);
  nlohmann::json::sax_parse(text.begin(), text.end(), &counter);
  if (!counter.fault().empty()) throw Error(counter.fault());
}

nlohmann::json parse_json(std::string_view text, const JsonLimits& limits) {
  check_json(text, limits);
  return nlohmann::json::parse(text.begin(), text.end());
}

}  // namespace files
