# Third-party libraries, each used by the one folder named beside it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)                      # executor, flow, plugins
# Its library alone: the include folder that its pkg-config file names belongs to Kerberos, and moves
# within the command line from one configuring to the next, so that a third would compile everything again.
pkg_check_modules(ZMQ REQUIRED libzmq>=4.3.4)             # executor, flow
find_path(MSGPACK_INCLUDE msgpack.hpp REQUIRED)           # schemas
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)    # flow
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)             # flow
find_package(OpenSSL REQUIRED COMPONENTS Crypto)          # flow/access, executor/files
find_package(ZLIB REQUIRED)                               # executor/files, plugins/shared/pictures
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)     # executor
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp) # executor/sandbox
pkg_check_modules(JPEG REQUIRED IMPORTED_TARGET libjpeg)       # plugins/shared/pictures, as the next three
pkg_check_modules(PNG REQUIRED IMPORTED_TARGET libpng)
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp)
pkg_check_modules(LCMS REQUIRED IMPORTED_TARGET lcms2)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)   # flow/gateway
# Debian keeps OpenCV's CMake files in libopencv-dev, with all modules and 150 packages; the three that
# are used are found without.
find_path(OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
foreach(module core imgproc imgcodecs)                    # plugins/pictures, generator, corpus, figures
  find_library(OPENCV_${module} opencv_${module} REQUIRED)
  add_library(opencv_${module} UNKNOWN IMPORTED)
  set_target_properties(opencv_${module} PROPERTIES IMPORTED_LOCATION ${OPENCV_${module}}
                        INTERFACE_INCLUDE_DIRECTORIES ${OPENCV_INCLUDE})
endforeach()
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
