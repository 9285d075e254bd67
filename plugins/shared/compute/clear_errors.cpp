#include "compute/clear_errors.h"

#include <c10/util/Exception.h>

#include <new>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/networks/out_of_memory.h"
#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/full_disk.h"
#include "schemas/codec_error.h"

namespace compute {
namespace {

constexpr const char* kMemoryHint =
    "ask for fewer or smaller pictures, or give the stage more memory";

}  // namespace

void with_clear_errors(const std::string& code, const std::string& hint,
                       const std::function<void()>& work) {
  try {
    work();
  } catch (const diffusion::Cancelled&) {
    throw executor::Cancelled();
  } catch (const files::DiskFull& e) {
    throw executor::Error("unavailable", e.what(), executor::kFullDiskHint);
  } catch (const files::Error& e) {
    throw executor::Error(code, e.what(), hint);
  } catch (const schemas::CodecError& e) {
    throw executor::Error("bad_input", e.what());
  } catch (const c10::Error& e) {
    if (diffusion::is_out_of_memory(e)) {
      throw executor::Error("out_of_memory", e.what_without_backtrace(), kMemoryHint);
    }
    throw executor::Error("internal", e.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw executor::Error("out_of_memory", "the stage has run out of memory", kMemoryHint);
  }
}

}  // namespace compute
