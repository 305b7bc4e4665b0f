# Finds RE2 and makes re2::re2. RE2 has a CMake package since 2023; Debian 12 has the version before,
# with a pkg-config file only. This module is installed with weft, whose users need the same.
find_package(re2 CONFIG QUIET)
if(NOT TARGET re2::re2)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(WEFT_RE2 QUIET IMPORTED_TARGET re2)
  endif()
  if(TARGET PkgConfig::WEFT_RE2)
    # A target of its own: an alias would be exported by the name of what it stands for.
    add_library(re2::re2 INTERFACE IMPORTED)
    set_target_properties(re2::re2 PROPERTIES INTERFACE_LINK_LIBRARIES PkgConfig::WEFT_RE2)
  endif()
endif()
set(weft_re2_target "")
if(TARGET re2::re2)
  set(weft_re2_target re2::re2)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(re2 REQUIRED_VARS weft_re2_target
  REASON_FAILURE_MESSAGE "neither a CMake package nor a pkg-config file of RE2 was found")
unset(weft_re2_target)
