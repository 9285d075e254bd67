#include "evaluation/base_metrics.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>

#include "evaluation/route_client.h"
#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "schemas/generate.h"
#include "schemas/look.h"
#include "schemas/metrics.h"
#include "schemas/training.h"
#include "tests/fakes.h"
#include "tests/plugins/shared/pictures/made_pictures.h"

#include <catch2/catch.hpp>

namespace fs = std::filesystem;

namespace {

constexpr int kSide = 32;

schemas::Tensor floats(std::vector<schemas::Blob>& blobs, const std::string& name,
                       std::vector<std::int64_t> shape, const std::vector<float>& values) {
  std::vector<schemas::Tensor> tensors;
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  schemas::add_tensor(tensors, blobs, name, "f32", std::move(shape), schemas::Blob(bytes));
  return tensors.front();
}

/// A model whose pictures are its prompt's length in grey, and a judge who takes every picture for
/// a square cartoon on red, and sees dark and light.
class World {
 public:
  World() {
    for (const auto* file :
         {"unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors",
          "vae/diffusion_pytorch_model.safetensors", "scheduler/scheduler_config.json"}) {
      evaluation::write_file(folder / "model" / file, file);
    }
    list("metadata.jsonl", {"square", "disc"});
    list("heldout.jsonl", {"square"});
    evaluation::write_file(folder / "subjects/square-a/00.png", made::plain("png", 64, 64));
    evaluation::write_file(folder / "subjects/held-out/square-a/00.png",
                           made::plain("png", 64, 64));
    out.answers["/generate"] = [this](const auto& in) { return drawn(in); };
    out.answers["/judge"] = judged;
    out.answers["/encode"] = encoded;
    out.answers["/picture"] = [](const auto& in) { return pictures(in.blobs.size(), 100); };
    out.answers["/finetune"] = [](const auto&) {
      return schemas::Message::of(schemas::Finetuned{.identifier = "sks", .steps = 7});
    };
  }
  std::map<std::string, double> measure(const schemas::MeasureBase& asked) {
    evaluation::BaseMetrics executor({.params = {evaluation::base_metrics_params(),
                                                 {{"model", (folder / "model").string()},
                                                  {"pictures", folder.string()},
                                                  {"subjects", (folder / "subjects").string()},
                                                  {"curves", folder.string()},
                                                  {"out", (folder / "out").string()},
                                                  {"side_px", std::int64_t{kSide}}}},
                                      .name = "base_metrics",
                                      .home = folder,
                                      .loading = [](const std::string&) {}});
    executor.process(schemas::Message::of(asked), out);
    std::map<std::string, double> values;
    for (const auto& figure : out.sent.back().as<schemas::MetricTable>().figures) {
      values[figure.name] = figure.value;
    }
    return values;
  }

  files::TemporaryFolder temporary;
  fs::path folder = temporary.path();
  tests::RecordingOutbox out;
  std::size_t drawings = 0;

 private:
  void list(const std::string& name, const std::vector<std::string>& categories) const {
    std::ofstream stream(folder / name);
    for (const auto& category : categories) {
      evaluation::write_file(folder / (category + ".png"), made::half_transparent_png(48));
      stream << R"({"file_name": ")" << category << R"(.png", "text": "a )" << category
             << R"(", "style": "cartoon"})" << '\n';
    }
  }

  static schemas::Message pictures(std::size_t count, int grey) {
    std::vector<schemas::Blob> blobs;
    for (std::size_t i = 0; i < count; ++i) {
      blobs.emplace_back(made::plain("png", kSide, kSide, grey, grey, grey));
    }
    return schemas::Message::of(schemas::Pictures{}, std::move(blobs));
  }

  schemas::Message drawn(const schemas::Message& in) {
    const auto asked = in.as<schemas::Generate>();
    drawings += static_cast<std::size_t>(asked.num_images);
    return pictures(static_cast<std::size_t>(asked.num_images),
                    static_cast<int>(asked.prompt.size()));
  }

  static schemas::Message judged(const schemas::Message& in) {
    const auto count = static_cast<std::int64_t>(in.blobs.size());
    schemas::Judged judged;
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) {
      judged.verdicts.push_back({"square", 1, "cartoon", "red"});
      values.insert(values.end(), {1.0F, 0.0F});
    }
    std::vector<schemas::Blob> blobs;
    judged.tensors = {floats(blobs, "embeddings", {count, 2}, values)};
    return schemas::Message::of(judged, std::move(blobs));
  }

  static schemas::Message encoded(const schemas::Message& in) {
    const auto count = static_cast<std::int64_t>(in.blobs.size());
    schemas::Encoded encoded;
    encoded.scaling_factor = 0.5;
    std::vector<schemas::Blob> blobs;
    encoded.tensors = {floats(blobs, "mean", {count, 1, 1, 1},
                              std::vector<float>(static_cast<std::size_t>(count), 3))};
    return schemas::Message::of(encoded, std::move(blobs));
  }
};

}  // namespace

