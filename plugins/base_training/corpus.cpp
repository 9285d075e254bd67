#include "base_training/corpus.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "executor/error.h"
#include "pictures/augment.h"
#include "pictures/captions.h"

namespace base_training {
namespace {

void check(const char* name, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value >= least && value <= most) return;
  throw executor::Error("bad_input", std::string(name) + " must be " + std::to_string(least) +
                                         " to " + std::to_string(most) + ", not " +
                                         std::to_string(value));
}

void check(const schemas::TrainBase& settings, int side_px) {
  check("max_train_steps", settings.max_train_steps, 1, kMaxSteps);
  check("pictures_per_step", settings.pictures_per_step, 1, kMaxPicturesPerStep);
  check("pool_steps", settings.pool_steps, 1, kMaxPoolSteps);
  check("from_step", settings.from_step, 0, settings.max_train_steps - 1);
  check("crop_px", settings.crop_px, 0, side_px);
  if (!(settings.caption_dropout >= 0 && settings.caption_dropout <= 1)) {
    throw executor::Error("bad_input", "caption_dropout must be 0 to 1");
  }
  if (!(settings.vary >= 0 && settings.vary <= 1)) {
    throw executor::Error("bad_input", "vary must be 0 to 1");
  }
}

// A random part of a square picture.
void cut(const std::string& whole, int side, int part, files::RandomStream& random, char* target) {
  const auto room = static_cast<std::uint32_t>(side - part + 1);
  const int left = static_cast<int>(random.below(room)), top = static_cast<int>(random.below(room));
  for (int y = 0; y < part; ++y) {
    std::memcpy(target + y * part * 3, whole.data() + ((top + y) * side + left) * 3,
                static_cast<std::size_t>(part) * 3);
  }
}

schemas::LabelWords words_of(const std::vector<pictures::CaptionedPicture>& pictures) {
  std::set<std::string> categories, styles = {pictures::kPaintedStyle};
  for (const auto& picture : pictures) {
    categories.insert(picture.category);
    if (!picture.style.empty()) styles.insert(picture.style);
  }
  return {.categories = {categories.begin(), categories.end()},
          .styles = {styles.begin(), styles.end()},
          .backgrounds = pictures::ground_names(),
          .pictures = static_cast<std::int64_t>(pictures.size())};
}

std::int64_t place_of(const std::string& word, const std::vector<std::string>& sorted) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), word);
  return found != sorted.end() && *found == word ? found - sorted.begin() : -1;
}

}  // namespace

Corpus::Corpus(const executor::Setup& setup)
    : side_px_(static_cast<int>(setup.params.get<std::int64_t>("side_px"))),
      rare_words_(setup.params.get<bool>("rare_words")) {
  setup.loading("reading pictures");
  pictures_ = pictures::read_pictures(setup.params.get<std::string>("pictures"));
  words_ = words_of(pictures_);
  std::map<std::string, double> sharing;
  for (const auto& picture : pictures_) sharing[picture.text] += 1;
  double sum = 0;
  for (const auto& picture : pictures_) {
    until_.push_back(sum += 1 / std::sqrt(sharing.at(picture.text)));
  }
}

void Corpus::process(const schemas::Message& in, executor::Outbox& out) {
  const auto settings = in.as<schemas::TrainBase>();
  check(settings, side_px_);
  out.send(schemas::Message::of(schemas::BaseTraining{settings, words_}));
  const auto first = std::max<std::int64_t>(0, settings.from_step - settings.pool_steps + 1);
  for (auto step = first; step < settings.max_train_steps; ++step) out.send(batch(settings, step));
}

std::size_t Corpus::pick(double share) const {
  const auto found = std::upper_bound(until_.begin(), until_.end(), share * until_.back());
  return std::min(static_cast<std::size_t>(found - until_.begin()), pictures_.size() - 1);
}

schemas::PictureLabels Corpus::labels_of(std::size_t picture, const pictures::Shown& shown) const {
  return {.picture = static_cast<std::int64_t>(picture),
          .category = place_of(pictures_[picture].category, words_.categories),
          .style = place_of(pictures::style_of(pictures_[picture], shown), words_.styles),
          .background = place_of(shown.ground, words_.backgrounds)};
}

schemas::Message Corpus::batch(const schemas::TrainBase& settings, std::int64_t step) const {
  const int part = settings.crop_px == 0 ? side_px_ : static_cast<int>(settings.crop_px);
  const auto bytes = static_cast<std::size_t>(part) * static_cast<std::size_t>(part) * 3;
  const auto count = static_cast<std::size_t>(settings.pictures_per_step);
  schemas::Captioned batch{.step = step, .side_px = part, .captions = {}, .labels = {}};
  std::string all(count * bytes, '\0');
  std::string whole(static_cast<std::size_t>(side_px_) * static_cast<std::size_t>(side_px_) * 3,
                    '\0');
  for (std::size_t i = 0; i < count; ++i) {
    files::RandomStream random(settings.seed, files::Purpose::corpus,
                               static_cast<std::uint64_t>(step) * count + i);
    const bool told = pictures::unit(random) >= settings.caption_dropout;
    const auto place = pick(pictures::unit(random));
    const auto& picture = pictures_[place];
    const auto shown =
        pictures::augment(picture, side_px_, settings.vary, random,
                          {reinterpret_cast<std::uint8_t*>(whole.data()), whole.size()});
    const auto caption = pictures::caption_of(picture, shown, rare_words_, random);
    batch.captions.push_back(told ? caption : "");
    batch.labels.push_back(labels_of(place, shown));
    cut(whole, side_px_, part, random, all.data() + i * bytes);
  }
  return schemas::Message::of(batch, {schemas::Blob(std::move(all))});
}

std::vector<executor::Handler> corpus_handlers() {
  return {
      {schemas::TrainBase::kType, {schemas::BaseTraining::kType, schemas::Captioned::kType}, true}};
}

std::vector<executor::Param> corpus_params() {
  return {{"pictures", std::string(), "folder with pictures and metadata.jsonl (imagefolder)"},
          {"side_px", std::int64_t{64}, "side of the pictures it sends", 8, kMaxSidePx},
          {"rare_words", false, "now and then name a picture by a word of its own"}};
}

}  // namespace base_training
