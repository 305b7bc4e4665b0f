# `cmake --install`: the library, its headers, its mapping files, and what lets others find it. The
# command line installs itself.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(weft_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/weft")
set(weft_package_files "${PROJECT_BINARY_DIR}/package")

install(TARGETS weft EXPORT weft
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/weft" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/mappings" DESTINATION ${CMAKE_INSTALL_DATADIR}/weft
  FILES_MATCHING PATTERN "*.json")
install(FILES "${PROJECT_SOURCE_DIR}/docs/mapping.schema.json"
  DESTINATION ${CMAKE_INSTALL_DATADIR}/weft)

# For CMake: find_package(weft CONFIG) makes weft::weft.
get_target_property(weft_library_type weft TYPE)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/weft-config.cmake.in"
  "${weft_package_files}/weft-config.cmake"
  INSTALL_DESTINATION ${weft_package_dir}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${weft_package_files}/weft-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(EXPORT weft NAMESPACE weft:: FILE weft-targets.cmake DESTINATION ${weft_package_dir})
install(FILES
  "${weft_package_files}/weft-config.cmake"
  "${weft_package_files}/weft-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/Findre2.cmake"
  DESTINATION ${weft_package_dir})

# For everything else: pkg-config weft.
set(weft_public_modules "absl_status absl_statusor absl_inlined_vector")
set(weft_private_modules "absl_strings absl_str_format absl_flat_hash_map absl_flat_hash_set re2")
if(WEFT_WITH_ZLIB)
  string(APPEND weft_private_modules " zlib")
endif()
if(weft_library_type STREQUAL "STATIC_LIBRARY")
  string(APPEND weft_public_modules " ${weft_private_modules}")
  set(weft_private_modules "")
endif()
file(RELATIVE_PATH weft_prefix_from_module
  "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" weft_prefix_from_module "${weft_prefix_from_module}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/weft.pc.in" "${weft_package_files}/weft.pc" @ONLY)
install(FILES "${weft_package_files}/weft.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
