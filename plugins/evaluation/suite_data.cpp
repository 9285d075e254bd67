#include "evaluation/suite_data.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <set>
#include <utility>

#include "compute/refuse.h"
#include "evaluation/suite_run.h"
#include "executor/files/sha256.h"
#include "schemas/nearest.h"
#include "schemas/strategies.h"

namespace evaluation {
namespace {

constexpr std::int64_t kUntouchedPictures = 2;  // drawn of each category
constexpr std::int64_t kUntouchedDraws = 8;
constexpr std::uint64_t kSeed = 1;  // of pictures and noise that stay the same

using Blobs = std::vector<schemas::Blob>;

using compute::refuse;

void require_between(const std::string& name, std::int64_t value, std::int64_t least,
                     std::int64_t most) {
  if (value >= least && value <= most) return;
  refuse(name + " is " + std::to_string(value),
         "give " + std::to_string(least) + " to " + std::to_string(most));
}

void check_strategies(const schemas::EvaluationSuite& suite) {
  auto known = schemas::strategy_names();
  known.emplace_back(kAlone);
  for (const auto& strategy : suite.strategies) {
    if (std::find(known.begin(), known.end(), strategy) != known.end()) continue;
    refuse("there is no strategy '" + strategy + "'" + schemas::did_you_mean(strategy, known),
           "use private, " + schemas::list_of_strategies());
  }
}

void check_order(const std::vector<std::int64_t>& order, std::size_t things) {
  std::set<std::int64_t> places;
  for (const auto place : order) {
    const bool there = place >= 0 && place < static_cast<std::int64_t>(things);
    if (there && places.insert(place).second) continue;
    refuse("an order names thing " + std::to_string(place) + (there ? " twice" : ""),
           "an order has places in 'things' from 0, each at most once");
  }
  if (order.empty()) refuse("an order is empty");
}

at::Tensor latents_of(const EncodedPictures& encoded) {
  return at::from_blob(const_cast<float*>(encoded.latents.data()), encoded.shape, at::kFloat)
      .clone();
}

Thing thing_of(const schemas::SuiteThing& said, Blobs::const_iterator first, RouteClient& routes) {
  const auto middle = first + said.pictures, end = middle + said.held_out;
  auto looks = routes.look({first, end});
  auto centre = centre_of(looks);
  return {.name = said.name,
          .category = said.category,
          .style = said.style,
          .pictures = {first, middle},
          .looks = std::move(looks),
          .centre = std::move(centre),
          .unseen = latents_of(routes.encode({middle, end}))};
}

}  // namespace

void check(const schemas::EvaluationSuite& suite, std::size_t pictures) {
  if (suite.things.empty()) refuse("the suite has no things");
  if (suite.strategies.empty()) refuse("the suite has no strategies");
  if (suite.orders.empty() || suite.seeds.empty()) refuse("the suite has no orders or no seeds");
  check_strategies(suite);
  for (const auto& order : suite.orders) check_order(order, suite.things.size());
  std::size_t said = 0;
  const auto most = static_cast<std::int64_t>(kMostAtOnce);
  for (const auto& thing : suite.things) {
    require_between("'pictures' of " + thing.name, thing.pictures, 1, most);
    require_between("'held_out' of " + thing.name, thing.held_out, 1, most);
    said += static_cast<std::size_t>(thing.pictures + thing.held_out);
  }
  if (said != pictures) {
    refuse("the suite names " + std::to_string(said) + " pictures, and " +
           std::to_string(pictures) + " have come");
  }
  require_between("num_images", suite.num_images, 1, kMaxDrawn);
  require_between("draws", suite.draws, kMinDraws, kMaxDraws);
  require_between("the number of untouched categories",
                  static_cast<std::int64_t>(suite.untouched.size()), 0, kMaxUntouched);
}

SuiteData suite_data_of(const schemas::Message& in, RouteClient& routes, const Probe& probe) {
  SuiteData data{in.as<schemas::EvaluationSuite>(), {}, {}};
  const auto& suite = data.suite;
  auto first = in.blobs.begin();
  for (const auto& thing : suite.things) {
    data.things.push_back(thing_of(thing, first, routes));
    first += thing.pictures + thing.held_out;
  }
  for (std::size_t i = 0; i < suite.untouched.size(); ++i) {
    const auto prompt = "a " + suite.untouched[i];
    routes.tell("drawing " + prompt, i, suite.untouched.size());
    const auto drawn = routes.draw(prompt, kUntouchedPictures, kSeed);
    data.untouched.push_back(
        probe.question(prompt, latents_of(routes.encode(drawn)), kUntouchedDraws, kSeed));
  }
  return data;
}

std::string identity_of(const schemas::Message& in) {
  auto suite = in.as<schemas::EvaluationSuite>();
  suite.strategies.clear();
  suite.orders.clear();
  suite.seeds.clear();
  files::Sha256 hash;
  hash.add(schemas::pack(suite));
  for (const auto& picture : in.blobs) hash.add(picture.view());
  return hash.finish();
}

}  // namespace evaluation
