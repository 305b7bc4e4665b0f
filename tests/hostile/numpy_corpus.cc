// The rules are those of docs/formats/numpy.md.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "formats/raw_zip.h"
#include "hostile/corpus.h"
#include "numpy/raw_array.h"

namespace weft::test {

std::vector<HostileFile> HostileArrays() {
  std::vector<HostileFile> files;
  const auto add = [&](std::string what, std::string bytes, std::string verdict) {
    files.push_back({"npy: " + what, std::move(bytes), std::move(verdict), "f.npy"});
  };
  const auto text = [&](std::string what, const std::string& header, std::string verdict) {
    add(std::move(what), RawArray(header, "12345678"), std::move(verdict));
  };
  const auto descr = [&](std::string what, const std::string& type, std::string verdict) {
    text(std::move(what), DictText(type, "(2,)"), std::move(verdict));
  };
  const auto shape = [&](std::string what, const std::string& sizes, std::string verdict) {
    text(std::move(what), DictText("|u1", sizes), std::move(verdict));
  };
  const std::string right = DictText("|u1", "(2,)");

  text("right", right, "OK");
  add("no bytes", "", "TRUNCATED");
  add("a magic alone", "\x93NUMPY", "TRUNCATED");
  add("another magic", "\x94NUMPY" + RawArray(right, "12").substr(6), "UNKNOWN_FORMAT");
  add("version 4", RawArray(right, "12", 4), "UNSUPPORTED_FEATURE");
  add("version 0", RawArray(right, "12", 0), "UNSUPPORTED_FEATURE");
  add("half a header", RawArray(right, "").substr(0, 30), "TRUNCATED");
  add("a header of 4 GiB", std::string("\x93NUMPY\2\0\xFF\xFF\xFF\xFF", 12), "LIMIT_EXCEEDED");
  add("a header of 10,001 bytes",
      RawArray(right + std::string(10'001 - right.size(), ' '), "12", 2), "LIMIT_EXCEEDED");
  add("no data", RawArray(right, ""), "TRUNCATED");
  add("a byte too few", RawArray(right, "1"), "TRUNCATED");
  add("a byte too many", RawArray(right, "123"), "OK");
  text("no header", "", "BAD_HEADER_SYNTAX");
  text("an empty dict", "{}", "BAD_HEADER_SYNTAX");
  text("a list", "[]", "BAD_HEADER_SYNTAX");
  text("two dicts", right + right, "BAD_HEADER_SYNTAX");
  text("NUL behind the dict", right + std::string(1, '\0'), "BAD_HEADER_SYNTAX");
  text("a comment", right + "# x", "BAD_HEADER_SYNTAX");
  text("a call", "dict(descr='|u1', fortran_order=False, shape=(2,))", "BAD_HEADER_SYNTAX");
  text("no shape", "{'descr': '|u1', 'fortran_order': False}", "BAD_HEADER_SYNTAX");
  text("no order", "{'descr': '|u1', 'shape': (2,)}", "BAD_HEADER_SYNTAX");
  text("no descr", "{'fortran_order': False, 'shape': (2,)}", "BAD_HEADER_SYNTAX");
  text("a key of its own", "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'x': 1}",
       "BAD_HEADER_SYNTAX");
  text("a key twice", "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
       "DUPLICATE_NAME");
  text("an order that is a number", "{'descr': '|u1', 'fortran_order': 0, 'shape': (2,)}",
       "BAD_HEADER_SYNTAX");
  text("parentheses without end", std::string(9'000, '('), "BAD_HEADER_SYNTAX");
  descr("objects", "|O", "UNSUPPORTED_FEATURE");
  descr("texts", "<U2", "UNSUPPORTED_FEATURE");
  descr("dates", "<M8[s]", "UNSUPPORTED_FEATURE");
  descr("raw bytes", "|V2", "UNSUPPORTED_FEATURE");
  descr("complex128", "<c16", "UNSUPPORTED_FEATURE");
  descr("longdouble", "<f16", "UNSUPPORTED_FEATURE");
  descr("a type of none", "<x4", "BAD_DTYPE");
  descr("a size of none", "<i3", "BAD_DTYPE");
  descr("no byte order", "|i4", "BAD_DTYPE");
  descr("no type", "", "BAD_DTYPE");
  text("records", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
       "UNSUPPORTED_FEATURE");
  shape("a shape that is a number", "(2)", "BAD_SHAPE");
  shape("a size below zero", "(-2,)", "BAD_SHAPE");
  shape("a size of 2^63", "(9223372036854775808,)", "OVERFLOW");
  shape("2^64 elements", "(4294967296, 4294967296)", "OVERFLOW");
  shape("2^63 bits beside a zero", "(0, 4611686018427387904, 4)", "OVERFLOW");
  shape("a terabyte", "(1099511627776,)", "TRUNCATED");
  shape("sizes of Python 2", "(2L,)", "OK");
  shape("a scalar", "()", "OK");
  return files;
}

std::vector<HostileFile> HostileArchives() {
  std::vector<HostileFile> files;
  const std::string array = RawArray(DictText("<u2", "(2,)"), "1234");
  const auto add = [&](std::string what, std::vector<RawMember> members, std::string verdict) {
    files.push_back({"npz: " + what, ZipBytes(std::move(members)), std::move(verdict), "f.npz"});
  };
  const auto member = [&](std::string what, const std::string& content, std::string verdict) {
    add(std::move(what), {Stored("w.npy", content)}, std::move(verdict));
  };
  const auto changed = [&](std::string what, std::string verdict,
                           const std::function<void(RawFields&)>& change) {
    RawMember lying = Stored("w.npy", array);
    change(lying.header);
    change(lying.entry);
    add(std::move(what), {Stored("v.npy", array), std::move(lying)}, std::move(verdict));
  };

  member("right", array, "OK");
  member("an empty member", "", "TRUNCATED");
  member("a member that is no array", "hello, world and more", "UNKNOWN_FORMAT");
  member("a header alone", array.substr(0, array.size() - 4), "TRUNCATED");
  member("half a header", array.substr(0, 30), "TRUNCATED");
  member("a byte too many", array + "x", "OK");
  member("objects", RawArray(DictText("|O", "(2,)"), "1234"), "UNSUPPORTED_FEATURE");
  member("a terabyte", RawArray(DictText("|u1", "(1099511627776,)"), "1234"), "TRUNCATED");
  add("one array under two names", {Stored("w.npy", array), Stored("w", array)}, "DUPLICATE_NAME");
  add("one name twice", {Stored("w.npy", array), Stored("w.npy", array)}, "DUPLICATE_NAME");
  add("names that differ in case", {Stored("w.npy", array), Stored("W.npy", array)}, "OK");
  add("a member beside the arrays", {Stored("w.npy", array), Stored("readme.txt", "x")}, "OK");
  changed("a name that leads out", "UNSAFE_PATH", [](RawFields& f) { f.name = "../w.npy"; });
  changed("a name from the root", "UNSAFE_PATH", [](RawFields& f) { f.name = "/w.npy"; });
  changed("an encrypted member", "UNSUPPORTED_FEATURE", [](RawFields& f) { f.flags = 1; });
  changed("a method of none", "UNSUPPORTED_FEATURE", [](RawFields& f) { f.method = 14; });
  changed("a member longer than its content", "SIZE_MISMATCH",
          [](RawFields& f) { f.size_bytes += 1; });
  files.push_back(
      {"npz: cut", ZipBytes({Stored("w.npy", array)}).substr(0, 120), "TRUNCATED", "f.npz"});
  files.push_back({"npz: a byte behind the end", ZipBytes({Stored("w.npy", array)}) + "x",
                   "TRUNCATED", "f.npz"});
  return files;
}

}  // namespace weft::test
