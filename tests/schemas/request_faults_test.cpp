#include "schemas/request_faults.h"

#include <catch2/catch.hpp>

#include "schemas/request_limits.h"

namespace {

schemas::Finetune finetune() {
  schemas::Finetune request;
  request.category = "dog";
  return request;
}

schemas::Generate generate() {
  schemas::Generate request;
  request.prompt = "a dog";
  return request;
}

template <typename Request>
std::string cause_in(const Request& request) {
  const auto fault = schemas::fault_in(request);
  if (fault) CHECK_FALSE(fault->hint.empty());
  return fault ? fault->cause : "";
}

template <typename Change>
std::string taught_with(const Change& change) {
  auto request = finetune();
  change(request);
  return cause_in(request);
}

template <typename Change>
std::string drawn_with(const Change& change) {
  auto request = generate();
  change(request);
  return cause_in(request);
}

}  // namespace

TEST_CASE("each part of a request to teach a thing is looked at, its options too") {
  CHECK(cause_in(finetune()).empty());
  CHECK(taught_with([](auto& r) { r.target_model = "privat"; }) ==
        "there is no target_model 'privat' (did you mean 'private'?)");
  CHECK(taught_with([](auto& r) { r.target_model = "pretrained"; }) ==
        "target_model 'pretrained' is never trained");
  CHECK(taught_with([](auto& r) { r.category = ""; }) == "category is empty");
  CHECK(taught_with([](auto& r) { r.strategy = "bigg"; }) ==
        "there is no strategy 'bigg' (did you mean 'big'?)");
  CHECK(taught_with([](auto& r) { r.preset = "faces"; }) ==
        "there is no preset 'faces' (did you mean 'face'?)");
  CHECK(taught_with([](auto& r) { r.max_train_steps = -1; }) == "max_train_steps is -1");
  CHECK(taught_with([](auto& r) { r.num_class_images = 0; }) ==
        "num_class_images is 0, but prior_loss_weight is not");
  CHECK(taught_with([](auto& r) {
          r.num_class_images = 0;
          r.prior_loss_weight = 0;
        }).empty());
}

TEST_CASE("an identifier has the form of one and is no word of its category") {
  const auto taken = [](const std::string& word, const std::string& category = "dog") {
    return taught_with([&](auto& r) {
             r.identifier = word;
             r.category = category;
           })
        .empty();
  };
  CHECK(taken(std::string(schemas::kMinIdentifierBytes, 'q')));
  CHECK_FALSE(taken(std::string(schemas::kMinIdentifierBytes - 1, 'q')));
  CHECK(taken(std::string(schemas::kMaxIdentifierBytes, 'q')));
  CHECK_FALSE(taken(std::string(schemas::kMaxIdentifierBytes + 1, 'q')));
  for (const char* word : {"", "SKS", "a b", "../x", "sk\xc3\xa9", "a-b", "sks\n", "dog"}) {
    CHECK_FALSE(taken(word));
  }
  CHECK_FALSE(taken("toy", "Teddy Toy"));
}

TEST_CASE("each part of a request for pictures is looked at") {
  CHECK(cause_in(generate()).empty());
  CHECK(drawn_with([](auto& r) { r.prompt = ""; }) == "prompt is empty");
  CHECK(drawn_with([](auto& r) { r.num_images = -1; }) == "num_images is -1");
  CHECK(drawn_with([](auto& r) { r.num_images = schemas::kMaxImages; }).empty());
  CHECK(drawn_with([](auto& r) { r.num_images = schemas::kMaxImages + 1; }) == "num_images is 17");
  CHECK(drawn_with([](auto& r) { r.num_inference_steps = 0; }) == "num_inference_steps is 0");
  CHECK(drawn_with([](auto& r) { r.guidance_scale = -0.5; }) == "guidance_scale is -0.5");
  CHECK(drawn_with([](auto& r) { r.scheduler = "heun"; }) == "scheduler is 'heun'");
  CHECK(drawn_with([](auto& r) { r.width = 65; }) == "width is 65");
  CHECK(drawn_with([](auto& r) { r.height = schemas::kMaxSide + schemas::kSideStep; }) ==
        "height is 1032");
  CHECK(drawn_with([](auto& r) { r.identifier = "SKS"; }).empty());  // read as small letters
  CHECK_FALSE(drawn_with([](auto& r) { r.identifier = "s k s"; }).empty());
  CHECK(drawn_with([](auto& r) { r.target_model = "mine"; }) == "there is no target_model 'mine'");
  CHECK(drawn_with([](auto& r) {
          r.target_model = "pretrained";
          r.identifier = "sks";
        }) == "target_model 'pretrained' knows no identifier");
  CHECK(drawn_with([](auto& r) {
          r.negative_prompt = std::string(schemas::kMaxPromptBytes + 1, 'x');
        }) == "negative_prompt has 2049 bytes");
}

TEST_CASE("questions and changes name a model that they can be of") {
  using namespace schemas;
  CHECK(cause_in(Identifiers{}).empty());
  CHECK(cause_in(Identifiers{"pretrained"}).empty());
  CHECK_FALSE(cause_in(Identifiers{"mine"}).empty());
  CHECK(cause_in(Models{}).empty());
  CHECK_FALSE(cause_in(Models{"private"}).empty());
  CHECK(cause_in(Forget{"sks", ""}).empty());
  CHECK_FALSE(cause_in(Forget{"sks", "pretrained"}).empty());
  CHECK(cause_in(Forget{"S K S", ""}) == "no thing has the identifier 'S K S'");
  CHECK(cause_in(Rollback{"meta"}).empty());
  CHECK_FALSE(cause_in(Rollback{"private"}).empty());
  CHECK_FALSE(cause_in(RollbackOwn{""}).empty());
  CHECK(cause_in(ResetModel{"private", "sks"}).empty());
  CHECK_FALSE(cause_in(ResetModel{"pretrained", ""}).empty());
  CHECK_FALSE(cause_in(ResetOwn{"privat", ""}).empty());
  CHECK_FALSE(cause_in(ResetOwn{"private", ""}).empty());
  CHECK(cause_in(ResetOwn{"private_meta", ""}).empty());
  CHECK(cause_in(Retrain{"meta", kMaxTrainSteps, {}}).empty());
  CHECK_FALSE(cause_in(Retrain{"meta", kMaxTrainSteps + 1, {}}).empty());
  CHECK_FALSE(cause_in(RetrainOwn{"private", {}, {}}).empty());
}

TEST_CASE("suggestions are 1 to their limit") {
  const auto taken = [](std::int64_t count) {
    return cause_in(schemas::Suggest{"dog", count}).empty();
  };
  CHECK(taken(1));
  CHECK(taken(schemas::kMaxSuggestions));
  CHECK_FALSE(taken(0));
  CHECK_FALSE(taken(schemas::kMaxSuggestions + 1));
  CHECK_FALSE(cause_in(schemas::Suggest{"a,b", 8}).empty());
}
