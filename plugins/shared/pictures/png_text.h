#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pictures {

/// Chunks by hand: libpng's png_set_text cannot add one without compressing the pixels again.

/// Adds a text chunk before the pixels of a PNG (ISO 15948, 11.3.4): tEXt when `text` (UTF-8) fits
/// Latin-1, else iTXt. `keyword` has 1 to 79 Latin-1 characters. Throws std::invalid_argument for
/// bytes that are not a PNG.
std::string with_png_text(std::string_view png, std::string_view keyword, std::string_view text);

/// The text of the first tEXt or uncompressed iTXt chunk with this keyword, as UTF-8. Throws
/// std::invalid_argument for bytes that are not a PNG.
std::optional<std::string> png_text(std::string_view png, std::string_view keyword);

}  // namespace pictures
