#include "flow/command/suite.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "flow/command/picture_files.h"
#include "flow/file/check.h"
#include "flow/file/toml_reader.h"
#include "schemas/strategies.h"

namespace flow::command {
namespace {

constexpr std::int64_t kMostNumber = 1'000'000;
constexpr std::uint64_t kDefaultSeed = 1;
constexpr std::size_t kQuickThings = 4, kQuickStrategies = 3;

class SuiteReader : private TomlReader {
 public:
  explicit SuiteReader(const std::filesystem::path& file) : TomlReader(file, Expander({})) {}

  Suite read() {
    const auto root = parse();
    only(root, "a suite",
         {"suite", "strategies", "order", "orders", "seeds", "untouched", "max_train_steps",
          "learning_rate", "lr_scheduler", "train_batch_size", "num_class_images", "num_images",
          "draws", "thing"});
    if (const auto* name = root.get("suite")) suite_.name = text(*name, "suite");
    if (suite_.name.empty()) fail_at(beginning(), "a suite has no name", "write suite = \"name\"");
    read_things(root);
    read_orders(root);
    read_lists(root);
    read_numbers(root);
    return std::move(suite_);
  }

 private:
  using Each = std::function<void(const toml::node&)>;

  void each(const toml::node& node, const std::string& what, std::size_t most, const Each& work) {
    const auto* array = node.as_array();
    if (array == nullptr) wrong_type(node, what, "an array");
    if (array->empty() || array->size() > most) {
      fail_at(at(node), what + " has " + std::to_string(array->size()) + " items",
              "give 1 to " + std::to_string(most));
    }
    for (const auto& item : *array) work(item);
  }

  std::string needed(const toml::table& keys, const std::string& key) {
    if (const auto* node = keys.get(key)) return text(*node, key);
    fail_at(at(keys), "a thing has no " + key, "write name, category, pictures and held_out");
  }

  void read_things(const toml::table& root) {
    const auto* things = root.get("thing");
    if (things == nullptr) fail_at(beginning(), "a suite has no things", "add [[thing]]");
    each(*things, "thing", kMaxSuiteThings, [this](const auto& node) {
      const auto& keys = table(node, "a thing");
      only(keys, "a thing", {"name", "category", "pictures", "held_out", "style"});
      schemas::SuiteThing thing;
      thing.name = needed(keys, "name");
      thing.category = needed(keys, "category");
      if (const auto* style = keys.get("style")) thing.style = flag(*style, "style");
      thing.pictures = add_pictures(needed(keys, "pictures"));
      thing.held_out = add_pictures(needed(keys, "held_out"));
      suite_.request.things.push_back(std::move(thing));
    });
  }

  std::int64_t add_pictures(const std::string& folder) {
    const auto found = find_pictures({(file_.parent_path() / folder).string()});
    auto blobs = read_files(found.files);
    std::move(blobs.begin(), blobs.end(), std::back_inserter(suite_.pictures));
    return static_cast<std::int64_t>(found.files.size());
  }

  std::vector<std::int64_t> order_of(const toml::node& node) {
    std::vector<std::int64_t> order;
    each(node, "an order", kMaxSuiteThings, [&](const auto& item) {
      Names names;
      for (const auto& thing : suite_.request.things) names.push_back(thing.name);
      const auto name = choice(item, "a thing of an order", names);
      order.push_back(std::find(names.begin(), names.end(), name) - names.begin());
    });
    return order;
  }

  void read_orders(const toml::table& root) {
    auto& orders = suite_.request.orders;
    if (const auto* order = root.get("order")) orders.push_back(order_of(*order));
    if (const auto* all = root.get("orders")) {
      each(*all, "orders", kMaxSuiteItems,
           [&](const auto& order) { orders.push_back(order_of(order)); });
    }
    if (!orders.empty()) return;
    auto& listed = orders.emplace_back();
    for (std::size_t i = 0; i < suite_.request.things.size(); ++i) {
      listed.push_back(static_cast<std::int64_t>(i));
    }
  }

  void read_lists(const toml::table& root) {
    auto& request = suite_.request;
    auto known = schemas::strategy_names();
    known.insert(known.begin(), "private");
    if (const auto* node = root.get("strategies")) {
      each(*node, "strategies", known.size(), [&](const auto& item) {
        request.strategies.push_back(choice(item, "a strategy", known));
      });
    } else {
      request.strategies = known;
    }
    if (const auto* node = root.get("seeds")) {
      each(*node, "seeds", kMaxSuiteItems, [&](const auto& item) {
        request.seeds.push_back(static_cast<std::uint64_t>(whole(item, "a seed", 0, kMostNumber)));
      });
    }
    if (request.seeds.empty()) request.seeds.push_back(kDefaultSeed);
    if (const auto* node = root.get("untouched")) {
      each(*node, "untouched", kMaxSuiteItems, [&](const auto& item) {
        request.untouched.push_back(text(item, "an untouched category"));
      });
    }
  }

  void read_numbers(const toml::table& root) {
    auto& request = suite_.request;
    const auto number = [&](const char* key, auto& value) {
      if (const auto* node = root.get(key)) value = whole(*node, key, 1, kMostNumber);
    };
    number("max_train_steps", request.max_train_steps);
    number("train_batch_size", request.train_batch_size);
    number("num_class_images", request.num_class_images);
    number("num_images", request.num_images);
    number("draws", request.draws);
    if (const auto* node = root.get("lr_scheduler")) {
      request.lr_scheduler = text(*node, "lr_scheduler");
    }
    const auto* rate = root.get("learning_rate");
    if (rate == nullptr) return;
    request.learning_rate = rate->value<double>();
    if (!request.learning_rate) wrong_type(*rate, "learning_rate", "a number");
  }

  Suite suite_;
};

}  // namespace

Suite read_suite(const std::filesystem::path& file) {
  return SuiteReader(file).read();
}

void make_quick(Suite& suite) {
  auto& request = suite.request;
  const auto shorten = [](auto& list, std::size_t most) {
    while (list.size() > most) list.pop_back();
  };
  shorten(request.orders, 1);
  shorten(request.orders.front(), kQuickThings);
  shorten(request.seeds, 1);
  shorten(request.strategies, kQuickStrategies);
  suite.name += "-quick";  // results of its own
}

}  // namespace flow::command
