# Builds plugins: inside this tree, and outside it after find_package(souvenir), which includes this very file.

# Writes what a plugin says of itself beside it, so that a flow is checked without opening the library.
function(describe_plugin name)
  add_custom_command(
    TARGET ${name} POST_BUILD
    COMMAND $<TARGET_FILE:souvenir::souvenir> describe --json $<TARGET_FILE:${name}> > $<TARGET_FILE:${name}>.json
    COMMENT "Describing ${name}")
endfunction()

# add_executor(NAME SOURCES... [LIBRARIES ...]): one plugin, NAME.so, in the folder `plugins` of the build; inside this
# tree that is the one beside the program. SOUVENIR_PLUGIN_FOLDER names another.
function(add_executor name)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  if(NOT SOUVENIR_PLUGIN_FOLDER)
    set(SOUVENIR_PLUGIN_FOLDER ${PROJECT_BINARY_DIR}/plugins)
  endif()
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE souvenir::contract ${arg_LIBRARIES})
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                           LIBRARY_OUTPUT_DIRECTORY ${SOUVENIR_PLUGIN_FOLDER})
  set_property(GLOBAL APPEND PROPERTY SOUVENIR_EXECUTORS ${name})
  describe_plugin(${name})
endfunction()
