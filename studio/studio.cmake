# The studio as one C++ source, made by tools/build-studio; CARILLON_STUDIO_FILES names it for src/site. Made once for all presets.
file(GLOB_RECURSE studio_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/src/*)
list(FILTER studio_sources EXCLUDE REGEX "(schema\\.d|\\.test|/testing)\\.ts$")
set(CARILLON_STUDIO_FILES ${PROJECT_SOURCE_DIR}/build/studio/studio_files.cpp)
add_custom_command(OUTPUT ${CARILLON_STUDIO_FILES}
  COMMAND ${PROJECT_SOURCE_DIR}/tools/build-studio
  DEPENDS ${studio_sources} ${CMAKE_CURRENT_LIST_DIR}/index.html ${CMAKE_CURRENT_LIST_DIR}/vite.config.ts ${CMAKE_CURRENT_LIST_DIR}/package-lock.json
    ${CMAKE_CURRENT_LIST_DIR}/tools/embed.mjs ${PROJECT_SOURCE_DIR}/tools/build-studio ${PROJECT_SOURCE_DIR}/src/api/openapi.json
  COMMENT "Building the studio" VERBATIM)
