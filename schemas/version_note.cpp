#include "schemas/version_note.h"

namespace schemas {

std::string version_note() {
  return "; it was read by souvenir " SOUVENIR_VERSION ", which may be older than its sender";
}

}  // namespace schemas
