// The rules are those of docs/formats/safetensors.md.
#include <string>
#include <utility>
#include <vector>

#include "formats/raw_safetensors.h"
#include "hostile/corpus.h"

namespace weft::test {
namespace {

std::string Entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

// A file with the header {"a": …} and so many bytes of data.
std::string One(const std::string& entry, size_t data_bytes) {
  return RawSafetensors(R"({"a":)" + entry + "}", std::string(data_bytes, 'x'));
}

const std::string& Good() {
  static const auto* const kGood = new std::string(Entry("U8", "[2]", "[0,2]"));
  return *kGood;
}

}  // namespace

std::vector<HostileFile> HostileSafetensors() {
  std::vector<HostileFile> files;
  const auto add = [&](std::string what, std::string bytes, std::string verdict) {
    files.push_back(
        {"safetensors: " + what, std::move(bytes), std::move(verdict), "f.safetensors"});
  };
  const auto header = [&](std::string what, const std::string& text, std::string verdict) {
    add(std::move(what), RawSafetensors(text, "xx"), std::move(verdict));
  };
  const auto one = [&](std::string what, const std::string& entry, size_t data_bytes,
                       std::string verdict) {
    add(std::move(what), One(entry, data_bytes), std::move(verdict));
  };

  add("right", One(Good(), 2), "OK");
  add("no bytes", "", "TRUNCATED");
  add("seven bytes", std::string(7, '\0'), "TRUNCATED");
  add("no header behind its length", LittleEndian(2), "TRUNCATED");
  add("half a header", One(Good(), 0).substr(0, 20), "TRUNCATED");
  add("a length of all ones", LittleEndian(UINT64_MAX) + "{}", "HEADER_TOO_LARGE");
  add("a length beyond the limit and the file", LittleEndian(100'000'001) + "{}",
      "HEADER_TOO_LARGE");
  add("an empty header", LittleEndian(0), "BAD_HEADER_SYNTAX");
  header("an array", "[]", "BAD_HEADER_SYNTAX");
  header("a text", R"("a")", "BAD_HEADER_SYNTAX");
  header("two objects", "{}{}", "BAD_HEADER_SYNTAX");
  header("NUL padding", std::string("{\"a\":" + Good() + "}") + std::string(3, '\0'),
         "BAD_HEADER_SYNTAX");
  header("a byte order mark", "\xEF\xBB\xBF{\"a\":" + Good() + "}", "BAD_HEADER_SYNTAX");
  header("a comment", "{\"a\":" + Good() + "}// x", "BAD_HEADER_SYNTAX");
  header("a comma at the end", "{\"a\":" + Good() + ",}", "BAD_HEADER_SYNTAX");
  header("single quotes", "{'a':" + Good() + "}", "BAD_HEADER_SYNTAX");
  header("a name that is no UTF-8", "{\"\xFF\":" + Good() + "}", "BAD_HEADER_SYNTAX");
  header("half a surrogate pair", R"({"\ud800":)" + Good() + "}", "BAD_HEADER_SYNTAX");
  header("nesting without end", std::string(50'000, '['), "BAD_HEADER_SYNTAX");
  header("white space before and behind", "  {\"a\":" + Good() + "}\n ", "OK");
  header("one name twice", "{\"a\":" + Good() + ",\"a\":" + Good() + "}", "DUPLICATE_NAME");
  header("one name twice, once escaped", "{\"a\":" + Good() + R"(,"\u0061":)" + Good() + "}",
         "DUPLICATE_NAME");
  one("a field twice", R"({"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]})", 2,
      "DUPLICATE_NAME");
  one("no dtype", R"({"shape":[2],"data_offsets":[0,2]})", 2, "BAD_HEADER_SYNTAX");
  one("no shape", R"({"dtype":"U8","data_offsets":[0,2]})", 2, "BAD_HEADER_SYNTAX");
  one("no offsets", R"({"dtype":"U8","shape":[2]})", 2, "BAD_HEADER_SYNTAX");
  one("a field of its own", R"({"dtype":"U8","shape":[2],"data_offsets":[0,2],"x":1})", 2,
      "BAD_HEADER_SYNTAX");
  one("an entry that is a list", "[]", 2, "BAD_HEADER_SYNTAX");
  one("a dtype in small letters", Entry("u8", "[2]", "[0,2]"), 2, "BAD_DTYPE");
  one("a dtype of none", Entry("F128", "[2]", "[0,2]"), 2, "BAD_DTYPE");
  one("a size below zero", Entry("U8", "[-2]", "[0,2]"), 2, "BAD_SHAPE");
  one("a size with a point", Entry("U8", "[2.0]", "[0,2]"), 2, "BAD_SHAPE");
  one("a size in quotes", Entry("U8", R"(["2"])", "[0,2]"), 2, "BAD_SHAPE");
  one("a shape that is a number", Entry("U8", "2", "[0,2]"), 2, "BAD_SHAPE");
  one("2^64 elements", Entry("U8", "[4294967296,4294967296]", "[0,2]"), 2, "OVERFLOW");
  one("2^63 bits beside a zero", Entry("U8", "[0,9223372036854775807,4]", "[0,0]"), 0, "OVERFLOW");
  one("offsets in the wrong order", Entry("U8", "[2]", "[2,0]"), 2, "OFFSET_RANGE");
  one("an offset below zero", Entry("U8", "[2]", "[-2,0]"), 2, "OFFSET_RANGE");
  one("three offsets", Entry("U8", "[2]", "[0,2,2]"), 2, "OFFSET_RANGE");
  one("offsets for a larger tensor", Entry("U8", "[2]", "[0,3]"), 3, "SIZE_MISMATCH");
  one("offsets for a smaller tensor", Entry("F32", "[2]", "[0,4]"), 4, "SIZE_MISMATCH");
  one("half a byte", Entry("F4", "[3]", "[0,2]"), 2, "SIZE_MISMATCH");
  one("data that begin too late", Entry("U8", "[2]", "[1,3]"), 3, "OFFSET_HOLE");
  one("data that end too soon", Good(), 1, "TRUNCATED");
  one("data that are larger than the file by far",
      Entry("U8", "[1099511627776]", "[0,1099511627776]"), 2, "TRUNCATED");
  one("a byte too many", Good(), 3, "TRAILING_DATA");
  add("data without tensors", RawSafetensors("{}", "x"), "TRAILING_DATA");
  add("a hole",
      RawSafetensors("{\"a\":" + Good() + ",\"b\":" + Entry("U8", "[1]", "[3,4]") + "}", "xxxx"),
      "OFFSET_HOLE");
  add("an overlap",
      RawSafetensors("{\"a\":" + Good() + ",\"b\":" + Entry("U8", "[2]", "[1,3]") + "}", "xxx"),
      "OFFSET_OVERLAP");
  add("the same data twice", RawSafetensors("{\"a\":" + Good() + ",\"b\":" + Good() + "}", "xx"),
      "OFFSET_OVERLAP");
  header("metadata that are a list", R"({"__metadata__":[],"a":)" + Good() + "}", "BAD_METADATA");
  header("metadata with a number", R"({"__metadata__":{"k":1},"a":)" + Good() + "}",
         "BAD_METADATA");
  header("metadata that are null", R"({"__metadata__":null,"a":)" + Good() + "}", "OK");
  header("a name of NUL", "{\"\\u0000\":" + Good() + "}", "OK");
  one("65 axes",
      Entry(
          "U8",
          "[1" +
              [] {
                std::string ones;
                for (int i = 0; i < 64; ++i) ones += ",1";
                return ones;
              }() +
              "]",
          "[0,1]"),
      1, "LIMIT_EXCEEDED");
  return files;
}

std::vector<HostileFile> HostileIndexes() {
  const std::string part = One(Good(), 2);
  std::vector<HostileFile> files;
  const auto add = [&](std::string what, std::string bytes, std::string verdict) {
    files.push_back({"index: " + what,
                     std::move(bytes),
                     std::move(verdict),
                     "model.safetensors.index.json",
                     {{"p.safetensors", part}}});
  };
  add("right", R"({"weight_map":{"a":"p.safetensors"}})", "OK");
  add("cut", R"({"weight_map":{"a":"p.safe)", "BAD_HEADER_SYNTAX");
  add("no weight map", R"({"metadata":{}})", "UNKNOWN_FORMAT");
  add("a weight map that is a list", R"({"weight_map":[]})", "BAD_METADATA");
  add("an empty weight map", R"({"weight_map":{}})", "BAD_METADATA");
  add("a file that is a number", R"({"weight_map":{"a":1}})", "BAD_METADATA");
  add("one tensor twice", R"({"weight_map":{"a":"p.safetensors","a":"p.safetensors"}})",
      "DUPLICATE_NAME");
  add("a file above", R"({"weight_map":{"a":"../p.safetensors"}})", "UNSAFE_PATH");
  add("a file in a directory", R"({"weight_map":{"a":"d/p.safetensors"}})", "UNSAFE_PATH");
  add("the directory itself", R"({"weight_map":{"a":"."}})", "UNSAFE_PATH");
  add("a file without a name", R"({"weight_map":{"a":""}})", "UNSAFE_PATH");
  add("a NUL in the name of a file", R"({"weight_map":{"a":"p\u0000"}})", "UNSAFE_PATH");
  add("a file that is missing", R"({"weight_map":{"a":"q.safetensors"}})", "MISSING_PART");
  add("a tensor that is missing", R"({"weight_map":{"a":"p.safetensors","b":"p.safetensors"}})",
      "MISSING_PART");
  add("nesting without end", R"({"weight_map":)" + std::string(50'000, '{'), "BAD_HEADER_SYNTAX");
  files.push_back({"index: one tensor in two files",
                   R"({"weight_map":{"a":"p.safetensors","b":"q.safetensors"}})",
                   "DUPLICATE_NAME",
                   "model.safetensors.index.json",
                   {{"p.safetensors", part}, {"q.safetensors", part}}});
  files.push_back({"index: a file of another format",
                   R"({"weight_map":{"a":"p.safetensors","b":"q.safetensors"}})",
                   "UNKNOWN_FORMAT",
                   "model.safetensors.index.json",
                   {{"p.safetensors", part}, {"q.safetensors", "\x93NUMPY\1"}}});
  return files;
}

}  // namespace weft::test
