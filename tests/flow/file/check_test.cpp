#include "flow/file/check.h"

#include <catch2/catch.hpp>

#include "tests/flow/file/fake_plugins.h"

using flow_test::Broken;
using flow_test::load;

namespace {

/// The routes begin at line 3; then an executor of two lines for each name.
std::string flow_of(const std::string& routes, const std::vector<std::string>& names,
                    const std::string& last = "") {
  std::string text = "flow = \"f\"\n[route]\n" + routes + "\n";
  for (const auto& name : names) text += "[[executor]]\nname = \"" + name + "\"\n";
  return text + last + "\n";
}

const std::string kCalled =
    R"("/x" = "registry > encoder > sampler > trainer > storage > registry")";
const std::vector<std::string> kTraining = {"registry", "encoder",   "sampler",
                                            "trainer",  "generator", "storage"};

const std::vector<Broken> kBroken = {
    {"a type that the next stage does not take",
     flow_of(R"("/x" = "registry > encoder > trainer")", kTraining), "3:1",
     "/x: stage 'trainer' does not accept 'encoded.v1' that 'encoder' emits; it accepts "
     "training.v1, "
     "batch.v1",
     "path"},
    {"stages in the wrong order",
     flow_of(R"("/x" = "shout > painter > shout")", {"shout", "painter"}), "3:1",
     "stage 'shout' does not accept 'picture.v1' that 'painter' emits; it accepts text.v1", "path"},
    {"a stage that takes one of two types", flow_of(R"("/x" = "sampler > generator")", kTraining),
     "3:1", "stage 'generator' does not accept", "path"},
    {"a stage after one that emits nothing", flow_of(R"("/x" = "sink > shout")", {"sink", "shout"}),
     "3:1", "stage 'sink' emits nothing for text.v1, so 'shout' would never get a message", "path"},
    {"a stage without handlers", flow_of(R"("/x" = "mute")", {"mute"}), "3:1",
     "stage 'mute' accepts no message", "path"},
    {"nothing listed of a stage whose types have to be",
     flow_of(R"("/x" = "storage")", {"storage"}), "3:1",
     "stage 'storage' takes 'trained.v1' on routes that list it, and this one lists nothing",
     "accepts = [\"trained.v1\"]"},
    {"a listed type that the first stage does not take",
     flow_of(R"("/x" = { path = "shout", accepts = ["txt.v1"] })", {"shout"}), "3:1",
     "stage 'shout' does not accept 'txt.v1' (did you mean 'text.v1'?); it accepts text.v1",
     "txt.v1"},
    {"a listed type that gets stuck later",
     flow_of(R"("/x" = { path = "registry > encoder", accepts = ["identifiers.v1"] })",
             {"registry", "encoder"}),
     "3:1", "'encoder' does not accept 'identifier_list.v1' that 'registry' emits", "accepts"},
    {"an executor without route", flow_of(R"("/x" = "shout")", {"shout", "sink"}), "6:1",
     "no route uses executor 'sink'", "[route]"},
    {"a call of no route",
     flow_of(kCalled, {"registry", "encoder", "sampler", "trainer", "storage"}), "8:1",
     "executor 'sampler' calls '/prior', which is not a route", "prior.v1"},
    {"a call of a misspelt route",
     flow_of("\"/anwser\" = \"shout\"\n\"/x\" = \"asker\"", {"shout", "asker"}), "7:1",
     "'/answer', which is not a route (did you mean '/anwser'?)", "add it"},
    {"a call of a route that takes another type",
     flow_of("\"/answer\" = \"registry\"\n\"/x\" = \"asker\"", {"registry", "asker"}), "7:1",
     "with 'text.v1', but that route accepts finetune.v1, generate.v1", ":3:1"},
    {"a call of a route that answers another type",
     flow_of("\"/answer\" = \"painter\"\n\"/x\" = \"asker\"", {"painter", "asker"}), "7:1",
     "expects 'text.v1', but that route answers picture.v1", ":3:1"},
    {"a call of a route that answers nothing",
     flow_of("\"/answer\" = \"sink\"\n\"/x\" = \"asker\"", {"sink", "asker"}), "7:1",
     "that route answers nothing", ":3:1"},
    {"an unknown parameter", flow_of(R"("/x" = "shout")", {"shout"}, "with.tims = 2"), "6:6",
     "'shout' has no parameter 'tims' (did you mean 'times'?)", "times, pitch, loud, word"},
    {"a parameter of a plugin that has none", flow_of(R"("/x" = "sink")", {"sink"}, "with.a = 2"),
     "6:6", "'sink' has no parameter 'a'", "nothing"},
    {"a parameter below its range", flow_of(R"("/x" = "shout")", {"shout"}, "with.times = 0"),
     "6:6", "'times' is 0, expected 1 to 10", "how often"},
    {"a parameter above its range", flow_of(R"("/x" = "shout")", {"shout"}, "with.times = 11"),
     "6:6", "'times' is 11, expected 1 to 10", "how often"},
    {"a fraction for an int", flow_of(R"("/x" = "shout")", {"shout"}, "with.times = 1.0"), "6:6",
     "'times' is float, expected int", ""},
    {"a string for a bool", flow_of(R"("/x" = "shout")", {"shout"}, "with.loud = \"yes\""), "6:6",
     "'loud' is string, expected bool", ""},
    {"no number for a float", flow_of(R"("/x" = "shout")", {"shout"}, "with.pitch = nan"), "6:6",
     "'pitch' is nan", ""},
};

}  // namespace

TEST_CASE("a flow whose parts do not fit is refused with its place, the cause and a remedy") {
  for (const auto& broken : kBroken) flow_test::require_refused(broken);
}

TEST_CASE("a route accepts every type that its whole path can take") {
  const auto flow =
      load(flow_of("\"/all\" = \"generator\"\n\"/pictures\" = \"registry > encoder > generator\"",
                   {"registry", "encoder", "generator"}));
  CHECK(flow.find_route("/all")->accepts ==
        std::vector<std::string>{"draw.v1", "draw_latents.v1", "latents.v1"});
  CHECK(flow.find_route("/pictures")->accepts == std::vector<std::string>{"generate.v1"});
  CHECK(flow.find_route("/pictures")->answers == std::vector<std::string>{"pictures.v1"});
}

TEST_CASE("a route that lists what it accepts takes nothing else") {
  const auto flow =
      load(flow_of(R"("/x" = { path = "registry", accepts = ["identifiers.v1"] })", {"registry"}));
  CHECK(flow.routes[0].accepts == std::vector<std::string>{"identifiers.v1"});
  CHECK(flow.routes[0].answers == std::vector<std::string>{"identifier_list.v1"});
}

TEST_CASE("a handler that emits nothing ends there while another goes on") {
  const auto flow =
      load(flow_of("\"/x\" = \"sampler > trainer\"\n\"/prior\" = \"encoder > generator\"\n"
                   "\"/picture\" = \"generator\"",
                   {"sampler", "trainer", "encoder", "generator"}));
  CHECK(flow.find_route("/x")->answers == std::vector<std::string>{"trained.v1"});
}

TEST_CASE("a last stage that emits nothing makes a route without answer") {
  CHECK(load(flow_of(R"("/x" = "shout > sink")", {"shout", "sink"})).routes[0].answers.empty());
}
