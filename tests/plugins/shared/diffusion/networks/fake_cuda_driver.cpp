// Stands for NVIDIA's driver (libcuda.so.1): one GPU of 24 GiB, or the error that the test wants.
#include <cstddef>
#include <cstdlib>

#pragma GCC visibility push(default)
extern "C" {

int cuInit(unsigned) {
  const char* error = std::getenv("FAKE_CUDA_ERROR");
  return error == nullptr ? 0 : std::atoi(error);
}

int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return 0;
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  *bytes = std::size_t{24} << 30;
  return 0;
}
}
#pragma GCC visibility pop
