# Compiler settings that hold for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# g++ 12 sees overlapping copies in std::string where there are none (GCC bug 105651).
# A designated initialiser that leaves fields out means to; g++ 12 warns of it all the same.
add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wno-restrict -Wno-stringop-overflow
                    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  add_compile_options(-Wno-unknown-warning-option)  # the words above that g++ alone knows
endif()
include(${CMAKE_CURRENT_LIST_DIR}/hardening.cmake)
if(SANITIZE)
  add_compile_options(-fsanitize=${SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SANITIZE})
endif()

# Rooms that read, check and print need not be fast, and take the compiler a fifth less so.
set(READS_AND_PRINTS $<$<CONFIG:Release>:-O1>)

find_program(CCACHE ccache)
if(CCACHE)
  # Without this ccache takes no file that uses a precompiled header; and with it a file that is not known yet is not
  # preprocessed before it is compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
