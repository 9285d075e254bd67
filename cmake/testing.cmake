# Tests that run the built program are Python: the project's .venv has what its client needs.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(PYTHON ${Python3_EXECUTABLE})
if(EXISTS ${PROJECT_SOURCE_DIR}/.venv/bin/python)
  set(PYTHON ${PROJECT_SOURCE_DIR}/.venv/bin/python)
endif()

# add_system_test(NAME SCRIPT [QUICK] ARGS...): runs SCRIPT of the current folder against bin/souvenir.
# tests/system/program.py is on its path. QUICK: takes seconds, so that ./run test quick has it.
function(add_system_test name script)
  cmake_parse_arguments(arg "QUICK" "" "" ${ARGN})
  add_test(NAME ${name} COMMAND ${PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${arg_UNPARSED_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77 ENVIRONMENT
    "SOUVENIR_PROGRAM=$<TARGET_FILE:souvenir>;SOUVENIR_SOURCE=${PROJECT_SOURCE_DIR};PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/system;PYTHONDONTWRITEBYTECODE=1")
  if(arg_QUICK)
    set_tests_properties(${name} PROPERTIES LABELS quick)
  endif()
endfunction()