TEST_CASE("every part is measured, and the table and the sheets are written") {
  World world;
  std::ofstream(world.folder / "base.csv") << "10,0.5,1\n20,0.4,2\n10,0.3,1\n20,0.25,2\n";
  const auto values = world.measure({.pictures = 3});
  CHECK(values.at("categories recognised in 85 % of their pictures") == 1);  // not the disc
  CHECK(values.at("pictures of all categories recognised") == 0.5);
  CHECK(values.at("category right") == 1);
  CHECK(values.at("styles obeyed") == 1);
  CHECK(values.at("backgrounds obeyed") == Approx(1.0 / 11));
  CHECK(values.at("subjects recognised, mean") == 1);
  CHECK(values.at("last loss of the base") == 0.25);
  for (const auto* file : {"figures.md", "categories.png", "categories.csv", "words.png", "vae.png",
                           "subjects.png", "base-loss.png"}) {
    CAPTURE(file);
    CHECK(fs::exists(world.folder / "out" / file));
  }
}

TEST_CASE("a part is measured alone, and what was measured before stays in the table") {
  World world;
  world.measure({.parts = {"judge"}});
  CHECK(world.drawings == 0);
  const auto values = world.measure({.parts = {"categories"}, .pictures = 18});
  CHECK(values.count("category right") == 1);
  CHECK(world.drawings == 36);
}

TEST_CASE("pictures are drawn once, and again when the model or its advice has changed") {
  World world;
  world.measure({.parts = {"categories"}, .pictures = 4});
  world.measure({.parts = {"categories", "diversity"}, .pictures = 6});
  CHECK(world.drawings == 12);
  evaluation::write_file(world.folder / "model/unet/diffusion_pytorch_model.safetensors",
                         "another");
  world.measure({.parts = {"categories"}, .pictures = 6});
  CHECK(world.drawings == 24);
  evaluation::write_file(world.folder / "model/souvenir.json", "{}");
  world.measure({.parts = {"categories"}, .pictures = 6});
  CHECK(world.drawings == 36);
}

TEST_CASE("a subject is taught once") {
  World world;
  world.measure({.parts = {"subjects"}, .pictures = 2});
  world.measure({.parts = {"subjects"}, .pictures = 2});
  CHECK(std::count_if(world.out.asked.begin(), world.out.asked.end(),
                      [](const auto& asked) { return asked.endpoint == "/finetune"; }) == 1);
}

TEST_CASE("requests are accepted at their limits and refused one past them") {
  World world;
  CHECK_NOTHROW(world.measure({.parts = {"judge"}, .pictures = evaluation::kMaxPictures}));
  CHECK_THROWS_AS(world.measure({.parts = {"judge"}, .pictures = evaluation::kMaxPictures + 1}),
                  executor::Error);
  CHECK_THROWS_AS(world.measure({.parts = {"judge"}, .pictures = 0}), executor::Error);
  CHECK_THROWS_WITH(world.measure({.parts = {"beauty"}}), "there is no part \"beauty\"");
}
