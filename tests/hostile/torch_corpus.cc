// The rules are those of docs/formats/pytorch.md.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "formats/raw_pickle.h"
#include "formats/raw_zip.h"
#include "hostile/corpus.h"

namespace weft::test {
namespace {

constexpr const char* kSixteen = "0123456789abcdef";

std::string Whole() { return PickledTensor("0", 4, 0, {2, 2}, {2, 1}); }

std::string Rebuilt(const std::vector<std::string>& arguments) {
  return PickledCall("torch._utils", "_rebuild_tensor_v2", arguments);
}

std::string Floats() { return PickledStorage("FloatStorage", "0", 4); }

// A zip of PyTorch with one tensor, whose parts `change` makes lie. Members: data.pkl, the
// storage, byteorder, version.
std::string ChangedZip(const std::function<void(RawZip&)>& change) {
  return ZipBytes(
      {Stored("f/data.pkl", Pickle(PickledDict({{"w", Whole()}}))), Stored("f/data/0", kSixteen),
       Stored("f/byteorder", "little"), Stored("f/version", "3\n")},
      change);
}

std::string WithObject(const std::string& object) {
  return TorchZip(Pickle(object), {{"0", kSixteen}});
}

// As PickledTensor, with the sixth field that references of legacy files have.
std::string LegacyTensor(int64_t elements, const std::string& window) {
  return Rebuilt(
      {PickledTuple({PickledText("storage"), PickledGlobal("torch", "FloatStorage"),
                     PickledText("k"), PickledText("cpu"), PickledInt(elements) + window}) +
           "Q",
       PickledInt(0), PickledSizes({2}), PickledSizes({1}), "\x89", "N"});
}

}  // namespace

std::vector<HostileFile> HostileZips() {
  std::vector<HostileFile> files;
  const auto add = [&](std::string what, std::string bytes, std::string verdict) {
    files.push_back({"zip: " + what, std::move(bytes), std::move(verdict), "f.pt"});
  };
  const auto changed = [&](std::string what, std::string verdict,
                           const std::function<void(RawZip&)>& change) {
    add(std::move(what), ChangedZip(change), std::move(verdict));
  };
  const auto storage = [&](std::string what, std::string verdict,
                           const std::function<void(RawFields&)>& change) {
    changed(std::move(what), std::move(verdict), [&](RawZip& zip) {
      change(zip.members[1].header);
      change(zip.members[1].entry);
    });
  };
  const std::string good = ChangedZip(nullptr);

  add("right", good, "OK");
  add("no bytes", "", "UNKNOWN_FORMAT");
  add("a signature alone", "PK\3\4", "TRUNCATED");
  add("the last byte missing", good.substr(0, good.size() - 1), "TRUNCATED");
  add("a byte behind the end", good + "x", "TRUNCATED");
  add("bytes before the first member", "#!/bin/sh\n" + good, "UNKNOWN_FORMAT");
  changed("a comment that is an end record", "BAD_HEADER_SYNTAX",
          [&](RawZip& zip) { zip.end.comment = good.substr(good.size() - 22); });
  changed("a comment", "OK", [](RawZip& zip) { zip.end.comment = "made by hand"; });
  changed("records of 64 bits", "OK", [](RawZip& zip) { zip.end.has_zip64 = true; });
  changed("one member less in the end record", "BAD_HEADER_SYNTAX",
          [](RawZip& zip) { --zip.end.members; });
  changed("one member more in the end record", "BAD_HEADER_SYNTAX",
          [](RawZip& zip) { ++zip.end.members; });
  changed("a directory of two million members", "BAD_HEADER_SYNTAX",
          [](RawZip& zip) { zip.end.members = 60'000; });
  changed("a directory one byte early", "OFFSET_HOLE",
          [](RawZip& zip) { --zip.end.directory_offset_bytes; });
  changed("a directory beyond the end", "OFFSET_RANGE",
          [](RawZip& zip) { zip.end.directory_offset_bytes = 0x7FFFFFFF; });
  changed("a directory of 4 GiB", "OFFSET_RANGE",
          [](RawZip& zip) { zip.end.directory_bytes = 0xFFFFFFF0; });
  changed("bytes between directory and end", "OFFSET_HOLE",
          [](RawZip& zip) { zip.before_end = "hidden"; });
  changed("bytes before the directory", "OK", [](RawZip& zip) {
    zip.before_directory = "unused";
    zip.end.directory_offset_bytes += 6;
  });
  changed("a part of several files", "UNSUPPORTED_FEATURE", [](RawZip& zip) { zip.end.disk = 1; });
  changed("a member on another disk", "UNSUPPORTED_FEATURE",
          [](RawZip& zip) { zip.members[1].entry.disk = 1; });
  storage("an encrypted member", "UNSUPPORTED_FEATURE", [](RawFields& f) { f.flags = 1; });
  storage("a method of none", "UNSUPPORTED_FEATURE", [](RawFields& f) { f.method = 99; });
  storage("a stored member longer than its content", "SIZE_MISMATCH",
          [](RawFields& f) { f.size_bytes = 17; });
  storage("a deflated member longer than deflate can make it", "SIZE_MISMATCH", [](RawFields& f) {
    f.method = 8;
    f.size_bytes = 1'000'000;
  });
  changed("another name in the header", "BAD_HEADER_SYNTAX",
          [](RawZip& zip) { zip.members[1].header.name = "f/data/1"; });
  changed("another checksum in the header", "SIZE_MISMATCH",
          [](RawZip& zip) { zip.members[1].header.crc ^= 1; });
  changed("another size in the header", "SIZE_MISMATCH",
          [](RawZip& zip) { zip.members[1].header.size_bytes = 15; });
  changed("another method in the header", "BAD_HEADER_SYNTAX",
          [](RawZip& zip) { zip.members[1].header.method = 8; });
  changed("a member that is no member", "BAD_HEADER_SYNTAX",
          [](RawZip& zip) { ++zip.members[1].entry.offset_bytes; });
  changed("a member beyond the end", "OFFSET_RANGE",
          [](RawZip& zip) { zip.members[1].entry.offset_bytes = 0x7FFFFFFF; });
  storage("a name that leads out", "UNSAFE_PATH", [](RawFields& f) { f.name = "f/../d/0"; });
  storage("a name from the root", "UNSAFE_PATH", [](RawFields& f) { f.name = "/f/data0"; });
  storage("a name with a backslash", "UNSAFE_PATH", [](RawFields& f) { f.name = "f\\data\\0"; });
  storage("a name of NUL", "UNSAFE_PATH",
          [](RawFields& f) { f.name = std::string("f/data/\0", 8); });
  storage("a name that is no UTF-8", "BAD_NAME", [](RawFields& f) { f.name = "f/data/\xFF"; });
  storage("a second top folder", "UNKNOWN_FORMAT", [](RawFields& f) { f.name = "g/data/0"; });
  changed("a checksum of another pickle", "WRONG_CHECKSUM", [](RawZip& zip) {
    zip.members[0].header.crc ^= 1;
    zip.members[0].entry.crc ^= 1;
  });
  changed("no checksum of the pickle", "OK",
          [](RawZip& zip) { zip.members[0].header.crc = zip.members[0].entry.crc = 0; });
  const auto with = [](RawMember member) {
    return ZipBytes({Stored("f/data.pkl", Pickle(PickledDict({{"w", Whole()}}))),
                     Stored("f/data/0", kSixteen), Stored("f/version", "3\n"), std::move(member)});
  };
  add("no name", with(Stored("", "x")), "BAD_NAME");
  add("one name twice", with(Stored("f/data/0", kSixteen)), "DUPLICATE_NAME");
  add("one name twice, in other case", with(Stored("f/DATA/0", kSixteen)), "DUPLICATE_NAME");
  changed("two entries of one member", "BAD_HEADER_SYNTAX", [](RawZip& zip) {
    zip.members[2].entry.offset_bytes = zip.members[1].entry.offset_bytes;
  });
  // A storage whose content is the header and the content of another one.
  const RawMember inner = Stored("f/data/1", kSixteen);
  const std::string header_and_content = ZipBytes({inner}).substr(0, 30 + 8 + 16);
  add("a member within another",
      ZipBytes({Stored("f/data.pkl", Pickle(PickledDict({{"w", Whole()}}))),
                Stored("f/data/0", header_and_content), inner},
               [](RawZip& zip) {
                 zip.members[2].entry.offset_bytes = zip.members[1].entry.offset_bytes + 30 + 8;
               }),
      "OFFSET_OVERLAP");
  add("no pickle", ZipBytes({Stored("f/version", "3\n")}), "UNKNOWN_FORMAT");
  add("no members", ZipBytes({}), "OK");  // an archive of no arrays
  return files;
}

std::vector<HostileFile> HostilePickles() {
  std::vector<HostileFile> files;
  const auto object = [&](std::string what, const std::string& value, std::string verdict) {
    files.push_back({"pickle: " + what, WithObject(value), std::move(verdict), "f.pt"});
  };
  const auto tensor = [&](std::string what, const std::string& value, std::string verdict) {
    object(std::move(what), PickledDict({{"w", value}}), std::move(verdict));
  };
  const auto view = [&](std::string what, int64_t offset, const std::vector<int64_t>& shape,
                        const std::vector<int64_t>& strides, std::string verdict) {
    tensor(std::move(what), PickledTensor("0", 4, offset, shape, strides), std::move(verdict));
  };
  const auto marks = [&](std::string what,
                         const std::vector<std::pair<std::string, std::string>>& members,
                         std::string verdict) {
    files.push_back({"pickle: " + what,
                     TorchZip(Pickle(PickledDict({{"w", Whole()}})), {{"0", kSixteen}}, members),
                     std::move(verdict), "f.pt"});
  };
  const std::string one = PickledSizes({1});

  tensor("right", Whole(), "OK");
  object("a call of os.system", PickledCall("os", "system", {PickledText("id")}), "UNKNOWN_GLOBAL");
  object("a function that is only named", PickledGlobal("builtins", "eval"), "UNKNOWN_GLOBAL");
  object("getattr", PickledCall("builtins", "getattr", {"N", PickledText("x")}), "UNKNOWN_GLOBAL");
  object("a name within a name", PickledGlobal("torch", "_utils._rebuild_tensor_v2"),
         "UNKNOWN_GLOBAL");
  object("a class beside a right tensor",
         PickledDict({{"w", Whole()}, {"x", PickledGlobal("posix", "system")}}), "UNKNOWN_GLOBAL");
  object("INST", "(ios\nsystem\n", "UNSUPPORTED_FEATURE");
  object("OBJ", "(" + PickledGlobal("collections", "OrderedDict") + "o", "UNSUPPORTED_FEATURE");
  object("an extension", "\x82\1", "UNSUPPORTED_FEATURE");
  object("an instruction of none", "\xFF", "BAD_HEADER_SYNTAX");
  object("a value that is not there", "a", "BAD_HEADER_SYNTAX");
  object("a mark that is not there", "t", "BAD_HEADER_SYNTAX");
  object("a memo that is not there", "h\7", "BAD_HEADER_SYNTAX");
  object("nothing", "", "BAD_HEADER_SYNTAX");
  object("a second value behind the end", "N.N", "TRAILING_DATA");
  object("a text beyond the end", "X" + Bytes(1000, 4) + "abc", "TRUNCATED");
  object("a text of 2^60 bytes", "\x8D" + Bytes(uint64_t{1} << 60U, 8), "LIMIT_EXCEEDED");
  object("an integer of 2^31 bytes", "\x8B" + Bytes(0x7FFFFFFF, 4), "LIMIT_EXCEEDED");
  object("tuples within tuples", Whole() + std::string(2'000, '\x85'), "LIMIT_EXCEEDED");
  object("marks within marks", std::string(2'000, '(') + std::string(2'000, 't'), "LIMIT_EXCEEDED");
  object(
      "lists that double forty times",
      "]" + Whole() + "a" +
          [] {
            std::string doubling;
            for (int i = 0; i < 40; ++i) doubling += "q\1h\1\x86";
            return doubling;
          }(),
      "LIMIT_EXCEEDED");
  object("a dict in itself",
         "}q\1(" + PickledText("self") + "h\1" + PickledText("w") + Whole() + "u", "OK");
  object("a list in itself", "]q\1h\1a", "OK");
  object("a key twice", PickledDict({{"w", Whole()}, {"w", "N"}}), "DUPLICATE_NAME");
  object("two ways of one name",
         PickledDict({{"a.b", Whole()}, {"a", PickledDict({{"b", Whole()}})}}), "DUPLICATE_NAME");
  object("a key that is no UTF-8", PickledDict({{"\xFF", Whole()}}), "BAD_NAME");
  object("nothing but a number", "K\1", "OK");
  tensor("no arguments", Rebuilt({}), "BAD_HEADER_SYNTAX");
  tensor("no storage", Rebuilt({"N", "K\1", one, one, "\x89", "N"}), "BAD_HEADER_SYNTAX");
  tensor("a storage that is a number", Rebuilt({"K\1Q", "K\1", one, one, "\x89", "N"}),
         "BAD_HEADER_SYNTAX");
  tensor("an offset that is none", Rebuilt({Floats(), "N", one, one, "\x89", "N"}), "OFFSET_RANGE");
  tensor("sizes that are none", Rebuilt({Floats(), "K\1", "N", one, "\x89", "N"}), "BAD_SHAPE");
  tensor("a parameter of nothing", PickledCall("torch._utils", "_rebuild_parameter", {}),
         "BAD_HEADER_SYNTAX");
  tensor("sparse", PickledCall("torch._utils", "_rebuild_sparse_tensor", {}),
         "UNSUPPORTED_FEATURE");
  tensor("quantised", PickledCall("torch._utils", "_rebuild_qtensor", {}), "UNSUPPORTED_FEATURE");
  tensor("without data", PickledCall("torch._utils", "_rebuild_meta_tensor_no_storage", {}),
         "UNSUPPORTED_FEATURE");
  tensor("before its conjugation",
         Rebuilt({Floats(), "K\1", one, one, "\x89", "N", PickledDict({{"conj", "\x88"}})}),
         "UNSUPPORTED_FEATURE");
  tensor("a storage of quantised elements",
         Rebuilt({PickledStorage("QInt8Storage", "0", 16), "K\1", one, one, "\x89", "N"}),
         "UNSUPPORTED_FEATURE");
  tensor("a storage that is missing", PickledTensor("9", 4, 0, {4}, {1}), "MISSING_PART");
  tensor("a storage of another size", PickledTensor("0", 5, 0, {4}, {1}), "SIZE_MISMATCH");
  tensor("a storage of fewer than no elements", PickledTensor("0", -1, 0, {4}, {1}),
         "BAD_HEADER_SYNTAX");
  tensor("a storage of 2^63 elements", PickledTensor("0", INT64_MAX, 0, {4}, {1}), "OVERFLOW");
  tensor("a key that leads out", PickledTensor("../0", 4, 0, {4}, {1}), "MISSING_PART");
  view("one element beyond", 1, {4}, {1}, "OFFSET_RANGE");
  view("an offset below zero", -1, {1}, {1}, "OFFSET_RANGE");
  view("an offset of 2^63", INT64_MAX, {1}, {1}, "OFFSET_RANGE");
  view("a stride of 2^63", 0, {2}, {INT64_MAX}, "OFFSET_RANGE");
  view("strides whose product overflows", 0, {3, 3}, {INT64_MAX, INT64_MAX}, "OFFSET_RANGE");
  view("a stride below zero", 3, {2}, {-1}, "BAD_SHAPE");
  view("a size below zero", 0, {-1}, {1}, "BAD_SHAPE");
  view("a stride too many", 0, {2}, {1, 1}, "BAD_SHAPE");
  view("2^64 elements", 0, {INT64_MAX, 2}, {0, 0}, "OVERFLOW");
  view("a petabyte of one element", 0, {int64_t{1} << 50U}, {0}, "LIMIT_EXCEEDED");
  view("65 axes", 0, std::vector<int64_t>(65, 1), std::vector<int64_t>(65, 1), "LIMIT_EXCEEDED");
  view("an offset beyond, without elements", 9, {0}, {1}, "OK");
  view("a million of one element", 0, {1'000'000}, {0}, "OK");
  marks("a byte order of none", {{"byteorder", "middle"}}, "BAD_HEADER_SYNTAX");
  marks("no version", {{"version", "absent"}}, "BAD_HEADER_SYNTAX");
  marks("a version in words", {{"version", "three"}}, "BAD_HEADER_SYNTAX");
  marks("a version of the future", {{"version", "11"}}, "UNSUPPORTED_FEATURE");
  marks("constants that are no pickle", {{"constants.pkl", "x"}}, "BAD_HEADER_SYNTAX");
  return files;
}

std::vector<HostileFile> HostileLegacyTorch() {
  std::vector<HostileFile> files;
  const auto add = [&](std::string what, std::string bytes, std::string verdict) {
    files.push_back({"legacy: " + what, std::move(bytes), std::move(verdict), "f.pt"});
  };
  const auto with = [](int64_t elements, const std::string& window,
                       const std::vector<LegacyStorage>& storages) {
    return TorchLegacy(PickledDict({{"w", LegacyTensor(elements, window)}}), storages);
  };
  const auto window = [](int64_t first, int64_t elements) {
    return PickledTuple({PickledText("v"), PickledInt(first), PickledInt(elements)});
  };
  const LegacyStorage right = {"k", 4, kSixteen};
  const std::string good = with(4, "N", {right});

  add("right", good, "OK");
  add("a part of a storage", with(4, window(1, 3), {right}), "OK");
  add("a part that is too long", with(4, window(2, 3), {right}), "OFFSET_RANGE");
  add("a part that begins below zero", with(4, window(-1, 3), {right}), "OFFSET_RANGE");
  add("a part that begins at 2^63", with(4, window(INT64_MAX, 3), {right}), "OFFSET_RANGE");
  add("a byte behind the storages", good + "x", "TRAILING_DATA");
  add("half a storage", good.substr(0, good.size() - 8), "TRUNCATED");
  add("no storages", good.substr(0, good.size() - 24), "TRUNCATED");
  add("a storage that is missing", with(4, "N", {}), "MISSING_PART");
  add("another number of elements", with(4, "N", {{"k", 3, "0123456789ab"}}), "SIZE_MISMATCH");
  add("2^64 elements", with(4, "N", {{"k", UINT64_MAX, kSixteen}}), "SIZE_MISMATCH");
  add("one storage twice", with(4, "N", {right, right}), "DUPLICATE_NAME");
  std::string version = good;
  version.replace(version.find("M\xE9\3"), 3, "M\xEA\3");
  add("another version", version, "UNSUPPORTED_FEATURE");
  add("a magic number alone", good.substr(0, 15), "TRUNCATED");
  return files;
}

}  // namespace weft::test
