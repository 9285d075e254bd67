#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pictures/decoder.h"

// Odd pictures, and what Pillow makes of them: tests/oracle/pictures.py makes all three files.
namespace {

constexpr int kSide = 16;
constexpr std::size_t kSquareBytes = std::size_t{kSide} * kSide * 3;
constexpr double kMostDifference = 4;  // of 255, the mean of a square
constexpr std::size_t kLeastPictures = 200;

struct OddPicture {
  std::string name, bytes;
  std::string differs;  ///< why Souvenir does otherwise than Pillow; "" when it shall not
  std::optional<std::string> square;  ///< as Pillow sees it; nothing when it refuses
};

std::string content(const std::string& name) {
  std::ifstream file(std::string(CORPUS_FOLDER) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<OddPicture> corpus() {
  const auto list = nlohmann::json::parse(content("corpus.json"));
  const auto bytes = content("corpus.bin"), squares = content("corpus.ppm");
  auto opened = static_cast<std::size_t>(
      std::count_if(list.begin(), list.end(), [](const auto& entry) { return entry["opens"]; }));
  std::vector<OddPicture> pictures;
  for (const auto& entry : list) {
    OddPicture picture{
        entry["name"], bytes.substr(entry["at"], entry["size"]), entry["differs"], {}};
    if (entry["opens"])
      picture.square = squares.substr(squares.size() - kSquareBytes * opened--, kSquareBytes);
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

double difference(const std::vector<std::uint8_t>& rgb, const std::string& square) {
  double sum = 0;
  for (std::size_t i = 0; i < rgb.size(); ++i) {
    sum += std::abs(rgb[i] - static_cast<int>(static_cast<unsigned char>(square[i])));
  }
  return sum / static_cast<double>(rgb.size());
}

// What is not as Pillow has it; "" for nothing.
std::string verdict(pictures::Decoder& decoder, const OddPicture& picture) {
  try {
    const auto rgb = decoder.decode_square(picture.bytes, kSide).rgb;
    if (!picture.square) return "opens, Pillow refuses";
    const auto far = difference(rgb, *picture.square);
    return far < kMostDifference ? "" : "differs by " + std::to_string(far);
  } catch (const pictures::PictureFault& fault) {
    const std::string said = fault.what();
    CHECK(said.find("breaks the decoder") == said.npos);
    return picture.square ? "is refused: " + said : "";
  }
}

}  // namespace

TEST_CASE("odd pictures are opened as Pillow opens them, or refused by both") {
  pictures::Decoder decoder;
  std::size_t alike = 0, listed = 0;
  const auto all = corpus();
  for (const auto& picture : all) {
    const auto found = verdict(decoder, picture);
    INFO(picture.name << ": " << found << "; listed: " << picture.differs);
    CHECK(found.empty() == picture.differs.empty());
    ++(found.empty() ? alike : listed);
  }
  CHECK(all.size() >= kLeastPictures);
  WARN(all.size() << " odd pictures, " << alike << " as Pillow has them, " << listed
                  << " otherwise for reasons that are listed");
}
