# What a fault in memory meets in every program and library: a canary on the stack, a stack that is probed, checked
# copies, no code but the program's, addresses that nobody knows beforehand, tables that cannot be written.
# tests/hardening_test.py looks for it in what was built.
include(CheckCXXCompilerFlag)
include(CheckPIESupported)
check_pie_supported()

set(HARDENING -fstack-protector-strong)
foreach(flag -fstack-clash-protection -fcf-protection)
  string(MAKE_C_IDENTIFIER HAS${flag} known)
  check_cxx_compiler_flag(${flag} ${known})
  if(${known})
    list(APPEND HARDENING ${flag})
  endif()
endforeach()
add_compile_options(${HARDENING})
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)

# Checked copies need an optimiser, and sanitizers check them themselves.
set(FORTIFIED OFF)
string(TOUPPER "CMAKE_CXX_FLAGS_${CMAKE_BUILD_TYPE}" flags)
if("${CMAKE_CXX_FLAGS} ${${flags}}" MATCHES "-O[1-3s]" AND NOT SANITIZE AND NOT WITH_FUZZ)
  set(FORTIFIED ON)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
