# Third-party libraries, each used by the one folder named beside it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)                      # executor, flow, plugins
# Its library alone: the include folder that its pkg-config file names belongs to Kerberos, and moves
# within the command line from one configuring to the next, so that a third would compile anew.
pkg_check_modules(ZMQ REQUIRED libzmq>=4.3.4)             # executor, flow
find_path(MSGPACK_INCLUDE msgpack.hpp REQUIRED)           # schemas
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)    # flow
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)             # flow
find_package(OpenSSL REQUIRED COMPONENTS Crypto)          # flow/access
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)     # executor
find_package(OpenCV REQUIRED COMPONENTS core imgproc imgcodecs)  # plugins/pictures, generator, corpus, figures
if(WITH_TORCH)
  if(NOT Torch_DIR AND EXISTS ${PROJECT_SOURCE_DIR}/.venv/bin/python)
    execute_process(
      COMMAND ${PROJECT_SOURCE_DIR}/.venv/bin/python -c
              "import torch; print(torch.utils.cmake_prefix_path)"
      OUTPUT_VARIABLE torch_prefix OUTPUT_STRIP_TRAILING_WHITESPACE)
    list(APPEND CMAKE_PREFIX_PATH ${torch_prefix})
  endif()
  find_package(Torch REQUIRED)                            # plugins
endif()
