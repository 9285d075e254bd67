#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/training.h"

/// What a metamodel is shown of the rest of the world while it learns, so that it goes on drawing
/// it: words of the pretrained model, of which it draws the pictures itself.
namespace registry {

/// Words that one job is given, at most. The next one goes on in the list.
inline constexpr std::size_t kMostGeneralWords = 48;

/// The words of general_words.txt in the model's folder, one a line; without the file kCommonNouns.
/// Lines that are no category (request_checks.h) are left out. Throws Error(bad_config) when no
/// line is left.
std::vector<std::string> read_general_words(const std::filesystem::path& model_folder);

/// The words of a job, without its own category and those that were learned before: from place
/// kMostGeneralWords x settings.replay.size() of the list on, round and round. None for a strategy
/// that does not show them; the flow's own may. A pure function.
std::vector<std::string> general_words_for(const schemas::TrainSettings& settings,
                                           const std::vector<std::string>& words);

/// Things that any model of captioned pictures has seen.
inline constexpr std::array<std::string_view, 60> kCommonNouns = {
    "airplane", "apple",    "bag",      "banana", "beach", "bear",      "bed",      "bench",
    "bicycle",  "bird",     "boat",     "book",   "bowl",  "bridge",    "bus",      "cake",
    "camera",   "car",      "castle",   "cat",    "chair", "church",    "city",     "clock",
    "cloud",    "computer", "cow",      "cup",    "dog",   "door",      "elephant", "fish",
    "flower",   "forest",   "garden",   "guitar", "hat",   "horse",     "house",    "jacket",
    "kitchen",  "knife",    "lake",     "lamp",   "man",   "mountain",  "pizza",    "river",
    "room",     "sheep",    "shoe",     "street", "table", "telephone", "tower",    "train",
    "tree",     "truck",    "umbrella", "woman"};

}  // namespace registry
