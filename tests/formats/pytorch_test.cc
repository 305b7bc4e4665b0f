// What PyTorch files hold, and every rule that they can break.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/pytorch/reader.h"
#include "formats/raw_pickle.h"
#include "io/error_of.h"

namespace weft {
namespace {

using pytorch::Contents;
using pytorch::ReadOptions;
using test::Bytes;
using test::Pickle;
using test::PickledCall;
using test::PickledDict;
using test::PickledGlobal;
using test::PickledInt;
using test::PickledList;
using test::PickledSizes;
using test::PickledStorage;
using test::PickledTensor;
using test::PickledText;
using test::PickledTuple;
using test::TorchLegacy;
using test::TorchZip;

constexpr const char* kSixteen = "0123456789abcdef";

absl::StatusOr<Contents> Read(const std::string& bytes, const ReadOptions& options = {}) {
  return pytorch::Read(TextReader(bytes, "f.pt"), options);
}

Contents Right(const std::string& bytes, const ReadOptions& options = {}) {
  absl::StatusOr<Contents> contents = Read(bytes, options);
  INFO(contents.status().message());
  REQUIRE(contents.ok());
  return *std::move(contents);
}

// A zip with one storage of 16 bytes, "0".
std::string Zip(const std::string& object,
                const std::vector<std::pair<std::string, std::string>>& marks = {}) {
  return TorchZip(Pickle(object), {{"0", kSixteen}}, marks);
}

std::vector<std::string> NamesOf(const Contents& contents) {
  std::vector<std::string> names;
  for (const pytorch::Tensor& tensor : contents.tensors) names.push_back(tensor.name);
  return names;
}

std::string ValueOf(const Contents& contents, std::string_view name) {
  for (const pytorch::Value& value : contents.values) {
    if (value.name == name) return value.text;
  }
  return "(absent)";
}

std::string Whole() { return PickledTensor("0", 4, 0, {2, 2}, {2, 1}); }

// A call of _rebuild_tensor_v2 with other arguments.
std::string Rebuilt(const std::vector<std::string>& arguments) {
  return PickledCall("torch._utils", "_rebuild_tensor_v2", arguments);
}

std::string Floats() { return PickledStorage("FloatStorage", "0", 4); }

TEST_CASE("pytorch: a tensor is a view of a storage", "[formats]") {
  const std::string bytes = Zip(PickledDict({{"w", PickledTensor("0", 4, 1, {3}, {1})}}));
  const Contents contents = Right(bytes);
  CHECK(contents.container == pytorch::Container::kZip);
  CHECK_FALSE(contents.is_big_endian);
  REQUIRE(contents.tensors.size() == 1);
  const pytorch::Tensor& tensor = contents.tensors[0];
  CHECK(tensor.name == "w");
  CHECK(tensor.type->dtype == DType::kF32);
  CHECK(tensor.shape == Shape{3});
  CHECK(tensor.strides == Shape{1});
  CHECK(tensor.offset_elements == 1);
  CHECK_FALSE(tensor.is_parameter);
  const pytorch::Storage& storage = contents.storages.at(tensor.storage);
  CHECK(storage.key == "data/0");
  CHECK(storage.location == "cpu");
  CHECK(bytes.substr(storage.offset_bytes, storage.size_bytes) == kSixteen);
}

TEST_CASE("pytorch: names are the way from the root", "[formats]") {
  const std::string ordered =
      PickledCall("collections", "OrderedDict", {}) + "(" + PickledText("x.y") + Whole() + "u";
  const Contents contents = Right(Zip(
      PickledDict({{"model", ordered},
                   {"state", "}(K\7" + PickledList({Whole(), PickledTuple({Whole(), "N"})}) + "u"},
                   {"flags", "}(\x88" + Whole() + "N" + Whole() + "u"}})));
  CHECK(NamesOf(contents) == std::vector<std::string>{"model.x.y", "state.7.0", "state.7.1.0",
                                                      "flags.True", "flags.None"});
  CHECK(contents.storages.size() == 1);
  CHECK(NamesOf(Right(Zip(Whole()))) == std::vector<std::string>{""});
  // As Python 2 writes an OrderedDict.
  const std::string pairs = PickledCall("collections", "OrderedDict",
                                        {PickledList({PickledList({PickledText("a"), Whole()}),
                                                      PickledList({PickledText("b"), Whole()})})});
  CHECK(NamesOf(Right(Zip(pairs))) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("pytorch: values beside the tensors are kept as text", "[formats]") {
  const Contents contents = Right(Zip(PickledDict(
      {{"epoch", "K\3"},
       {"large", "\x8A\11" + Bytes(0, 8) + "\1"},
       {"lr", "G\x3F\x1A\x36\xE2\xEB\x1C\x43\x2D"},
       {"none", "N"},
       {"flag", "\x89"},
       {"name", PickledText("weft")},
       {"blob", "\x43\3abc"},
       {"old_blob",
        PickledCall("_codecs", "encode", {PickledText("a\xC3\xBF"), PickledText("latin1")})},
       {"betas", PickledTuple({"K\1", "G\x3F\xE0" + std::string(6, '\0'), PickledText("x")})},
       {"one", PickledTuple({"K\1"})},
       {"shape", PickledCall("torch", "Size", {PickledSizes({2, 3})})},
       {"dtype", PickledGlobal("torch", "bfloat16")},
       {"device", PickledCall("torch", "device", {PickledText("cuda"), "K\1"})},
       {"path", PickledCall("pathlib", "PosixPath", {PickledText("/"), PickledText("a")})},
       {"set", PickledCall("__builtin__", "set", {PickledList({"K\1", "K\2"})})}})));
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"epoch", "3"},
      {"large", "18446744073709551616"},
      {"lr", "0.0001"},
      {"none", "None"},
      {"flag", "False"},
      {"name", "weft"},
      {"blob", "<3 bytes>"},
      {"old_blob", "<2 bytes>"},
      {"betas", "(1, 0.5, 'x')"},
      {"one", "(1,)"},
      {"shape", "(2, 3)"},
      {"dtype", "torch.bfloat16"},
      {"path", "<pathlib.PosixPath>"},
      {"device", "cuda:1"},
      {"set", "[1, 2]"}};
  for (const auto& [name, text] : expected) CHECK(ValueOf(contents, name) == text);
  CHECK(contents.values.size() == expected.size());
}

TEST_CASE("pytorch: objects of known classes are opaque, and what they hold is found",
          "[formats]") {
  const std::string space = PickledGlobal("argparse", "Namespace") + ")\x81" +
                            PickledDict({{"lr", "K\1"}, {"ema", Whole()}}) + "b";
  const Contents contents = Right(Zip(PickledDict({{"args", space}})));
  CHECK(NamesOf(contents) == std::vector<std::string>{"args.ema"});
  CHECK(ValueOf(contents, "args") == "<argparse.Namespace>");
  CHECK(ValueOf(contents, "args.lr") == "1");
}

TEST_CASE("pytorch: an unknown name refuses the file, unless it is allowed", "[formats]") {
  const std::string bytes = Zip(
      PickledDict({{"w", Whole()}, {"hook", PickledCall("os", "system", {PickledText("id")})}}));
  const auto refused = Read(bytes);
  CHECK(ErrorNameOf(refused) == "UNKNOWN_GLOBAL");
  CHECK(DiagnosticsOf(refused.status())[0].hint.find("--allow-global os.system") !=
        std::string::npos);
  ReadOptions options;
  options.allowed_globals = {"os.system"};
  const Contents contents = Right(bytes, options);
  CHECK(NamesOf(contents) == std::vector<std::string>{"w"});
  CHECK(ValueOf(contents, "hook") == "<os.system>");
  // The whole name counts, and only together.
  CHECK(ErrorNameOf(Read(Zip(PickledGlobal("torch", "_utils._rebuild_tensor_v2")))) ==
        "UNKNOWN_GLOBAL");
  CHECK(ErrorNameOf(Read(Zip(PickledGlobal("builtins", "eval")))) == "UNKNOWN_GLOBAL");
  CHECK(ErrorNameOf(Read(Zip(PickledGlobal("builtins", "getattr")))) == "UNKNOWN_GLOBAL");
  CHECK(ErrorNameOf(Read(Zip(PickledGlobal("__torch__", "Module")))) == "UNKNOWN_GLOBAL");
}

TEST_CASE("pytorch: Parameters and subclasses are their tensors", "[formats]") {
  const std::string parameter =
      PickledCall("torch._utils", "_rebuild_parameter", {Whole(), "\x88", "N"});
  const std::string with_state =
      PickledCall("torch._utils", "_rebuild_parameter_with_state", {Whole(), "\x89", "N", "}"});
  const std::string subclass = PickledCall(
      "torch._tensor", "_rebuild_from_type_v2",
      {PickledGlobal("torch._utils", "_rebuild_tensor_v2"), PickledGlobal("torch", "Tensor"),
       PickledTuple({Floats(), "K\1", PickledSizes({2}), PickledSizes({1}), "\x88", "N"}), "}"});
  const std::string old_parameter = PickledGlobal("torch.nn.parameter", "Parameter") + ")\x81" +
                                    PickledTuple({Whole(), "\x88", "N"}) + "b";
  const std::string old_tensor =
      PickledGlobal("torch", "FloatTensor") + ")\x81" +
      PickledTuple({Floats(), "K\2", PickledSizes({2}), PickledSizes({1})}) + "b";
  const Contents contents = Right(Zip(PickledDict({{"p", parameter},
                                                   {"q", with_state},
                                                   {"s", subclass},
                                                   {"o", old_parameter},
                                                   {"t", old_tensor}})));
  REQUIRE(NamesOf(contents) == std::vector<std::string>{"p", "q", "s", "o", "t"});
  CHECK((contents.tensors[0].is_parameter && contents.tensors[0].requires_grad));
  CHECK((contents.tensors[1].is_parameter && !contents.tensors[1].requires_grad));
  CHECK((!contents.tensors[2].is_parameter && contents.tensors[2].requires_grad));
  CHECK(contents.tensors[2].offset_elements == 1);
  CHECK((contents.tensors[3].is_parameter && contents.tensors[3].requires_grad));
  CHECK(contents.tensors[4].offset_elements == 2);
}

TEST_CASE("pytorch: what holds numbers and is no tensor is left out with a warning", "[formats]") {
  const auto warnings_of = [](const std::string& value) {
    return Right(Zip(PickledDict({{"x", value}}))).warnings;
  };
  using Warnings = std::vector<std::string>;
  const std::string array =
      PickledCall("numpy._core.multiarray", "_reconstruct",
                  {PickledGlobal("numpy", "ndarray"), PickledTuple({"K\1"}), "C\1b"});
  CHECK(warnings_of(array) == Warnings{"f.pt: 'x': an array of NumPy is left out; weft reads those "
                                       "that were saved as tensors"});
  CHECK(warnings_of(Floats()) == Warnings{"f.pt: 'x': a storage without a tensor is left out"});
  const auto with_state = [](const std::string& state) {
    return PickledCall("torch._utils", "_rebuild_parameter_with_state",
                       {Whole(), "\x89", "N", state});
  };
  const Warnings attributes = {"f.pt: tensor 'x': its attributes in Python are left out"};
  const std::string filled = PickledDict({{"foo", "K\1"}});
  CHECK(warnings_of(with_state(filled)) == attributes);
  CHECK(warnings_of(with_state(PickledTuple({"N", filled}))) == attributes);
  CHECK(warnings_of(with_state(PickledTuple({"N", "}"}))).empty());
  CHECK(warnings_of(with_state("N")).empty());
}

TEST_CASE("pytorch: types without a storage class stand beside an untyped storage", "[formats]") {
  const auto typed = [](std::string_view type, int64_t elements) {
    return PickledCall(
        "torch._utils", "_rebuild_tensor_v3",
        {PickledTuple({PickledText("storage"), PickledGlobal("torch.storage", "UntypedStorage"),
                       PickledText("0"), PickledText("cpu"), "K\20"}) +
             "Q",
         "K\1", PickledSizes({elements}), "K\1\x85", "\x89", "N", PickledGlobal("torch", type)});
  };
  const std::vector<std::pair<std::string, DType>> types = {
      {"uint16", DType::kU16},
      {"uint32", DType::kU32},
      {"uint64", DType::kU64},
      {"float8_e4m3fn", DType::kF8E4M3},
      {"float8_e5m2", DType::kF8E5M2},
      {"float8_e4m3fnuz", DType::kF8E4M3Fnuz},
      {"float8_e8m0fnu", DType::kF8E8M0},
      {"float8_e5m2fnuz", DType::kF8E5M2Fnuz}};
  for (const auto& [type, dtype] : types) {
    CAPTURE(type);
    const Contents contents = Right(Zip(PickledDict({{"w", typed(type, 1)}})));
    CHECK(contents.tensors.at(0).type->dtype == dtype);
    CHECK(contents.tensors[0].type->parts == 1);
  }
  const Contents complex = Right(Zip(PickledDict({{"w", typed("complex32", 3)}})));
  CHECK(complex.tensors.at(0).type->dtype == DType::kF16);
  CHECK(complex.tensors[0].type->parts == 2);
  CHECK(ErrorNameOf(Read(Zip(PickledDict({{"w", typed("uint64", 2)}})))) == "OFFSET_RANGE");
  CHECK(ErrorNameOf(Read(Zip(PickledDict({{"w", typed("Size", 1)}})))) == "BAD_DTYPE");
}

TEST_CASE("pytorch: every storage class has its type", "[formats]") {
  const std::vector<std::pair<std::string, std::string>> types = {
      {"DoubleStorage", "float64"},
      {"HalfStorage", "float16"},
      {"BFloat16Storage", "bfloat16"},
      {"ByteStorage", "uint8"},
      {"CharStorage", "int8"},
      {"ShortStorage", "int16"},
      {"IntStorage", "int32"},
      {"LongStorage", "int64"},
      {"BoolStorage", "bool"},
      {"ComplexFloatStorage", "complex64"},
      {"ComplexDoubleStorage", "complex128"}};
  for (const auto& [storage, type] : types) {
    CAPTURE(storage);
    const pytorch::ElementType* expected = pytorch::ElementTypeOf(type);
    REQUIRE(expected != nullptr);
    const auto elements = static_cast<int64_t>(16 / expected->size_bytes);
    const Contents contents = Right(Zip(
        PickledDict({{"w", Rebuilt({PickledStorage(storage, "0", elements), PickledInt(0),
                                    PickledSizes({elements}), PickledSizes({1}), "\x89", "N"})}})));
    CHECK(contents.tensors.at(0).type == expected);
  }
}

TEST_CASE("pytorch: tensors that are no plain numbers are named with the reason", "[formats]") {
  const auto reason_of = [](const std::string& tensor) {
    const Contents contents = Right(Zip(PickledDict({{"w", Whole()}, {"x", tensor}})));
    CHECK(NamesOf(contents) == std::vector<std::string>{"w"});
    REQUIRE(contents.refused.size() == 1);
    CHECK(contents.refused[0].where == "f.pt: tensor 'x'");
    return contents.refused[0].what;
  };
  CHECK(reason_of(PickledCall("torch._utils", "_rebuild_sparse_tensor", {})) == "is sparse");
  CHECK(reason_of(PickledCall("torch._utils", "_rebuild_qtensor", {})) == "is quantised");
  CHECK(reason_of(PickledCall("torch._utils", "_rebuild_meta_tensor_no_storage", {})) ==
        "has no data (it is on the device 'meta')");
  const auto with_metadata = [](const char* key) {
    return Rebuilt({Floats(), "K\1", PickledSizes({1}), PickledSizes({1}), "\x89", "N",
                    PickledDict({{key, "\x88"}})});
  };
  CHECK(reason_of(with_metadata("conj")) == "is stored before its conjugation");
  CHECK(reason_of(with_metadata("neg")) == "is stored before its negation");
  CHECK(reason_of(Rebuilt({PickledStorage("QInt8Storage", "0", 16), "K\1", PickledSizes({1}),
                           PickledSizes({1}), "\x89", "N"})) ==
        "has elements of torch.qint8, which weft does not know");
}

TEST_CASE("pytorch: a tensor lies within its storage", "[formats]") {
  const auto view = [](int64_t offset, const std::vector<int64_t>& shape,
                       const std::vector<int64_t>& strides) {
    return ErrorNameOf(
        Read(Zip(PickledDict({{"w", PickledTensor("0", 4, offset, shape, strides)}}))));
  };
  CHECK(view(0, {4}, {1}) == "OK");
  CHECK(view(3, {}, {}) == "OK");
  CHECK(view(0, {1000}, {0}) == "OK");
  CHECK(view(0, {2, 2}, {1, 2}) == "OK");
  CHECK(view(9, {0, 3}, {3, 1}) == "OK");
  CHECK(view(4, {}, {}) == "OFFSET_RANGE");
  CHECK(view(1, {4}, {1}) == "OFFSET_RANGE");
  CHECK(view(0, {2}, {4}) == "OFFSET_RANGE");
  CHECK(view(-1, {1}, {1}) == "OFFSET_RANGE");
  CHECK(view(INT64_MAX, {1}, {1}) == "OFFSET_RANGE");
  CHECK(view(0, {INT64_MAX, 2}, {0, 0}) == "OVERFLOW");
  CHECK(view(0, {2}, {INT64_MAX}) == "OFFSET_RANGE");
  CHECK(view(0, {3, 3}, {INT64_MAX, INT64_MAX}) == "OFFSET_RANGE");
  CHECK(view(0, {int64_t{1} << 50U}, {0}) == "LIMIT_EXCEEDED");
  CHECK(view(0, {2}, {1, 1}) == "BAD_SHAPE");
  CHECK(view(0, {-1}, {1}) == "BAD_SHAPE");
  CHECK(view(0, {2}, {-1}) == "BAD_SHAPE");
  CHECK(view(0, std::vector<int64_t>(65, 1), std::vector<int64_t>(65, 1)) == "LIMIT_EXCEEDED");
}

TEST_CASE("pytorch: a storage is a member of just its size", "[formats]") {
  const std::string object = PickledDict({{"w", Whole()}});
  CHECK(ErrorNameOf(Read(TorchZip(Pickle(object), {}))) == "MISSING_PART");
  CHECK(ErrorTextOf(Read(TorchZip(Pickle(object), {{"0", "15 bytes only.."}}))) ==
        "f.pt: storage 'data/0': its member has 15 bytes; its tensors expect 16");
  CHECK(ErrorNameOf(Read(TorchZip(Pickle(object), {{"0", "17 bytes, one too"}}))) ==
        "SIZE_MISMATCH");
  const auto second = [&](const std::string& storage) {
    return Read(Zip(PickledDict(
        {{"w", Whole()},
         {"x", Rebuilt({storage, "K\1", PickledSizes({1}), PickledSizes({1}), "\x89", "N"})}})));
  };
  CHECK(ErrorNameOf(second(PickledStorage("FloatStorage", "0", 3))) == "SIZE_MISMATCH");
  const auto two_types = second(PickledStorage("IntStorage", "0", 4));
  REQUIRE(two_types.ok());
  CHECK(two_types->tensors.at(1).type->dtype == DType::kI32);
  CHECK(two_types->warnings.size() == 1);
  CHECK(ErrorNameOf(second(PickledStorage("FloatStorage", "0", INT64_MAX))) == "OVERFLOW");
  CHECK(ErrorNameOf(second(PickledStorage("FloatStorage", "0", -1))) == "BAD_HEADER_SYNTAX");
}

TEST_CASE("pytorch: what rebuilds no tensor is refused", "[formats]") {
  const auto refuse = [](const std::string& tensor) {
    return ErrorNameOf(Read(Zip(PickledDict({{"w", tensor}}))));
  };
  const std::string one = PickledSizes({1});
  CHECK(refuse(Rebuilt({})) == "BAD_HEADER_SYNTAX");
  CHECK(refuse(Rebuilt({"N", "K\1", one, one, "\x89", "N"})) == "BAD_HEADER_SYNTAX");
  CHECK(refuse(Rebuilt({"K\1Q", "K\1", one, one, "\x89", "N"})) == "BAD_HEADER_SYNTAX");
  CHECK(refuse(Rebuilt({PickledTuple({PickledText("module"), "N", "N", "N"}) + "Q", "K\1", one,
                        one})) == "OK");  // a refused tensor, not a refused file
  CHECK(refuse(Rebuilt({Floats(), "N", one, one, "\x89", "N"})) == "OFFSET_RANGE");
  CHECK(refuse(Rebuilt({Floats(), "K\1", "N", one, "\x89", "N"})) == "BAD_SHAPE");
  CHECK(refuse(Rebuilt({Floats(), "K\1", PickledTuple({"N"}), one, "\x89", "N"})) == "BAD_SHAPE");
  CHECK(refuse(PickledCall("torch._utils", "_rebuild_parameter", {})) == "BAD_HEADER_SYNTAX");
  CHECK(refuse(PickledCall("torch._utils", "_rebuild_parameter", {"N"})) == "BAD_HEADER_SYNTAX");
  // A Parameter of itself.
  CHECK(refuse(PickledGlobal("torch.nn.parameter", "Parameter") + ")\x81q\1h\1\x85"
                                                                  "b") == "BAD_HEADER_SYNTAX");
}

TEST_CASE("pytorch: two tensors of one name are refused", "[formats]") {
  CHECK(ErrorTextOf(
            Read(Zip(PickledDict({{"a.b", Whole()}, {"a", PickledDict({{"b", Whole()}})}})))) ==
        "f.pt: tensor 'a.b': two ways lead to a tensor of this name");
  CHECK(ErrorNameOf(Read(Zip(PickledDict({{"a", Whole()}, {"a", "N"}})))) == "DUPLICATE_NAME");
  CHECK(ErrorNameOf(Read(Zip("}(K\1" + Whole() + "K\1" + Whole() + "u"))) == "DUPLICATE_NAME");
  CHECK(ErrorNameOf(Read(Zip(PickledDict({{"\xFF", Whole()}})))) == "BAD_NAME");
}

TEST_CASE("pytorch: graphs of objects end", "[formats]") {
  // A dict in itself: what is left is found.
  const Contents circle =
      Right(Zip("}q\1(" + PickledText("self") + "h\1" + PickledText("w") + Whole() + "u"));
  CHECK(NamesOf(circle) == std::vector<std::string>{"w"});
  CHECK(circle.warnings.size() == 1);
  // Forty lists of two, each twice in the next one.
  std::string doubling = "]" + Whole() + "a";
  for (int i = 0; i < 40; ++i) doubling += "q\1h\1\x86";
  CHECK(ErrorNameOf(Read(Zip(doubling))) == "LIMIT_EXCEEDED");
  CHECK(ErrorNameOf(Read(Zip(Whole() + std::string(999, '\x85')))) == "OK");
  CHECK(ErrorNameOf(Read(Zip(Whole() + std::string(1001, '\x85')))) == "LIMIT_EXCEEDED");
  // A key of a megabyte, with which many names begin.
  std::vector<std::string> many(1000, "](]e");
  CHECK(ErrorNameOf(Read(Zip(PickledDict(
            {{std::string(1U << 20U, 'k'), PickledList({PickledList(many), Whole()})}})))) ==
        "LIMIT_EXCEEDED");
  ReadOptions options;
  options.objects.tensors = 1;
  CHECK(ErrorNameOf(Read(Zip(PickledList({Whole(), Whole()})), options)) == "LIMIT_EXCEEDED");
}

TEST_CASE("pytorch: the short members say what they should", "[formats]") {
  const std::string object = PickledDict({{"w", Whole()}});
  CHECK(Right(Zip(object, {{"byteorder", "big"}})).is_big_endian);
  CHECK_FALSE(Right(Zip(object, {{"byteorder", "absent"}})).is_big_endian);
  CHECK(ErrorNameOf(Read(Zip(object, {{"byteorder", "middle"}}))) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(Read(Zip(object, {{"version", "absent"}}))) == "BAD_HEADER_SYNTAX");
  CHECK(Read(Zip(object, {{"version", "absent"}, {".data/version", "2"}})).ok());
  CHECK(ErrorNameOf(Read(Zip(object, {{"version", "three"}}))) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(Read(Zip(object, {{"version", "11"}}))) == "UNSUPPORTED_FEATURE");
  CHECK(Read(Zip(object, {{".format_version", "1"}, {".storage_alignment", "64"}})).ok());
  CHECK(ErrorNameOf(Read(Zip(object + "."))) == "TRAILING_DATA");
}

TEST_CASE("pytorch: a TorchScript archive has attributes and constants", "[formats]") {
  const std::string module =
      PickledGlobal("__torch__.net", "Net") + ")\x81" +
      PickledDict({{"training", "\x89"},
                   {"fc", PickledGlobal("__torch__.torch.nn", "Linear") + ")\x81" +
                              PickledDict({{"weight", Whole()}}) + "b"}}) +
      "b";
  std::string bytes = TorchZip(
      Pickle(module), {{"0", kSixteen}},
      {{"constants.pkl", Pickle(PickledTuple({"K\1", Whole()}))}, {"constants/0", kSixteen}});
  const Contents contents = Right(bytes);
  CHECK(contents.container == pytorch::Container::kScript);
  CHECK(NamesOf(contents) == std::vector<std::string>{"fc.weight", "CONSTANTS.c1"});
  CHECK(contents.storages.at(0).key == "data/0");
  CHECK(contents.storages.at(1).key == "constants/0");
  CHECK(contents.storages[0].offset_bytes != contents.storages[1].offset_bytes);
  CHECK(ValueOf(contents, "training") == "False");
  CHECK(ValueOf(contents, "CONSTANTS.c0") == "1");
}

TEST_CASE("pytorch: TorchScript names a storage class for every type", "[formats]") {
  const std::vector<std::pair<std::string, std::string>> types = {
      {"ComplexHalfStorage", "complex32"},
      {"UInt16Storage", "uint16"},
      {"UInt32Storage", "uint32"},
      {"UInt64Storage", "uint64"},
      {"Float8_e4m3fnStorage", "float8_e4m3fn"},
      {"Float8_e5m2Storage", "float8_e5m2"},
      {"Float8_e4m3fnuzStorage", "float8_e4m3fnuz"},
      {"Float8_e5m2fnuzStorage", "float8_e5m2fnuz"},
      {"Float8_e8m0fnuStorage", "float8_e8m0fnu"},
      {"Float4_e2m1fn_x2Storage", "float4_e2m1fn_x2"},
      {"HalfStorage", "float16"}};
  for (const auto& [storage, type] : types) {
    CAPTURE(storage);
    const pytorch::ElementType* expected = pytorch::ElementTypeOf(type);
    REQUIRE(expected != nullptr);
    CHECK(pytorch::ScriptStorageOf(*expected) == storage);
    const auto elements = static_cast<int64_t>(16 / expected->size_bytes);
    const std::string tensor =
        PickledDict({{"w", Rebuilt({PickledStorage(storage, "0", elements), PickledInt(0),
                                    PickledSizes({elements}), PickledSizes({1}), "\x89", "N"})}});
    const Contents contents = Right(Zip(tensor, {{"constants.pkl", Pickle(")")}}));
    CHECK(contents.tensors.at(0).type == expected);
    // torch.load would look for the class in Python.
    CHECK(ErrorNameOf(Read(Zip(tensor))) == (storage == "HalfStorage" ? "OK" : "UNKNOWN_GLOBAL"));
  }
  for (const std::string type : {"bits1x8", "uint4", "int4"}) {
    const std::string storage = pytorch::ScriptStorageOf(*pytorch::ElementTypeOf(type));
    CHECK(pytorch::ElementTypeOfScriptStorage(storage) == pytorch::ElementTypeOf(type));
  }
}

// As PickledTensor, with the sixth field that only legacy files have.
std::string LegacyTensor(const std::string& key, int64_t elements, const std::string& window,
                         int64_t offset, int64_t size) {
  return Rebuilt(
      {PickledTuple({PickledText("storage"), PickledGlobal("torch", "FloatStorage"),
                     PickledText(key), PickledText("cpu"), PickledInt(elements), window}) +
           "Q",
       PickledInt(offset), PickledSizes({size}), PickledSizes({1}), "\x89", "N"});
}

TEST_CASE("pytorch: legacy files hold storages one behind the other", "[formats]") {
  const std::string object = PickledDict(
      {{"a", LegacyTensor("17", 4, "N", 0, 4)}, {"b", LegacyTensor("18", 2, "N", 1, 1)}});
  const std::string bytes = TorchLegacy(object, {{"18", 2, "8 bytes."}, {"17", 4, kSixteen}});
  const Contents contents = Right(bytes);
  CHECK(contents.container == pytorch::Container::kLegacy);
  CHECK(NamesOf(contents) == std::vector<std::string>{"a", "b"});
  const pytorch::Storage& a = contents.storages.at(contents.tensors[0].storage);
  const pytorch::Storage& b = contents.storages.at(contents.tensors[1].storage);
  CHECK(bytes.substr(a.offset_bytes, a.size_bytes) == kSixteen);
  CHECK(bytes.substr(b.offset_bytes, b.size_bytes) == "8 bytes.");
}

TEST_CASE("pytorch: legacy storages of what is no plain tensor are known all the same",
          "[formats]") {
  const auto read = [](const std::string& object) {
    return Right(TorchLegacy(PickledDict({{"a", LegacyTensor("17", 4, "N", 0, 4)}, {"x", object}}),
                             {{"17", 4, kSixteen}, {"18", 2, "8 bytes."}}));
  };
  const std::string inner = LegacyTensor("18", 2, "N", 0, 2);
  const Contents sparse = read(PickledCall("torch._utils", "_rebuild_sparse_tensor", {inner}));
  REQUIRE(sparse.refused.size() == 1);
  CHECK(sparse.refused[0].what == "is sparse");
  const Contents bytes_key = read("}" + std::string("C\1k") + inner + "s");
  CHECK(NamesOf(bytes_key) == std::vector<std::string>{"a"});
  CHECK(bytes_key.warnings.size() == 1);
  const std::string module = PickledTuple({PickledText("module"), PickledGlobal("torch", "Tensor"),
                                           PickledText("m.py"), PickledText("source")}) +
                             "Q";
  for (const std::string& object : {PickledDict({{"m", module}}), module + ")\x81"}) {
    CHECK(ErrorNameOf(Read(TorchLegacy(object, {}))) == "UNSUPPORTED_FEATURE");
  }
}

TEST_CASE("pytorch: a legacy storage may be a part of another one", "[formats]") {
  const auto part = [](int64_t first, int64_t size, int64_t offset) {
    const std::string window =
        PickledTuple({PickledText("v"), PickledInt(first), PickledInt(size)});
    return Read(TorchLegacy(PickledDict({{"a", LegacyTensor("17", 4, window, offset, 1)}}),
                            {{"17", 4, kSixteen}}));
  };
  const auto contents = part(1, 2, 1);
  REQUIRE(contents.ok());
  CHECK(contents->tensors.at(0).offset_elements == 2);
  CHECK(ErrorNameOf(part(1, 2, 2)) == "OFFSET_RANGE");
  CHECK(ErrorNameOf(part(3, 2, 0)) == "OFFSET_RANGE");
  CHECK(ErrorNameOf(part(-1, 2, 0)) == "OFFSET_RANGE");
}

TEST_CASE("pytorch: a legacy file that says two things is refused", "[formats]") {
  const std::string object = PickledDict({{"a", LegacyTensor("17", 4, "N", 0, 4)}});
  const auto read = [&](const std::vector<test::LegacyStorage>& storages) {
    return ErrorNameOf(Read(TorchLegacy(object, storages)));
  };
  CHECK(read({{"17", 4, kSixteen}}) == "OK");
  CHECK(read({}) == "MISSING_PART");
  CHECK(read({{"99", 4, kSixteen}}) == "BAD_HEADER_SYNTAX");
  CHECK(read({{"17", 4, kSixteen}, {"17", 4, kSixteen}}) == "DUPLICATE_NAME");
  CHECK(read({{"17", 3, kSixteen}}) == "SIZE_MISMATCH");
  CHECK(read({{"17", 4, "short"}}) == "TRUNCATED");
  CHECK(read({{"17", 4, std::string(kSixteen) + "more"}}) == "TRAILING_DATA");
  CHECK(ErrorNameOf(Read(Pickle("K\1"))) == "UNKNOWN_FORMAT");
  CHECK(ErrorNameOf(Read(Pickle(PickledCall("os", "system", {})))) == "UNKNOWN_GLOBAL");
}

TEST_CASE("pytorch: what is no PyTorch file says so", "[formats]") {
  const std::string tar = std::string("storages") + std::string(600, '\0');
  CHECK(pytorch::Recognises(tar.substr(0, 64)));
  CHECK(ErrorTextOf(Read(tar)) == "f.pt: is a tar, as torch wrote before 0.1.10");
  CHECK(pytorch::Recognises(Zip(Whole()).substr(0, 64)));
  CHECK(pytorch::Recognises(TorchLegacy("N", {}).substr(0, 64)));
  CHECK_FALSE(pytorch::Recognises("{\"a\": 1}"));
  CHECK_FALSE(pytorch::Recognises(""));
  CHECK_FALSE(pytorch::Recognises("PK\3\4" + std::string(22, '\0') + Bytes(5, 2) + Bytes(0, 2) +
                                  "a.npy" + std::string(40, 'x')));
  CHECK(ErrorNameOf(Read("")) == "UNKNOWN_FORMAT");
  CHECK(ErrorNameOf(Read("GGUF")) == "UNKNOWN_FORMAT");
}

}  // namespace
}  // namespace weft
