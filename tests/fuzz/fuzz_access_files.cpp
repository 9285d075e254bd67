#include "executor/curve_keys.h"
#include "executor/error.h"
#include "flow/access/address_lists.h"
#include "flow/access/api_keys.h"
#include "flow/access/peers.h"
#include "tests/fuzz/file_in_memory.h"

namespace {

template <typename Read>
void read(const Read& read_it) {
  try {
    read_it();
  } catch (const executor::Error&) {
  }
}

}  // namespace

// The files that grant access: allow-list, API keys, addresses, a CURVE key.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const fuzz::MemoryFile file({reinterpret_cast<const char*>(data), size});
  read([&] { flow::access::Peers peers(file.path()); });
  read([&] { flow::access::ApiKeys(file.path()).all(); });
  read([&] { flow::access::AddressLists lists(file.path()); });
  read([&] { executor::read_key_file(file.path()); });
  return 0;
}
