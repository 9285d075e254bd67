#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "diffusion/formats/scheduler_config.h"
#include "registry/prompt_words.h"
#include "schemas/request_limits.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;
using tests::text_of;

namespace {

schemas::Finetune asking(const std::string& identifier) {
  auto request = Office::request();
  request.identifier = identifier;
  return request;
}

bool drawn(const std::function<void(schemas::Generate&)>& change) {
  static Office office;
  auto request = Office::drawing("a dog");
  change(request);
  const auto code = code_of([&] { office.draw(request); });
  CHECK((code.empty() || code == "bad_input"));
  return code.empty();
}

}  // namespace

TEST_CASE("a prompt without an identifier is drawn by the pretrained model") {
  Office office;
  const auto settings = office.draw(Office::drawing("a dog on the moon"));
  CHECK(settings.version == "pretrained");
  CHECK(settings.target_model == "pretrained");
  CHECK(settings.prompt == "a dog on the moon");
  CHECK(settings.identifier.empty());
  CHECK(settings.num_inference_steps == 25);
  CHECK(settings.guidance_scale == 4);
  CHECK(settings.width == 0);
  CHECK(settings.seeds.size() == 1);
}

TEST_CASE("a prompt that names an identifier of the owner is drawn by its version") {
  Office office;
  const auto taught = office.teach(asking("sks"), "one");
  for (const char* target : {"", "private"}) {
    auto request = Office::drawing("a sks on the moon");
    request.target_model = target;
    const auto settings = office.draw(request);
    CHECK(settings.version == taught.version);
    CHECK(settings.target_model == "private");
    CHECK(settings.identifier == "sks");
    CHECK(settings.category == "dog");
    CHECK(settings.prompt == "a sks dog on the moon");
  }
  CHECK(office.draw(Office::drawing("a SKS dog")).prompt == "a SKS dog");
  CHECK(office.draw(Office::drawing("two desks")).version == "pretrained");
}

TEST_CASE("an identifier may be given beside the prompt") {
  Office office;
  const auto sks = office.teach(asking("sks"), "one");
  const auto brc = office.teach(asking("brc"), "two");
  auto request = Office::drawing("a dog");
  request.identifier = "sks";
  CHECK(office.draw(request).version == sks.version);
  CHECK(office.draw(request).prompt == "a dog");
  request.prompt = "a brc dog with a sks dog";
  request.identifier = "brc";
  CHECK(office.draw(request).version == brc.version);
}

TEST_CASE("a prompt that names several identifiers is refused, naming them") {
  Office office;
  office.teach(asking("sks"), "one");
  office.teach(asking("brc"), "two");
  const auto text = text_of([&] { office.draw(Office::drawing("a sks dog with a brc dog")); });
  CHECK(text.find("'sks'") != std::string::npos);
  CHECK(text.find("'brc'") != std::string::npos);
}

TEST_CASE("an identifier of somebody else is as one that does not exist") {
  Office office;
  office.teach(asking("sks"), "one");
  auto request = Office::drawing("a sks dog");
  request.identifier = "sks";
  const auto theirs = text_of([&] { office.draw(request, "bob"); });
  CHECK(code_of([&] { office.draw(request, "bob"); }) == "not_found");
  request.identifier = "xyz";
  const auto nobodys = text_of([&] { office.draw(request, "bob"); });
  CHECK(theirs == registry::replaced(nobodys, "xyz", "sks"));
  request.identifier = "";
  CHECK(office.draw(request, "bob").version == "pretrained");
  request.target_model = "private";
  CHECK(code_of([&] { office.draw(request, "bob"); }) == "not_found");
}

TEST_CASE("an identifier that is still in training cannot be drawn") {
  Office office;
  office.plan(asking("sks"), "one");
  CHECK(code_of([&] { office.draw(Office::drawing("a sks dog")); }) == "unavailable");
  auto request = Office::drawing("a sks dog");
  request.target_model = "pretrained";
  CHECK(office.draw(request).version == "pretrained");
  request.identifier = "sks";
  CHECK(code_of([&] { office.draw(request); }) == "bad_input");
}

