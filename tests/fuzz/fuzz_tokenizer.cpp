#include <cstdlib>

#include "diffusion/formats/tokenizer.h"
#include "executor/files/file_error.h"

// Any text becomes ids of the vocabulary, as many as the model reads.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const diffusion::Tokenizer tokenizer(TOKENIZER);
  try {
    const auto ids = tokenizer.encode({reinterpret_cast<const char*>(data), size});
    if (ids.size() != static_cast<std::size_t>(tokenizer.model_max_length())) std::abort();
    for (const auto id : ids) {
      if (id < 0 || id >= tokenizer.vocabulary_size()) std::abort();
    }
  } catch (const files::Error&) {
    if (size <= diffusion::kMaxTextBytes) std::abort();
  }
  return 0;
}
