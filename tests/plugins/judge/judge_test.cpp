#include "tests/catch_torch.h"

#include "judge/picture_judge.h"

#include <ATen/TensorOperators.h>

#include "compute/tensors.h"
#include "diffusion/formats/safetensors.h"
#include "diffusion/judge/vision_names.h"
#include "executor/files/file_error.h"
#include "judge_fixture.h"
#include "schemas/look.h"
#include "tests/fakes.h"
#include "tests/plugins/shared/pictures/made_pictures.h"

namespace fs = std::filesystem;

namespace {

const fs::path kGolden = JUDGE_GOLDEN;

judge::Judge make(const fs::path& model) {
  return judge::Judge({.params = {judge::params(), {{"model", model.string()}}},
                       .name = "judge",
                       .home = model,
                       .loading = [](const std::string&) {}});
}

schemas::Message question(std::size_t pictures, bool tensors = true) {
  std::vector<schemas::Blob> blobs;
  for (std::size_t i = 0; i < pictures; ++i) {
    blobs.emplace_back(made::plain("png", 40 + static_cast<int>(i), 48, 20 * static_cast<int>(i)));
  }
  return schemas::Message::of(schemas::Judge{tensors}, std::move(blobs));
}

fs::path drawn_judge(const tests::JudgeFolder& folder) {
  const diffusion::JudgeWords words{{"cat", "dog"}, {"cartoon"}, {"red", "white"}};
  diffusion::JudgeNetwork(folder.path / "judge", words, 1, at::kCPU).save(folder.path / "drawn");
  return folder.path / "drawn";
}

}  // namespace

TEST_CASE("vision transformers give the numbers of transformers") {
  const diffusion::SafetensorsFile expected(kGolden / "expected.safetensors");
  const auto pixels = expected.tensor("pixels");
  for (const std::string name : {"vit", "clip", "clip_projected"}) {
    CAPTURE(name);
    const diffusion::VisionTransformer encoder(kGolden / name, at::kCPU);
    const auto difference = encoder(pixels) - expected.tensor(name);
    CHECK(difference.abs().max().item<double>() < 2e-6);
  }
}

TEST_CASE("tensors of a vision transformer are found by each of their names") {
  CHECK(diffusion::vision_name("vit.encoder.layer.3.attention.attention.query.weight") ==
        "encoder.layers.3.self_attn.q_proj.weight");
  CHECK(diffusion::vision_name("layers.3.attention.o_proj.bias") ==
        "encoder.layers.3.self_attn.out_proj.bias");
  CHECK(diffusion::vision_name("encoder.layer.0.output.dense.bias") ==
        "encoder.layers.0.mlp.fc2.bias");
  CHECK(diffusion::vision_name("layers.0.mlp.fc1.weight") == "encoder.layers.0.mlp.fc1.weight");
  CHECK(diffusion::vision_name("pooler.dense.bias").empty());
  CHECK(diffusion::vision_name("vision_model.embeddings.position_ids").empty());
}

TEST_CASE("the judge answers with embeddings, probabilities and the likeliest words") {
  const tests::JudgeFolder folder;
  auto judge = make(drawn_judge(folder));
  tests::RecordingOutbox out;
  const std::size_t pictures = judge::kBatch + 1;
  judge.process(question(pictures), out);
  const auto judged = out.sent.at(0).as<schemas::Judged>();
  CHECK(judged.verdicts.size() == pictures);
  const auto categories = compute::read_f32(judged.tensors, out.sent[0], "categories", 2);
  REQUIRE(categories.sizes() == at::IntArrayRef({static_cast<std::int64_t>(pictures), 2}));
  CHECK(categories.sum(1).min().item<double>() == Approx(1));
  const auto best = categories[0].argmax().item<std::int64_t>();
  CHECK(judged.verdicts[0].category == judged.categories[static_cast<std::size_t>(best)]);
  CHECK(judged.verdicts[0].probability == Approx(categories[0].max().item<double>()));
  CHECK(judged.verdicts[0].style == "cartoon");
  CHECK(compute::read_f32(judged.tensors, out.sent[0], "embeddings", 2).size(1) == 6);

  judge.process(question(1, false), out);
  CHECK(out.sent.at(1).blobs.empty());
  CHECK(out.sent[1].as<schemas::Judged>().verdicts.size() == 1);
}

TEST_CASE("a picture gets the same embedding alone and among others") {
  const tests::JudgeFolder folder;
  auto judge = make(drawn_judge(folder));
  tests::RecordingOutbox out;
  judge.process(question(3), out);
  judge.process(question(1), out);
  const auto embedding = [&](std::size_t answer) {
    const auto judged = out.sent.at(answer).as<schemas::Judged>();
    return compute::read_f32(judged.tensors, out.sent[answer], "embeddings", 2)[0].clone();
  };
  CHECK(embedding(0).allclose(embedding(1), 1e-5, 1e-6));
}

TEST_CASE("a vision transformer as judge has embeddings and no words") {
  auto judge = make(kGolden / "vit");
  tests::RecordingOutbox out;
  judge.process(question(2), out);
  const auto judged = out.sent.at(0).as<schemas::Judged>();
  CHECK(judged.verdicts.empty());
  CHECK(judged.tensors.size() == 1);
}

TEST_CASE("what the judge cannot look at is refused with its place") {
  const tests::JudgeFolder folder;
  auto judge = make(drawn_judge(folder));
  tests::RecordingOutbox out;
  CHECK_THROWS_WITH(judge.process(question(0), out), "there are no pictures to judge");
  auto message = question(2);
  message.blobs[1] = schemas::Blob("nonsense");
  try {
    judge.process(message, out);
    FAIL("accepted");
  } catch (const executor::Error& e) {
    CHECK(std::string(e.what()).rfind("picture 2 of 2 ", 0) == 0);
  }
  CHECK_THROWS_AS(make(folder.path / "nowhere"), executor::Error);
}
