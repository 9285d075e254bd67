#include "base_training/corpus.h"

#include <cstdlib>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "pictures/captions.h"
#include "tests/fakes.h"

#include <catch2/catch.hpp>

namespace fs = std::filesystem;

namespace {

constexpr int kSide = 32;

/// A folder with two transparent pictures, a red disc and a blue square, and an opaque one.
struct Pictures {
  Pictures() {
    cv::Mat square(48, 48, CV_8UC4, cv::Scalar(0, 0, 0, 0));
    square(cv::Rect(8, 8, 32, 32)).setTo(cv::Scalar(255, 0, 0, 255));
    cv::imwrite((folder / "square.png").string(), square);
    cv::imwrite((folder / "grey.png").string(), cv::Mat(40, 60, CV_8UC3, cv::Scalar(90, 90, 90)));
    list(R"({"file_name": "square.png", "text": "a square", "name": "a box", "style": "cartoon"})"
         "\n"
         R"({"file_name": "grey.png", "text": "an evening", "set": "passed over"})"
         "\n");
  }
  void list(const std::string& lines) const { std::ofstream(folder / "metadata.jsonl") << lines; }

  std::vector<schemas::Message> stream(const schemas::TrainBase& settings) const {
    base_training::Corpus corpus({.params = {base_training::corpus_params(),
                                             {{"pictures", folder.string()},
                                              {"side_px", std::int64_t{kSide}},
                                              {"rare_words", true}}},
                                  .name = "corpus",
                                  .home = folder,
                                  .loading = [](const std::string&) {}});
    tests::RecordingOutbox out;
    corpus.process(schemas::Message::of(settings), out);
    return out.sent;
  }
  std::string refusal(const schemas::TrainBase& settings = {.max_train_steps = 1}) const {
    try {
      stream(settings);
    } catch (const executor::Error& e) {
      return e.what();
    }
    return "";
  }

  files::TemporaryFolder temporary;
  fs::path folder = temporary.path();
};

schemas::TrainBase few_steps() {
  schemas::TrainBase settings;
  settings.max_train_steps = 4;
  settings.pictures_per_step = 8;
  settings.seed = 7;
  return settings;
}

}  // namespace

TEST_CASE("a corpus sends the settings, then a batch of pictures and captions for every step") {
  const Pictures pictures;
  const auto sent = pictures.stream(few_steps());
  REQUIRE(sent.size() == 5);
  CHECK(sent[0].as<schemas::BaseTraining>().settings.seed == 7);
  for (std::size_t i = 1; i < sent.size(); ++i) {
    const auto batch = sent[i].as<schemas::Captioned>();
    CHECK(batch.step == static_cast<std::int64_t>(i) - 1);
    CHECK(batch.captions.size() == 8);
    CHECK(sent[i].blobs.at(0).size() == 8u * kSide * kSide * 3);
  }
}

TEST_CASE("a batch follows from seed and step, wherever the stream is entered") {
  const Pictures pictures;
  const auto whole = pictures.stream(few_steps());
  auto settings = few_steps();
  settings.from_step = 3;
  settings.pool_steps = 2;
  const auto late = pictures.stream(settings);
  REQUIRE(late.size() == 3);  // the settings, step 2 for the pool, step 3
  CHECK(late[1].as<schemas::Captioned>().step == 2);
  CHECK(late[2].blobs[0].view() == whole[4].blobs[0].view());
  CHECK(late[2].body == whole[4].body);
  settings.seed = 8;
  CHECK(pictures.stream(settings)[2].blobs[0].view() != whole[4].blobs[0].view());
}

TEST_CASE("captions name what a picture shows, in several ways, and now and then nothing") {
  const Pictures pictures;
  auto settings = few_steps();
  settings.max_train_steps = 40;
  std::set<std::string> captions;
  for (const auto& message : pictures.stream(settings)) {
    if (message.type != schemas::Captioned::kType) continue;
    for (const auto& caption : message.as<schemas::Captioned>().captions) captions.insert(caption);
  }
  const auto rare = pictures::rare_word({.file = "square.png"});
  CHECK(rare.size() == 4);
  for (const auto& expected :
       {std::string("a square"), std::string("a box"), std::string("a cartoon of a square"),
        std::string("a square on a red background"), std::string("a painting of a square"),
        "a " + rare + " square", std::string("an evening"), std::string()}) {
    CAPTURE(expected);
    CHECK(captions.count(expected) == 1);
  }
  settings.caption_dropout = 1;
  settings.max_train_steps = 1;
  for (const auto& caption : pictures.stream(settings)[1].as<schemas::Captioned>().captions) {
    CHECK(caption.empty());
  }
}

