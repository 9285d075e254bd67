# find_package(souvenir): the target souvenir::contract, which a plugin links, and add_executor, which builds one.
find_path(SOUVENIR_MSGPACK_INCLUDE msgpack.hpp DOC "Folder of msgpack.hpp, version 4 or later")
if(NOT SOUVENIR_MSGPACK_INCLUDE)
  set(${CMAKE_FIND_PACKAGE_NAME}_FOUND FALSE)
  set(${CMAKE_FIND_PACKAGE_NAME}_NOT_FOUND_MESSAGE "msgpack.hpp is missing; on Debian install libmsgpack-cxx-dev")
  return()
endif()
include(${CMAKE_CURRENT_LIST_DIR}/souvenir-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/add_executor.cmake)
