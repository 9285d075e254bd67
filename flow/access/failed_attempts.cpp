#include "flow/access/failed_attempts.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "executor/files/sha256.h"

namespace flow::access {

void FailedAttempts::Bucket::fill(std::int64_t now_s) {
  const auto passed = static_cast<double>(std::max<std::int64_t>(now_s - at_s, 0));
  left = std::min(most, left + passed * per_s);
  at_s = now_s;
}

bool FailedAttempts::Bucket::take() {
  if (left < 1) return false;
  left -= 1;
  return true;
}

bool FailedAttempts::may_try(const std::string& address, const std::string& credential,
                             std::int64_t now_s) {
  Address* known = addresses_.find(address);
  if (known == nullptr) return true;
  known->failures.fill(now_s);
  if (known->failures.left >= 1) return true;
  if (known_.find(files::sha256_of(credential)) != nullptr) return true;
  known->tried.fill(now_s);
  return known->tried.take();
}

void FailedAttempts::failed(const std::string& address, std::int64_t now_s) {
  Bucket& failures = addresses_[address].failures;
  failures.fill(now_s);
  failures.take();
}

void FailedAttempts::succeeded(const std::string& credential) {
  known_[files::sha256_of(credential)];
}

std::string address_of(const Origin& origin) {
  if (origin.link == Link::own) return "ipc";
  if (origin.link == Link::loopback) return "loopback";
  std::array<unsigned char, 16> bytes{};
  const std::string plain = origin.address.substr(0, origin.address.find('%'));  // without zone
  if (inet_pton(AF_INET6, plain.c_str(), bytes.data()) != 1) return plain;
  const auto is_zero = [](unsigned char byte) { return byte == 0; };
  const bool is_v4 = std::all_of(bytes.begin(), bytes.begin() + 10, is_zero) && bytes[10] == 0xff &&
                     bytes[11] == 0xff;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4) return inet_ntop(AF_INET, &bytes[12], text.data(), text.size());
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return std::string(inet_ntop(AF_INET6, bytes.data(), text.data(), text.size())) + "/64";
}

}  // namespace flow::access