TEST_CASE("a target that is not there is refused by name") {
  CHECK_FALSE(drawn([&](auto& request) { request.target_model = "pretraind"; }));
}

TEST_CASE("picture i is drawn from seed + i") {
  Office office;
  auto request = Office::drawing("a dog");
  request.num_images = 3;
  request.seed = std::numeric_limits<std::uint64_t>::max();
  CHECK(office.draw(request).seeds ==
        std::vector<std::uint64_t>{std::numeric_limits<std::uint64_t>::max(), 0, 1});
  request.seed.reset();
  const auto first = office.draw(request).seeds;
  CHECK(first[1] == first[0] + 1);
  CHECK(office.draw(request).seeds != first);
}

TEST_CASE("prompts are taken at their longest and not past it") {
  const auto with_prompt = [](std::size_t bytes) {
    return drawn([&](auto& request) { request.prompt = std::string(bytes, 'x'); });
  };
  CHECK_FALSE(with_prompt(0));
  CHECK(with_prompt(1));
  CHECK(with_prompt(schemas::kMaxPromptBytes));
  CHECK_FALSE(with_prompt(schemas::kMaxPromptBytes + 1));
  CHECK_FALSE(with_prompt(1 << 20));
  CHECK(drawn([](auto& r) { r.negative_prompt = std::string(schemas::kMaxPromptBytes, 'x'); }));
  CHECK_FALSE(
      drawn([](auto& r) { r.negative_prompt = std::string(schemas::kMaxPromptBytes + 1, 'x'); }));
  CHECK_FALSE(drawn([](auto& r) { r.prompt = std::string("\xff"); }));
}

TEST_CASE("numbers of a drawing are taken at their limits and not past them") {
  using Set = void (*)(schemas::Generate&, std::int64_t);
  struct Range {
    Set set;
    std::int64_t least, most, stride;
  };
  const auto range = GENERATE(
      values<Range>({{[](auto& r, std::int64_t v) { r.num_images = v; }, 1, schemas::kMaxImages, 1},
                     {[](auto& r, std::int64_t v) { r.num_inference_steps = v; }, 1,
                      schemas::kMaxInferenceSteps, 1},
                     {[](auto& r, std::int64_t v) { r.width = v; }, schemas::kMinSide,
                      schemas::kMaxSide, schemas::kSideStep},
                     {[](auto& r, std::int64_t v) { r.height = v; }, schemas::kMinSide,
                      schemas::kMaxSide, schemas::kSideStep}}));
  const auto taken = [&](std::int64_t value) {
    return drawn([&](auto& request) { range.set(request, value); });
  };
  CHECK(taken(range.least));
  CHECK(taken(range.most));
  CHECK_FALSE(taken(range.least - range.stride));
  CHECK_FALSE(taken(range.most + range.stride));
  if (range.stride > 1) CHECK_FALSE(taken(range.least + 1));
}

TEST_CASE("a scheduler has a name that the generator knows, or none") {
  const auto taken = [](const std::string& name) {
    return drawn([&](auto& request) { request.scheduler = name; });
  };
  for (const char* name :
       {"", "ddim", "ddim-trailing", "pndm", "dpmsolver++", "dpmsolver++-karras", "euler"}) {
    CHECK(taken(name));
  }
  for (const char* name : {"heun", "DDIM", "ddim ", "EulerDiscreteScheduler"}) {
    CHECK_FALSE(taken(name));
  }
}

TEST_CASE("the schedulers that can be asked for are those that there are") {
  const auto& there = diffusion::scheduler_names();
  CHECK(std::equal(there.begin(), there.end(), schemas::kDrawSchedulers.begin(),
                   schemas::kDrawSchedulers.end()));
}

TEST_CASE("guidance is finite, from 0 to its limit") {
  const auto taken = [](double value) {
    return drawn([&](auto& request) { request.guidance_scale = value; });
  };
  CHECK(taken(0));
  CHECK(taken(schemas::kMaxGuidanceScale));
  CHECK_FALSE(taken(std::nextafter(schemas::kMaxGuidanceScale, 100)));
  CHECK_FALSE(taken(-1e-9));
  CHECK_FALSE(taken(std::numeric_limits<double>::quiet_NaN()));
}
