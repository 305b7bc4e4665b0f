# cmake -D OUTPUT=builtin_mappings.cc -D FILES=a.json,b.json -P EmbedMappings.cmake
# Writes a source file that holds the mapping files byte for byte.
string(REPLACE "," ";" files "${FILES}")
set(rows "")
foreach(file IN LISTS files)
  file(READ "${file}" text)
  cmake_path(GET file STEM name)
  string(APPEND rows "      {\"${name}\", R\"weft_file(${text})weft_file\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made by cmake/EmbedMappings.cmake from mappings/*.json.
#include \"mapping/builtin_mappings.h\"

namespace weft {

const std::vector<BuiltinMapping>& BuiltinMappings() {
  static const auto* const mappings = new std::vector<BuiltinMapping>{
${rows}  };
  return *mappings;
}

}  // namespace weft
")
