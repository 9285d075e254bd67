# Writes what a plugin says of itself beside it, so that a flow is checked without opening the library.
function(describe_plugin name)
  add_dependencies(${name} souvenir)
  add_custom_command(
    TARGET ${name} POST_BUILD
    COMMAND souvenir describe --json $<TARGET_FILE:${name}> > $<TARGET_FILE:${name}>.json
    COMMENT "Describing ${name}")
endfunction()

# add_executor(NAME SOURCES... [LIBRARIES ...]): one plugin, `plugins/NAME.so` of the build folder.
function(add_executor name)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE contract ${arg_LIBRARIES})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY
                                                     ${PROJECT_BINARY_DIR}/bin/plugins)
  describe_plugin(${name})
endfunction()
