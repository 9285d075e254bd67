#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace schemas {

/// Bytes that travel beside a message's body as a frame of their own: a picture, a tensor.
///
/// A value: copies share the bytes, which never change. The owner (a string or a received frame)
/// lives as long as any copy. Several threads may read it.
class Blob {
 public:
  Blob() = default;

  explicit Blob(std::string bytes) {
    auto owned = std::make_shared<const std::string>(std::move(bytes));
    view_ = *owned;
    owner_ = std::move(owned);
  }

  /// Shares bytes that `owner` keeps alive.
  Blob(std::shared_ptr<const void> owner, std::string_view bytes)
      : owner_(std::move(owner)), view_(bytes) {}

  std::string_view view() const { return view_; }
  std::size_t size() const { return view_.size(); }
  /// What keeps the bytes alive.
  const std::shared_ptr<const void>& owner() const { return owner_; }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view view_;
};

}  // namespace schemas
