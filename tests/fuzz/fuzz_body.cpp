#include "schemas/finetune.h"
#include "schemas/generate.h"
#include "schemas/message.h"
#include "schemas/training.h"
#include "schemas/transfer.h"

namespace {

template <typename T>
void read_as(const schemas::Message& message) {
  try {
    const auto value = schemas::unpack<T>(message.body);
    if constexpr (requires { value.tensors; }) {
      for (const auto& tensor : value.tensors) {
        schemas::find_tensor(value.tensors, message, tensor.name, tensor.dtype);
      }
    }
  } catch (const schemas::CodecError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  schemas::Message message;
  message.body.assign(reinterpret_cast<const char*>(data), size);
  message.blobs.emplace_back(std::string(16, 'x'));
  read_as<schemas::Finetune>(message);
  read_as<schemas::Generate>(message);
  read_as<schemas::TrainBatch>(message);
  read_as<schemas::Latents>(message);
  read_as<schemas::Draw>(message);
  read_as<schemas::Training>(message);
  read_as<schemas::ManifestOf>(message);
  read_as<schemas::Offer>(message);
  read_as<schemas::Piece>(message);
  return 0;
}
