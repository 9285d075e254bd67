# What `cmake --install` puts where. bin/souvenir finds lib/souvenir/plugins and share/souvenir from its own place, so
# that an installation may be moved. Included before the examples: their plugins are not installed.
include(CMakePackageConfigHelpers)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # an installation needs no tests: build the target `installed` before it

install(TARGETS souvenir EXPORT souvenir RUNTIME DESTINATION bin)
install(TARGETS souvenir-decode souvenir-model RUNTIME DESTINATION bin)

# The contract of plugins, for find_package(souvenir).
install(TARGETS contract schemas EXPORT souvenir ARCHIVE DESTINATION lib/souvenir INCLUDES DESTINATION include/souvenir)
install(FILES executor/error.h executor/executor.h executor/params.h executor/plugin.h
        DESTINATION include/souvenir/executor)
install(DIRECTORY schemas DESTINATION include/souvenir FILES_MATCHING PATTERN "*.h" PATTERN wire.md)
install(EXPORT souvenir NAMESPACE souvenir:: FILE souvenir-targets.cmake DESTINATION lib/cmake/souvenir)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/souvenir-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/souvenir-config.cmake cmake/add_executor.cmake ${PROJECT_BINARY_DIR}/souvenir-config-version.cmake
        DESTINATION lib/cmake/souvenir)

# Plugins, each with its description. Those that compute find LibTorch in the folder above them, where a copy of it is
# carried, and in the build links to it: a RUNPATH of its own for the build would be ended by CMake with a ':', which
# stands for the current folder. LibTorch with CUDA, gigabytes of it, stays where it is.
get_property(executors GLOBAL PROPERTY SOUVENIR_EXECUTORS)
set(CARRY_LIBTORCH ${WITH_TORCH})
set(libtorch "$ORIGIN/..")
if(TORCH_CUDA_LIBRARIES)
  set(CARRY_LIBTORCH OFF)
  set(libtorch ${TORCH_INSTALL_PREFIX}/lib)
endif()
add_custom_target(installed DEPENDS souvenir souvenir-decode souvenir-model contract schemas ${executors})
foreach(executor ${executors})
  if(WITH_TORCH)
    set_target_properties(${executor} PROPERTIES INSTALL_RPATH "${libtorch}" BUILD_WITH_INSTALL_RPATH ON)
  endif()
  install(FILES $<TARGET_FILE:${executor}>.json DESTINATION lib/souvenir/plugins)
endforeach()
install(TARGETS ${executors} LIBRARY DESTINATION lib/souvenir/plugins)
if(CARRY_LIBTORCH)
  file(GLOB carried ${TORCH_INSTALL_PREFIX}/lib/libgomp*.so*)
  foreach(library torch torch_cpu c10)
    list(APPEND carried ${TORCH_INSTALL_PREFIX}/lib/lib${library}.so)
  endforeach()
  install(PROGRAMS ${carried} DESTINATION lib/souvenir)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  foreach(library ${carried})
    get_filename_component(name ${library} NAME)
    file(CREATE_LINK ${library} ${PROJECT_BINARY_DIR}/bin/${name} SYMBOLIC)
  endforeach()
endif()

# The shipped flows and the base model, without what it was made by.
file(GLOB flows ${PROJECT_SOURCE_DIR}/flow/*.toml)
install(FILES ${flows} DESTINATION share/souvenir)
install(DIRECTORY examples/base-model DESTINATION share/souvenir PATTERN "*.toml" EXCLUDE
        REGEX "/base-model/(blueprint|curves|figures|recipe|requests)$" EXCLUDE)
install(FILES examples/base-model/recipe/ATTRIBUTION.md DESTINATION share/souvenir/base-model)
install(FILES LICENSE CHANGELOG.md DESTINATION share/doc/souvenir)
install(FILES packaging/souvenir.service DESTINATION lib/systemd/system)
