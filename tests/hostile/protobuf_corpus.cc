// The rules are those of docs/formats/mindspore.md and docs/formats/onnx.md.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hostile/corpus.h"
#include "mindspore/raw_checkpoint.h"
#include "protobuf/raw_fields.h"

namespace weft::test {
namespace {

// Name, data_type and sizes of a tensor of ONNX.
std::string Head(const std::string& name, uint64_t type, const std::vector<uint64_t>& dims) {
  std::string tensor;
  for (const uint64_t size : dims) tensor += RawNumber(1, size);
  return tensor + RawNumber(2, type) + RawBytes(8, name);
}

std::string Text(const std::string& key, const std::string& value) {
  return RawBytes(13, RawBytes(1, key) + RawBytes(2, value));
}

std::string External(const std::string& location, const std::string& offset,
                     const std::string& length) {
  return RawNumber(14, 1) + Text("location", location) + Text("offset", offset) +
         Text("length", length);
}

std::string Model(const std::string& graph) {
  return RawNumber(1, 10) + RawBytes(2, "hand") + RawBytes(7, graph);
}

std::string NodeWith(const std::string& graph) {
  return RawBytes(1, RawBytes(5, RawBytes(1, "body") + RawBytes(6, graph)));
}

}  // namespace

std::vector<HostileFile> HostileMindSpore() {
  std::vector<HostileFile> files;
  const auto add = [&](std::string what, std::string bytes, std::string verdict) {
    files.push_back({"mindspore: " + what, std::move(bytes), std::move(verdict), "f.ckpt"});
  };
  const std::string good = RawEntry("w", {2, 2}, "Int8", "1234");
  const auto value = [&](std::string what, const std::string& fields, std::string verdict) {
    add(std::move(what), good + RawBytes(1, fields), std::move(verdict));
  };
  const std::string tensor = RawTensor({1}, "Int8", "x");
  const std::string tag = RawBytes(1, "v");
  const std::string long_number(11, '\x80');

  add("right", good, "OK");
  add("half a value", good.substr(0, good.size() / 2), "TRUNCATED");
  add("a value that ends beyond the file", good + "\x0A\x7F", "TRUNCATED");
  add("a value of 2^63 bytes", good + "\x0A" + RawVarint(uint64_t{1} << 63U), "TRUNCATED");
  add("a number of eleven bytes", good + "\x0A" + long_number, "BAD_HEADER_SYNTAX");
  add("a field of number 0", good + std::string("\2\0", 2), "BAD_HEADER_SYNTAX");
  add("a group", good + "\x0B\x0C", "BAD_HEADER_SYNTAX");
  add("a field of its own", good + RawBytes(2, "x"), "BAD_HEADER_SYNTAX");
  add("a value that is a number", good + RawNumber(1, 2), "BAD_HEADER_SYNTAX");
  value("no tag", RawBytes(2, tensor), "BAD_HEADER_SYNTAX");
  value("no tensor", tag, "BAD_HEADER_SYNTAX");
  value("two tags", tag + tag + RawBytes(2, tensor), "BAD_HEADER_SYNTAX");
  value("two tensors", tag + RawBytes(2, tensor) + RawBytes(2, tensor), "BAD_HEADER_SYNTAX");
  value("no type", tag + RawBytes(2, RawBytes(3, "x")), "BAD_HEADER_SYNTAX");
  value("no content", tag + RawBytes(2, RawBytes(2, "Int8")), "BAD_HEADER_SYNTAX");
  value("two contents", tag + RawBytes(2, tensor + RawBytes(3, "x")), "BAD_HEADER_SYNTAX");
  value("a tensor that ends beyond its value", tag + "\x12\x7F" + tensor, "TRUNCATED");
  add("a tag that is no UTF-8", RawEntry("w\xFF", {}, "Int8", "x"), "BAD_NAME");
  add("a type of none", RawEntry("w", {1}, "Float99", "1234"), "BAD_DTYPE");
  add("a type in small letters", RawEntry("w", {1}, "float32", "1234"), "BAD_DTYPE");
  add("a type of 1000 bytes", RawEntry("w", {1}, std::string(1000, 'F'), "1"), "BAD_DTYPE");
  add("complex128", RawEntry("w", {1}, "Complex128", std::string(16, 'x')), "UNSUPPORTED_FEATURE");
  add("HiFloat8", RawEntry("w", {1}, "HiFloat8", "x"), "UNSUPPORTED_FEATURE");
  add("a size below zero", RawEntry("w", {-2, -2}, "Int8", "1234"), "BAD_SHAPE");
  add("2^64 elements", RawEntry("w", {int64_t{1} << 62, 4}, "Int8", "1234"), "OVERFLOW");
  add("2^63 bits beside a zero", RawEntry("w", {0, int64_t{1} << 62, 4}, "Int8", ""), "OVERFLOW");
  add("65 axes", RawEntry("w", std::vector<int64_t>(65, 1), "Int8", "x"), "LIMIT_EXCEEDED");
  add("content that is too short", RawEntry("w", {2, 2}, "Int8", "123"), "SIZE_MISMATCH");
  add("content that is too long", RawEntry("w", {2, 2}, "Int8", "12345"), "SIZE_MISMATCH");
  add("pieces that are too short",
      RawEntry("w", {2, 2}, "Int8", "1") + RawEntry("w", {2, 2}, "Int8", "23"), "SIZE_MISMATCH");
  add("pieces of two shapes",
      RawEntry("w", {2, 2}, "Int8", "12") + RawEntry("w", {4}, "Int8", "34"), "SIZE_MISMATCH");
  add("pieces of two types",
      RawEntry("w", {2, 2}, "Int8", "12") + RawEntry("w", {2, 2}, "UInt8", "34"), "SIZE_MISMATCH");
  add("pieces that are apart",
      RawEntry("w", {2, 2}, "Int8", "12") + RawEntry("v", {}, "Int8", "x") +
          RawEntry("w", {2, 2}, "Int8", "34"),
      "SIZE_MISMATCH");
  add("one name twice", good + RawEntry("v", {}, "Int8", "x") + good, "DUPLICATE_NAME");
  add("a text of a tensor's name", good + RawEntry("w", {0}, "str", std::string("a\0\0\0", 4)),
      "DUPLICATE_NAME");
  add("a text that is no UTF-32", good + RawEntry("t", {0}, "str", "abc"), "BAD_METADATA");
  add("a text of half a surrogate pair",
      good + RawEntry("t", {0}, "str", std::string("\0\xD8\0\0", 4)), "BAD_METADATA");
  add("an encrypted file", "\xD8\x5E\x3A\x7F" + std::string(60, 'x'), "UNSUPPORTED_FEATURE");
  add("an encrypted file of the other kind", "\xD9\x5E\x3A\x7F" + std::string(60, 'x'),
      "UNSUPPORTED_FEATURE");
  add("a parallel strategy",
      RawNumber(1, 3) + RawBytes(2, RawBytes(1, "node") + RawBytes(2, RawNumber(1, 0))),
      "UNSUPPORTED_FEATURE");
  value("a map parameter",
        RawBytes(1, "table") + RawBytes(3, RawBytes(1, RawTensor({1}, "Int8", "1"))),
        "UNSUPPORTED_FEATURE");
  add("a check sum of more than 32 bits",
      good + "crc_num" + std::string("\0\1\0\0\0\0\0\0\0\0", 10), "BAD_HEADER_SYNTAX");
  add("a check sum", good + "crc_num" + std::string("\0\0\0\0\0\0\1\2\3\4", 10), "OK");
  add("a scalar with the size 0", RawEntry("w", {0}, "Float32", "1234"), "OK");
  add("an empty piece", RawEntry("w", {4}, "Int8", "") + RawEntry("w", {4}, "Int8", "1234"), "OK");
  return files;
}

std::vector<HostileFile> HostileModels() {
  std::vector<HostileFile> files;
  const auto add = [&](std::string what, std::string bytes, std::string verdict) {
    files.push_back({"onnx: " + what,
                     std::move(bytes),
                     std::move(verdict),
                     "f.onnx",
                     {{"w.bin", "0123456789abcdef"}}});
  };
  const auto tensor = [&](std::string what, const std::string& fields, std::string verdict) {
    add(std::move(what), Model(RawBytes(5, fields)), std::move(verdict));
  };
  const auto external = [&](std::string what, const std::string& fields, std::string verdict) {
    tensor(std::move(what), Head("w", 1, {2}) + fields, std::move(verdict));
  };
  const std::string head = Head("w", 1, {1});
  const std::string raw = RawBytes(9, "1234");
  const std::string floats = RawBytes(4, "1234");
  std::string deep = RawBytes(5, head + raw);
  for (int i = 0; i < 60; ++i) deep = NodeWith(deep);

  tensor("right", head + raw, "OK");
  add("no bytes", "", "TRUNCATED");
  add("a version alone", RawNumber(1, 10), "BAD_HEADER_SYNTAX");
  add("two graphs", Model("") + RawBytes(7, ""), "BAD_HEADER_SYNTAX");
  add("a graph that ends beyond the file", RawNumber(1, 10) + "\x3A\x7F", "TRUNCATED");
  add("a graph of 2^63 bytes", RawNumber(1, 10) + "\x3A" + RawVarint(uint64_t{1} << 63U),
      "TRUNCATED");
  add("graphs within graphs", Model(deep), "LIMIT_EXCEEDED");
  add("a graph in a node", Model(NodeWith(RawBytes(5, head + raw))), "OK");
  tensor("no name", RawNumber(1, 1) + RawNumber(2, 1) + raw, "BAD_NAME");
  tensor("an empty name", Head("", 1, {1}) + raw, "BAD_NAME");
  tensor("a name that is no UTF-8", Head("\xFF", 1, {1}) + raw, "BAD_NAME");
  tensor("two names", head + RawBytes(8, "v") + raw, "BAD_HEADER_SYNTAX");
  add("one name twice", Model(RawBytes(5, head + raw) + RawBytes(5, head + raw)), "DUPLICATE_NAME");
  tensor("no values", head, "SIZE_MISMATCH");
  tensor("values in two fields", head + raw + floats, "BAD_HEADER_SYNTAX");
  tensor("raw values twice", head + raw + raw, "BAD_HEADER_SYNTAX");
  tensor("values in the field of another type", head + RawBytes(5, "\1"), "BAD_HEADER_SYNTAX");
  tensor("values in the model and beside it", head + raw + External("w.bin", "0", "4"),
         "BAD_HEADER_SYNTAX");
  tensor("a place of values of none", head + raw + RawNumber(14, 2), "BAD_HEADER_SYNTAX");
  tensor("too few bytes", Head("w", 1, {3}) + raw, "SIZE_MISMATCH");
  tensor("too many bytes", head + RawBytes(9, "12345"), "SIZE_MISMATCH");
  tensor("too few numbers", Head("w", 7, {3}) + RawBytes(7, RawVarint(300)), "SIZE_MISMATCH");
  tensor("a number that ends beyond its field", Head("w", 7, {1}) + RawBytes(7, "\x80"),
         "BAD_HEADER_SYNTAX");
  tensor("a number beyond its type", Head("w", 2, {1}) + RawBytes(5, RawVarint(256)), "OVERFLOW");
  tensor("a number below its type", Head("w", 2, {1}) + RawBytes(5, RawVarint(~uint64_t{0})),
         "OVERFLOW");
  tensor("a size below zero", Head("w", 1, {~uint64_t{0}}) + raw, "BAD_SHAPE");
  tensor("2^64 elements", Head("w", 1, {uint64_t{1} << 62}) + raw, "OVERFLOW");
  tensor("65 axes", Head("w", 1, std::vector<uint64_t>(65, 1)) + raw, "LIMIT_EXCEEDED");
  tensor("a type of none", Head("w", 99, {1}) + raw, "BAD_DTYPE");
  tensor("no type", RawNumber(1, 1) + RawBytes(8, "w") + raw, "BAD_DTYPE");
  tensor("texts", Head("w", 8, {1}) + RawBytes(6, "text"), "UNSUPPORTED_FEATURE");
  tensor("complex128", Head("w", 15, {1}) + RawBytes(9, std::string(16, 'x')),
         "UNSUPPORTED_FEATURE");
  tensor("integers of four bits", Head("w", 22, {2}) + RawBytes(9, "x"), "UNSUPPORTED_FEATURE");
  tensor("a segment", head + raw + RawBytes(3, ""), "UNSUPPORTED_FEATURE");
  add("a sparse initializer", Model(RawBytes(15, "")), "UNSUPPORTED_FEATURE");
  external("right, beside the model", External("w.bin", "4", "8"), "OK");
  external("a file above", External("../w.bin", "0", "8"), "UNSAFE_PATH");
  external("a file from the root", External("/etc/passwd", "0", "8"), "UNSAFE_PATH");
  external("a file behind a backslash", External("d\\w.bin", "0", "8"), "UNSAFE_PATH");
  external("a file without a name", External("", "0", "8"), "UNSAFE_PATH");
  external("a file that is missing", External("v.bin", "0", "8"), "MISSING_PART");
  external("a file that ends too soon", External("w.bin", "12", "8"), "TRUNCATED");
  external("an offset of 2^64 - 1", External("w.bin", "18446744073709551615", "8"), "TRUNCATED");
  external("an offset of 2^64", External("w.bin", "18446744073709551616", "8"), "BAD_METADATA");
  external("an offset below zero", External("w.bin", "-8", "8"), "BAD_METADATA");
  external("a length of another tensor", External("w.bin", "0", "12"), "SIZE_MISMATCH");
  external("a length in words", External("w.bin", "0", "eight"), "BAD_METADATA");
  external("no location", RawNumber(14, 1) + Text("offset", "0"), "BAD_METADATA");
  return files;
}

}  // namespace weft::test
