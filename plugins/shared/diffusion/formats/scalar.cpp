#include "diffusion/formats/scalar.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace diffusion {
namespace {

template <typename Number>
std::optional<Number> read(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little);
  if (bytes.size() != sizeof(Number)) return {};
  Number number;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

// IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction.
double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 0x1f) {
    return fraction ? std::numeric_limits<double>::quiet_NaN()
                    : sign * std::numeric_limits<double>::infinity();
  }
  return sign *
         (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(0x400 + fraction, exponent - 25));
}

}  // namespace

std::optional<double> scalar_of(std::string_view dtype, std::string_view bytes) {
  if (dtype == "F64") return read<double>(bytes);
  if (dtype == "F32") return read<float>(bytes);
  if (dtype == "I32") return read<std::int32_t>(bytes);
  if (const auto bits = read<std::uint16_t>(bytes)) {
    if (dtype == "F16") return half(*bits);
    // The upper half of a float32.
    if (dtype == "BF16") return std::bit_cast<float>(static_cast<std::uint32_t>(*bits) << 16);
  }
  const auto whole = read<std::int64_t>(bytes);
  if (dtype != "I64" || !whole) return {};
  return static_cast<double>(*whole);
}

}  // namespace diffusion
