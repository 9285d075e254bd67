#include "tests/catch_torch.h"

#include "encoder/encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>

#include <filesystem>

#include "compute/tensors.h"
#include "diffusion/networks/text_encoder.h"
#include "executor/files/temporary_folder.h"
#include "schemas/generate.h"
#include "schemas/training.h"
#include "store/job_capabilities.h"
#include "store/version_folder.h"
#include "tests/fakes.h"
#include "tests/plugins/shared/pictures/made_pictures.h"

namespace {

encoder::Encoder make_encoder() {
  return encoder::Encoder({.params = {encoder::params(), {{"model", std::string(TINY_MODEL)}}},
                           .name = "encoder",
                           .home = "",
                           .loading = [](const std::string&) {}});
}

schemas::Message plan(const std::vector<std::string>& pictures) {
  schemas::Plan plan;
  plan.settings.base = store::kPretrained;
  plan.settings.instance_prompt = "a sks dog";
  plan.settings.category_prompt = "a dog";
  std::vector<schemas::Blob> blobs;
  for (const auto& picture : pictures) blobs.emplace_back(picture);
  auto message = schemas::Message::of(plan, std::move(blobs));
  message.owner = "ada";
  return message;
}

std::string fault_of(encoder::Encoder& encoder, const std::vector<std::string>& pictures) {
  tests::RecordingOutbox out;
  try {
    encoder.process(plan(pictures), out);
  } catch (const executor::Error& e) {
    CHECK(e.code() == "bad_input");
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a plan becomes the posterior of its pictures and the context of four prompts") {
  auto encoder = make_encoder();
  tests::RecordingOutbox out;
  encoder.process(plan({made::plain("png", 40, 60), made::plain("jpg", 100, 50)}), out);
  REQUIRE(out.sent.size() == 1);
  const auto encoded = out.sent[0].as<schemas::Encoded>();
  CHECK(encoded.scaling_factor == 0.7);
  CHECK(encoded.settings.instance_prompt == "a sks dog");
  const auto read = [&](const char* name, int dims) {
    return compute::read_f32(encoded.tensors, out.sent[0], name, dims);
  };
  CHECK(read("mean", 4).sizes() == at::IntArrayRef({2, 4, 8, 8}));
  CHECK(read("logvar", 4).sizes() == at::IntArrayRef({2, 4, 8, 8}));
  const auto context = read("context", 3);
  CHECK(context.sizes() == at::IntArrayRef({4, 24, 24}));
  CHECK(at::equal(context[2], context[3]));  // no validation prompt: both are ""
  CHECK_FALSE(at::equal(context[0], context[1]));
  REQUIRE(out.shown.size() == 2);
  CHECK(out.shown[1].progress.step == 2);
  CHECK(out.shown[1].progress.total == 2);
}

TEST_CASE("a picture encoded again gives the same posterior, alone or among others") {
  auto encoder = make_encoder();
  const auto picture = made::plain("png", 40, 60);
  tests::RecordingOutbox first, second;
  encoder.process(plan({picture}), first);
  encoder.process(plan({made::plain("png", 50, 50, 1, 2, 3), picture}), second);
  const auto mean = [](const tests::RecordingOutbox& out, std::int64_t row) {
    return compute::read_f32(out.sent[0].as<schemas::Encoded>().tensors, out.sent[0], "mean",
                             4)[row];
  };
  CHECK(at::equal(mean(first, 0), mean(second, 1)));
}

TEST_CASE("a bad picture is named by its place, and the encoder lives on") {
  auto encoder = make_encoder();
  const auto good = made::plain("png", 40, 40);
  const auto jpeg = made::plain("jpg", 200, 200);
  CHECK_THAT(fault_of(encoder, {good, good, jpeg.substr(0, jpeg.size() / 2), good, good}),
             Catch::StartsWith("picture 3 of 5 is cut off"));
  CHECK_THAT(fault_of(encoder, {""}), Catch::StartsWith("picture 1 of 1 is empty"));
  CHECK_THAT(fault_of(encoder, {good, "text"}), Catch::StartsWith("picture 2 of 2 is not a"));
  CHECK_THAT(fault_of(encoder, {made::png_header(20000, 20000)}), Catch::Contains("20000x20000"));
  CHECK_THAT(fault_of(encoder, {made::plain("png", 1, 1)}), Catch::Contains("at least 32"));
  CHECK_THAT(
      fault_of(encoder, {"", good, "text"}),
      Catch::StartsWith("picture 1 of 3 is empty") && Catch::Contains("; picture 3 of 3 is not a"));
  CHECK_THAT(fault_of(encoder, {}), Catch::Contains("no pictures"));
  CHECK(fault_of(encoder, {good}).empty());
}

TEST_CASE("a metamodel's plan has a row for each earlier thing and each other category") {
  auto encoder = make_encoder();
  auto message = plan({made::plain("png", 40, 60)});
  auto body = message.as<schemas::Plan>();
  body.settings.category = "dog";
  body.settings.replay = {{"brc", "cat", "a brc cat", "v-1"}, {"kpk", "dog", "a kpk dog", "v-2"}};
  body.settings.train_text_encoder = true;
  message.body = schemas::pack(body);
  tests::RecordingOutbox out;
  encoder.process(message, out);
  const auto encoded = out.sent[0].as<schemas::Encoded>();
  const auto context = compute::read_f32(encoded.tensors, out.sent[0], "context", 3);
  CHECK(context.sizes() == at::IntArrayRef({7, 24, 24}));  // 4, a brc cat, a kpk dog, a cat
  CHECK(compute::read_i64(encoded.tensors, out.sent[0], "ids", 2).size(0) == 7);
}

TEST_CASE("prompts become a context of two rows, for pictures and for latents") {
  auto encoder = make_encoder();
  tests::RecordingOutbox out;
  schemas::DrawSettings settings;
  settings.version = store::kPretrained;
  settings.prompt = "a sks dog";
  encoder.process(schemas::Message::of(schemas::Generation{settings}), out);
  encoder.process(schemas::Message::of(schemas::Prior{settings}), out);
  REQUIRE(out.sent.size() == 2);
  const auto draw = out.sent[0].as<schemas::Draw>();
  const auto prior = out.sent[1].as<schemas::DrawLatents>();
  const auto context = compute::read_f32(draw.tensors, out.sent[0], "context", 3);
  CHECK(context.sizes() == at::IntArrayRef({2, 24, 24}));
  CHECK(at::equal(context, compute::read_f32(prior.tensors, out.sent[1], "context", 3)));
  CHECK(draw.settings.prompt == "a sks dog");
}

TEST_CASE("the prompts of a version are embedded by the text encoder of that version") {
  const files::TemporaryFolder home;
  const auto version = home / "store/versions/dog-1";
  std::filesystem::create_directories(version);
  diffusion::TextEncoder trained(TINY_MODEL, at::kCPU, 3);
  trained.save(version / "text_encoder");
  encoder::Encoder encoder({.params = {encoder::params(), {{"model", std::string(TINY_MODEL)}}},
                            .name = "encoder",
                            .home = home.path(),
                            .loading = [](const std::string&) {}});
  const auto context_for = [&](const std::string& version_id) {
    tests::RecordingOutbox out;
    schemas::DrawSettings settings;
    settings.version = version_id;
    settings.prompt = "a dog";
    schemas::Message in;
    in.root = "j-1";
    const auto may = store::capabilities_for(settings, in, store::CapabilityKey(home.path()));
    auto message = schemas::Message::of(schemas::Generation{settings, may});
    message.root = in.root;
    encoder.process(message, out);
    const auto draw = out.sent.at(0).as<schemas::Draw>();
    return compute::read_f32(draw.tensors, out.sent[0], "context", 3).clone();
  };
  const auto pretrained = context_for("pretrained"), own = context_for("dog-1");
  CHECK_FALSE(at::equal(pretrained, own));
  CHECK(at::equal(own, context_for("dog-1")));
  CHECK(at::equal(pretrained, context_for("pretrained")));
  CHECK_THROWS_AS(context_for("dog-2"), executor::Error);
}

TEST_CASE("token ids go with the prompts when the text encoder is to be trained") {
  auto encoder = make_encoder();
  auto message = plan({made::plain("png", 40, 60)});
  auto body = message.as<schemas::Plan>();
  body.settings.train_text_encoder = true;
  message.body = schemas::pack(body);
  tests::RecordingOutbox out;
  encoder.process(message, out);
  const auto encoded = out.sent.at(0).as<schemas::Encoded>();
  const auto ids = compute::read_i64(encoded.tensors, out.sent[0], "ids", 2);
  const auto context = compute::read_f32(encoded.tensors, out.sent[0], "context", 3);
  CHECK(at::equal(diffusion::TextEncoder(TINY_MODEL).encode(ids), context));
}

TEST_CASE("a prompt that is longer than the model reads is encoded, and the client told") {
  auto encoder = make_encoder();
  tests::RecordingOutbox out;
  schemas::DrawSettings settings;
  settings.version = store::kPretrained;
  for (int i = 0; i < 100; ++i) settings.prompt += "dog ";
  encoder.process(schemas::Message::of(schemas::Generation{settings}), out);
  REQUIRE(out.shown.size() == 1);
  CHECK_THAT(out.shown[0].progress.text, Catch::Contains("reads the first 22"));
  CHECK(out.sent.size() == 1);
}

TEST_CASE("a cancelled job ends between two pictures") {
  auto encoder = make_encoder();
  tests::RecordingOutbox out;
  out.cancel = true;
  CHECK_THROWS_AS(encoder.process(plan({made::plain("png", 40, 40)}), out), executor::Cancelled);
}

TEST_CASE("without a usable model folder the encoder says what is missing") {
  const executor::Setup setup{.params = {encoder::params(), {{"model", std::string("/nowhere")}}},
                              .name = "encoder",
                              .home = "",
                              .loading = [](const std::string&) {}};
  CHECK_THROWS_WITH(encoder::Encoder(setup), Catch::Contains("/nowhere: is not there"));
}

TEST_CASE("a retrained metamodel has no new pictures, but the prompts of all its things") {
  auto encoder = make_encoder();
  auto message = plan({});
  auto body = message.as<schemas::Plan>();
  body.settings.instance_prompt = body.settings.category_prompt = "";
  body.settings.replaces = "v-2";
  body.settings.replay = {{"brc", "cat", "a brc cat", "v-1"}, {"kpk", "dog", "a kpk dog", "v-2"}};
  message.body = schemas::pack(body);
  tests::RecordingOutbox out;
  encoder.process(message, out);
  const auto encoded = out.sent.at(0).as<schemas::Encoded>();
  const auto read = [&](const char* name, int dims) {
    return compute::read_f32(encoded.tensors, out.sent[0], name, dims);
  };
  CHECK(read("mean", 4).sizes() == at::IntArrayRef({0, 4, 8, 8}));
  CHECK(read("logvar", 4).sizes() == at::IntArrayRef({0, 4, 8, 8}));
  CHECK(read("context", 3).sizes() == at::IntArrayRef({8, 24, 24}));
}