TEST_CASE("the background that a caption names is the one that the picture has") {
  const Pictures pictures;
  auto settings = few_steps();
  settings.max_train_steps = 20;
  int seen = 0;
  for (const auto& message : pictures.stream(settings)) {
    if (message.type != schemas::Captioned::kType) continue;
    const auto batch = message.as<schemas::Captioned>();
    for (std::size_t i = 0; i < batch.captions.size(); ++i) {
      if (batch.captions[i] != "a square on a green background") continue;
      const auto* corner = message.blobs[0].view().data() + i * kSide * kSide * 3;
      const auto red = static_cast<unsigned char>(corner[0]);
      const auto green = static_cast<unsigned char>(corner[1]);
      const auto blue = static_cast<unsigned char>(corner[2]);
      CHECK(green > red + 50);
      CHECK(green > blue + 50);
      ++seen;
    }
  }
  CHECK(seen > 0);
}

TEST_CASE("labels say what a picture shows, also where its caption does not") {
  const Pictures pictures;
  auto settings = few_steps();
  settings.max_train_steps = 80;
  settings.caption_dropout = 1;
  const auto sent = pictures.stream(settings);
  const auto words = sent[0].as<schemas::BaseTraining>().words;
  CHECK(words.categories == std::vector<std::string>{"evening", "square"});
  CHECK(words.styles == std::vector<std::string>{"cartoon", "painting"});
  CHECK(words.backgrounds.size() == 11);
  CHECK(words.pictures == 2);
  std::set<std::int64_t> backgrounds;
  for (std::size_t step = 1; step < sent.size(); ++step) {
    for (const auto& labels : sent[step].as<schemas::Captioned>().labels) {
      if (labels.picture == 1) {  // the opaque one: nobody knows its style and ground
        CHECK(labels.category == 0);
        CHECK((labels.style == -1 && labels.background == -1));
      } else {
        CHECK((labels.picture == 0 && labels.category == 1));
        CHECK((labels.style == 0 || labels.style == 1));
        backgrounds.insert(labels.background);
      }
    }
  }
  CHECK(backgrounds.size() == 12);  // -1: any colour, without a name
}

TEST_CASE("a picture is moved and blurred more the more it may vary") {
  const Pictures pictures;
  auto settings = few_steps();
  const auto calm = pictures.stream(settings);
  settings.vary = 1;
  const auto wild = pictures.stream(settings);
  CHECK(wild[1].blobs[0].view() != calm[1].blobs[0].view());
  CHECK(wild[1].blobs[0].view() == pictures.stream(settings)[1].blobs[0].view());
  settings.vary = 1.1;
  CHECK(pictures.refusal(settings) == "vary must be 0 to 1");
}

TEST_CASE("a part of each picture is sent when a crop is asked for") {
  const Pictures pictures;
  auto settings = few_steps();
  settings.crop_px = 16;
  const auto sent = pictures.stream(settings);
  CHECK(sent[1].as<schemas::Captioned>().side_px == 16);
  CHECK(sent[1].blobs[0].size() == 8u * 16 * 16 * 3);
  settings.crop_px = kSide + 1;
  CHECK(pictures.refusal(settings) == "crop_px must be 0 to 32, not 33");
}

TEST_CASE("what is wrong with a corpus is said with file and line") {
  const Pictures pictures;
  const auto list = (pictures.folder / "metadata.jsonl").string();
  pictures.list("{\"file_name\": \"square.png\", \"text\": \"a square\"}\nnonsense\n");
  CHECK_THAT(pictures.refusal(), Catch::StartsWith(list + " line 2: not JSON"));
  pictures.list("{\"file_name\": \"../square.png\", \"text\": \"a square\"}\n");
  CHECK(pictures.refusal() == list + " line 1: file_name is missing or leads elsewhere");
  pictures.list("{\"file_name\": \"square.png\"}\n");
  CHECK(pictures.refusal() == list + " line 1: text is missing");
  pictures.list("{\"file_name\": \"metadata.jsonl\", \"text\": \"a list\"}\n");
  CHECK(pictures.refusal().rfind((pictures.folder / "metadata.jsonl").string() + " is ", 0) == 0);
  pictures.list("");
  CHECK(pictures.refusal() == list + " lists no picture");
  fs::remove(list);
  CHECK_THAT(pictures.refusal(), Catch::StartsWith(list + ": cannot be read"));
}

TEST_CASE("steps are accepted at their limits and refused one past them") {
  const Pictures pictures;
  auto settings = few_steps();
  settings.max_train_steps = 0;
  CHECK(pictures.refusal(settings) == "max_train_steps must be 1 to 10000000, not 0");
  settings = few_steps();
  settings.pictures_per_step = base_training::kMaxPicturesPerStep;
  settings.max_train_steps = 1;
  CHECK(pictures.refusal(settings).empty());
  settings.pictures_per_step = base_training::kMaxPicturesPerStep + 1;
  CHECK(pictures.refusal(settings) == "pictures_per_step must be 1 to 256, not 257");
}
