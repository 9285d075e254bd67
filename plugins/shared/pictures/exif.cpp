#include "pictures/exif.h"

#include <cstdint>

namespace pictures {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kOrientationTag = 0x0112;
constexpr std::size_t kEntryBytes = 12;

// Numbers of one byte order; nothing past the end.
class Numbers {
 public:
  Numbers(std::string_view bytes, bool little) : bytes_(bytes), little_(little) {}

  std::optional<std::uint64_t> at(std::size_t place, std::size_t size) const {
    if (place > bytes_.size() || bytes_.size() - place < size) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | static_cast<unsigned char>(bytes_[place + (little_ ? size - 1 - i : i)]);
    }
    return value;
  }

 private:
  std::string_view bytes_;
  bool little_;
};

// BYTE, SHORT, LONG and their signed kinds; 0 for what is no integer.
std::size_t size_of_type(std::uint64_t type) {
  switch (type) {
    case 1:
    case 6: return 1;
    case 3:
    case 8: return 2;
    case 4:
    case 9: return 4;
    default: return 0;
  }
}

// The first value of an entry, which lies elsewhere when all of them have no room in it.
std::optional<std::uint64_t> first_integer(const Numbers& numbers, std::size_t entry) {
  constexpr std::uint64_t kRoom = 4;
  const auto size = size_of_type(numbers.at(entry + 2, 2).value_or(0));
  const auto count = numbers.at(entry + 4, 4).value_or(0);
  if (size == 0 || count == 0) return std::nullopt;
  if (count * size <= kRoom) return numbers.at(entry + 8, size);
  const auto place = numbers.at(entry + 8, 4);
  return place ? numbers.at(*place, size) : std::nullopt;
}

std::optional<int> valid(std::optional<std::uint64_t> value) {
  if (!value || *value < 1 || *value > 8) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

std::optional<int> exif_orientation(std::string_view tiff) {
  while (tiff.starts_with("Exif\0\0"sv)) tiff.remove_prefix(6);
  const bool little = tiff.starts_with("II*\0"sv);
  if (!little && !tiff.starts_with("MM\0*"sv)) return std::nullopt;
  const Numbers numbers(tiff, little);
  const auto directory = numbers.at(4, 4);
  const auto entries = directory ? numbers.at(*directory, 2) : std::nullopt;
  if (!entries) return std::nullopt;
  for (std::uint64_t i = 0; i < *entries; ++i) {
    const auto entry = *directory + 2 + i * kEntryBytes;
    const auto tag = numbers.at(entry, 2);
    if (!tag) return std::nullopt;
    if (*tag != kOrientationTag) continue;
    return valid(first_integer(numbers, entry));
  }
  return std::nullopt;
}

std::optional<int> xmp_orientation(std::string_view xmp) {
  constexpr auto kName = "tiff:Orientation"sv;
  for (auto found = xmp.find(kName); found != xmp.npos; found = xmp.find(kName, found + 1)) {
    auto rest = xmp.substr(found + kName.size());
    if (rest.starts_with("=\"") || rest.starts_with("='")) {
      rest.remove_prefix(2);
    } else if (rest.starts_with(">")) {
      rest.remove_prefix(1);
    } else {
      continue;
    }
    if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      return valid(static_cast<std::uint64_t>(rest[0] - '0'));
    }
  }
  return std::nullopt;
}

}  // namespace pictures
