#include "flow/command/failure.h"

#include <iostream>
#include <map>
#include <new>
#include <sstream>

#include "executor/error.h"
#include "flow/client/client.h"
#include "flow/command/json.h"
#include "flow/command/render.h"

namespace flow::command {
namespace {

// As who reads JSON shows it: lists over several lines are for a terminal.
std::string in_one_line(const std::string& text) {
  std::string line;
  std::istringstream in(text);
  for (std::string each; std::getline(in, each);) {
    const auto begin = each.find_first_not_of(" \t\r");
    if (begin == each.npos) continue;
    line += (line.empty() ? "" : " ") + each.substr(begin);
  }
  return line;
}

}  // namespace

int exit_code_of(const schemas::Fault& fault, bool interrupted) {
  if (fault.code == "cancelled") {
    return interrupted ? exit_code::kInterrupted : exit_code::kCancelled;
  }
  static const std::map<std::string, int> codes = {
      {"bad_input", exit_code::kUsage},           {"exists", exit_code::kUsage},
      {"bad_config", exit_code::kBadConfig},      {"not_found", exit_code::kNotFound},
      {"forbidden", exit_code::kForbidden},       {"unauthenticated", exit_code::kForbidden},
      {"unavailable", exit_code::kUnreachable},   {"timeout", exit_code::kTimeout},
      {"out_of_memory", exit_code::kOutOfMemory}, {"stage_died", exit_code::kJobFailed}};
  const auto found = codes.find(fault.code);
  if (found != codes.end()) return found->second;
  return fault.job.empty() ? exit_code::kFailure : exit_code::kJobFailed;
}

schemas::Fault fault_of(const std::exception_ptr& thrown) {
  schemas::Fault fault{"internal", "client", "", "", ""};
  try {
    std::rethrow_exception(thrown);
  } catch (const CallError& error) {
    return error.fault;
  } catch (const executor::Error& error) {
    fault.code = error.code();
    fault.cause = error.what();
    fault.hint = error.hint();
  } catch (const std::bad_alloc&) {
    fault.code = "out_of_memory";
    fault.cause = "the program itself ran out of memory";
  } catch (const std::exception& error) {
    fault.cause = error.what();
  }
  return fault;
}

void report(const schemas::Fault& fault, bool json) {
  std::cerr << "souvenir: ";
  if (!fault.stage.empty() && fault.stage != "client") std::cerr << fault.stage << ": ";
  std::cerr << fault.cause << '\n';
  if (!fault.hint.empty()) std::cerr << "  hint: " << fault.hint << '\n';
  if (fault.retry_after_s > 0) {
    std::cerr << "  try again in " << duration_text(fault.retry_after_s) << '\n';
  }
  std::cerr.flush();
  if (!json) return;
  Json error = {{"code", fault.code},
                {"stage", fault.stage},
                {"job", fault.job},
                {"cause", in_one_line(fault.cause)},
                {"hint", in_one_line(fault.hint)}};
  if (fault.retry_after_s > 0) error["retry_after_s"] = fault.retry_after_s;
  print_json({{"error", error}});
}

int end_output(int code) {
  if (std::cout.flush()) return code;
  report({"output", "client", "", "the output could not be written",
          "what was asked for has been done"},
         false);
  return exit_code::kFailure;
}

}  // namespace flow::command
