# What every target of this project is compiled with; nothing here reaches a consumer.
function(weft_configure_target target)
  target_compile_features(${target} PUBLIC cxx_std_17)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  # Optimised, and under sanitizers (CMakePresets.json), GCC 12 doubts that Abseil's InlinedVector
  # fills what it copies.
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    $<$<NOT:$<CONFIG:Debug>>:-Wno-maybe-uninitialized>
    $<$<BOOL:${WEFT_WARNINGS_AS_ERRORS}>:-Werror>)
endfunction()
