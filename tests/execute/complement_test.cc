// A conversion with its complement, and back: files to files.
#include "weft/complement.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "diagnostic/status.h"
#include "execute/reference.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "weft/checkpoint.h"
#include "weft/convert.h"
#include "weft/load.h"
#include "weft/verify.h"

namespace weft {
namespace {

namespace fs = std::filesystem;
using execute::kCastable;
using test::Counting;
using test::FileTensor;
using test::FileTensors;
using test::ReadFile;
using test::ReadSafetensors;
using Texts = std::map<std::string, std::string>;

template <typename T>
FileTensor TensorOf(const std::string& dtype, const std::vector<T>& bits) {
  FileTensor tensor;
  tensor.dtype = dtype;
  tensor.shape = {static_cast<int64_t>(bits.size())};
  tensor.data.assign(reinterpret_cast<const char*>(bits.data()), bits.size() * sizeof(T));
  return tensor;
}

std::string ErrorOf(const absl::Status& status) {
  if (status.ok()) return "";
  const Diagnostic first = DiagnosticsOf(status).front();
  return std::string(NameOf(first.code)) + ": " + first.what;
}

// One conversion there and back, in a directory of its own.
class Trip {
 public:
  explicit Trip(const std::string& json) {
    absl::StatusOr<Mapping> mapping = Mapping::FromJson(json, "m.json");
    INFO(mapping.status());
    REQUIRE(mapping.ok());
    mapping_ = std::make_unique<Mapping>(*std::move(mapping));
  }

  std::string operator/(const std::string& name) const { return directory_ / name; }
  CompileOptions& options() { return options_; }
  ConvertOptions& run() { return run_; }

  // Writes the source, and converts it to "out.safetensors" and "lost.safetensors".
  absl::StatusOr<ConvertReport> There(const FileTensors& tensors, const Texts& metadata = {}) {
    test::WriteSafetensors(*this / "in.safetensors", tensors, metadata);
    return Again("in.safetensors", "out.safetensors", "lost.safetensors");
  }

  absl::StatusOr<ConvertReport> Again(const std::string& source, const std::string& destination,
                                      const std::string& complement) {
    const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(*this / source);
    REQUIRE(checkpoint.ok());
    WEFT_ASSIGN_OR_RETURN(const Plan plan, Compile({*mapping_}, checkpoint->catalog(), options_));
    WEFT_ASSIGN_OR_RETURN(const Complement lost, ComplementOf(plan, options_));
    ConvertOptions options = run_;
    options.sync = false;
    options.complement = &lost;
    options.complement_path = *this / complement;
    return Convert(plan, *checkpoint, *this / destination, options);
  }

  // Converts back to "back.safetensors".
  absl::Status Back(const std::string& output = "out.safetensors",
                    const std::string& complement = "lost.safetensors") {
    WEFT_ASSIGN_OR_RETURN(const Checkpoint made, Checkpoint::Open(*this / output));
    WEFT_ASSIGN_OR_RETURN(const Checkpoint lost, Checkpoint::Open(*this / complement));
    const Direction direction =
        options_.direction == Direction::kForward ? Direction::kReverse : Direction::kForward;
    WEFT_ASSIGN_OR_RETURN(const Plan plan,
                          CompileBack({*mapping_}, *made.catalog(), *lost.catalog(), direction));
    warnings_ = plan.warnings;
    CHECK(plan.exactness == Exactness::kExact);
    ConvertOptions options = run_;
    options.sync = false;
    options.overwrite = true;
    return Convert(plan, Checkpoint::Join(made, lost), *this / "back.safetensors", options)
        .status();
  }

  // There and back again, which must go well. What was kept.
  FileTensors Kept(const FileTensors& tensors, const Texts& metadata = {}) {
    const absl::StatusOr<ConvertReport> report = There(tensors, metadata);
    INFO(report.status());
    REQUIRE(report.ok());
    const absl::Status back = Back();
    INFO(back);
    REQUIRE(back.ok());
    test::CheckSame(ReadSafetensors(*this / "back.safetensors"), tensors);
    CHECK(test::ReadMetadata(*this / "back.safetensors") == metadata);
    FileTensors kept = ReadSafetensors(*this / "lost.safetensors");
    uint64_t bytes = 0;
    for (const auto& [name, tensor] : kept) bytes += tensor.data.size();
    CHECK(report->complement_bytes == bytes);
    return kept;
  }

  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  test::TemporaryDirectory directory_;
  std::unique_ptr<Mapping> mapping_;
  CompileOptions options_;
  ConvertOptions run_;
  std::vector<std::string> warnings_;
};

const char* const kIdentity = R"({"weft": 1, "name": "none", "stages": []})";

// Drops, overwrites rows, slices, fuses and casts.
const char* const kLossy = R"({"weft": 1, "name": "lossy", "stages": [[
  {"drop": "rope", "reason": "recomputed"},
  {"from": ["embed", "[v:3 | ~:2] d"], "to": ["tokens", "[v:3 | ~0:1] d"]},
  {"convert": ["wide"], "to": "narrow", "operations": [{"op": "Slice", "dim": 1, "start": 1, "end": 3}]},
  {"from": {"q": ["q", "f d"], "k": ["k", "f d"]}, "to": ["qk", "d [q:f | k:f]"]}]],
  "cast": {"to": [{"names": "qk", "dtype": "BF16"}]}})";

FileTensors LossySource() {
  std::mt19937_64 random(3);
  std::vector<uint32_t> bits(12);
  // Finite numbers whose lower half is neither 0 nor a tie.
  for (uint32_t& word : bits) word = 0x3F000001 + static_cast<uint32_t>(random() % 0x7FFF);
  FileTensor q = TensorOf("F32", bits);
  q.shape = {3, 4};
  for (uint32_t& word : bits) word += 0x10000;
  FileTensor k = TensorOf("F32", bits);
  k.shape = {3, 4};
  return {{"rope", Counting({7}, 100)},
          {"embed", Counting({5, 4}, 0)},
          {"wide", Counting({2, 5}, 50)},
          {"q", q},
          {"k", k},
          {"norm", Counting({9}, 7)},
          {"renamed.not", Counting({0, 3}, 0)}};
}

TEST_CASE("complement: dropped, overwritten, sliced and rounded comes back bit for bit",
          "[execute]") {
  Trip trip(kLossy);
  const FileTensors source = LossySource();
  const FileTensors kept = trip.Kept(source, {{"format", "pt"}, {"weft.note", "mine"}});
  // Counted by hand: 7 elements of rope; 2 rows of 4 of embed; 3 of 5 columns in 2 rows of wide; 2
  // bytes for each element of q and k. Nothing of norm.
  REQUIRE(kept.size() == 5);
  CHECK(kept.at("lost/rope") == source.at("rope"));
  CHECK(kept.at("lost/embed").data == source.at("embed").data.substr(12 * 4));
  const std::string& wide = source.at("wide").data;
  CHECK(kept.at("lost/wide").data ==
        wide.substr(0, 4) + wide.substr(12, 8) + wide.substr(20, 4) + wide.substr(32, 8));
  CHECK(kept.at("residue.BF16/q").shape == std::vector<int64_t>{12, 2});
  CHECK(kept.at("residue.BF16/k").shape == std::vector<int64_t>{12, 2});
  uint64_t bytes = 0;
  for (const auto& [name, tensor] : kept) bytes += tensor.data.size();
  CHECK(bytes == 7 * 4 + 8 * 4 + 6 * 4 + 24 * 2);
}

TEST_CASE("complement: output and complement say that they belong together", "[execute]") {
  Trip trip(kLossy);
  trip.Kept(LossySource());
  const Texts output = test::ReadMetadata(trip / "out.safetensors");
  const Texts complement = test::ReadMetadata(trip / "lost.safetensors");
  CHECK(output.at("weft.complement") == complement.at("weft.complement"));
  CHECK(output.at("weft.reversible") == "one-way");
  CHECK(complement.at("weft.mapping") == "lossy");
  CHECK(trip.warnings().empty());
}

TEST_CASE("complement: nothing is kept of a conversion that loses nothing", "[execute]") {
  Trip trip(R"({"weft": 1, "name": "m", "stages": [[{"rename": "a", "to": "b"}]]})");
  trip.options().dtype = DType::kBF16;
  FileTensor small = Counting({100}, -50);  // whole numbers of few bits
  CHECK(trip.Kept({{"a", small}, {"c", Counting({3}, 1)}}).empty());
}

TEST_CASE("complement: every bit pattern of 16 bits survives every cast", "[execute]") {
  std::vector<uint16_t> bits(1 << 16);
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<uint16_t>(i);
  const FileTensors source = {{"f", TensorOf("F16", bits)}, {"b", TensorOf("BF16", bits)}};
  for (const DType dtype : kCastable) {
    CAPTURE(NameOf(dtype));
    Trip trip(kIdentity);
    trip.options().dtype = dtype;
    const FileTensors kept = trip.Kept(source);
    if (dtype != DType::kF32 && dtype != DType::kF64) continue;
    // A wider dtype loses no number: only each NaN is kept, with its place.
    const std::string suffix = std::string(NameOf(dtype)) + "/";
    CHECK(kept.size() == 4);
    CHECK(kept.at("values." + suffix + "f").shape == std::vector<int64_t>{2 * 1023});
    CHECK(kept.at("values." + suffix + "b").shape == std::vector<int64_t>{2 * 127});
  }
}

TEST_CASE("complement: every bit pattern of 8 bits survives every cast", "[execute]") {
  std::vector<uint8_t> bits(1 << 8);
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<uint8_t>(i);
  FileTensors source;
  for (const DType dtype : kCastable) {
    const std::string name(NameOf(dtype));
    if (BitsOf(dtype) == 8) source["of." + name] = TensorOf(name, bits);
  }
  for (const DType dtype : kCastable) {
    CAPTURE(NameOf(dtype));
    Trip trip(kIdentity);
    trip.options().dtype = dtype;
    const FileTensors kept = trip.Kept(source);
    uint64_t bytes = 0;
    for (const auto& [name, tensor] : kept) bytes += tensor.data.size();
    CHECK(bytes <= 5 * bits.size());
    if (dtype != DType::kF32) continue;
    // Only NaNs are kept, where that is less than all.
    CHECK(kept.at("values.F32/of.F8_E5M2").shape == std::vector<int64_t>{6});
    CHECK(kept.at("values.F32/of.F8_E4M3").shape == std::vector<int64_t>{2});
  }
}

// Numbers of all sizes, and those at the edges of the narrower formats.
template <typename Bits, typename Number>
std::vector<Bits> SpecialBits(std::mt19937_64& random) {
  std::vector<Bits> bits;
  const auto add = [&bits](Number number) {
    Bits word;
    std::memcpy(&word, &number, sizeof(word));
    for (const int step : {0, 1, -1})
      bits.push_back(static_cast<Bits>(word + static_cast<Bits>(step)));
    bits.push_back(static_cast<Bits>(word ^ (Bits{1} << (sizeof(Bits) * 8 - 1))));
  };
  using Limits = std::numeric_limits<Number>;
  for (const Number number : {Number{0}, Limits::infinity(), Limits::quiet_NaN(), Limits::max(),
                              Limits::min(), Limits::denorm_min(), Number{65504}, Number{65520},
                              Number{1}, std::ldexp(Number{1}, -24), std::ldexp(Number{1}, -25),
                              std::ldexp(Number{1}, -14), static_cast<Number>(3.3895314e38)}) {
    add(number);
  }
  // Ties of BF16 and F16, to an even and to an odd neighbour.
  for (const double tie : {1 + 1.0 / 256, 1 + 3.0 / 256, 1 + 1.0 / 2048, 1 + 3.0 / 2048}) {
    add(static_cast<Number>(tie));
  }
  for (int i = 0; i < 100'000; ++i) bits.push_back(static_cast<Bits>(random()));
  return bits;
}

TEST_CASE("complement: special and random numbers survive every cast", "[execute]") {
  std::mt19937_64 random(11);
  const FileTensors source = {{"single", TensorOf("F32", SpecialBits<uint32_t, float>(random))},
                              {"double", TensorOf("F64", SpecialBits<uint64_t, double>(random))}};
  for (const DType dtype : kCastable) {
    CAPTURE(NameOf(dtype));
    Trip trip(kIdentity);
    trip.options().dtype = dtype;
    const FileTensors kept = trip.Kept(source);
    uint64_t bytes = 0;
    for (const auto& [name, tensor] : kept) bytes += tensor.data.size();
    CHECK(bytes <= source.at("single").data.size() + source.at("double").data.size());
  }
}

TEST_CASE("complement: of weights a cast to BF16 keeps two bytes each, and the ties", "[execute]") {
  std::mt19937_64 random(5);
  std::normal_distribution<float> weights(0, 0.02f);
  std::vector<uint32_t> bits(50'000);
  uint64_t ties = 0;
  for (uint32_t& word : bits) {
    const float number = weights(random);
    std::memcpy(&word, &number, sizeof(word));
    word &= ~uint32_t{0x0FFF};  // so that there are ties
    // Half way, and the lower neighbour is even: the difference is +2^15, which two bytes lack.
    if ((word & 0xFFFF) == 0x8000 && (word & 0x10000) == 0) ++ties;
  }
  REQUIRE(ties > 1000);
  Trip trip(kIdentity);
  trip.options().dtype = DType::kBF16;
  const FileTensors kept = trip.Kept({{"w", TensorOf("F32", bits)}});
  REQUIRE(kept.size() == 3);
  CHECK(kept.at("residue.BF16/w").shape == std::vector<int64_t>{50'000, 2});
  CHECK(kept.at("places.BF16/w").shape == std::vector<int64_t>{static_cast<int64_t>(ties)});
  CHECK(kept.at("values.BF16/w").shape == std::vector<int64_t>{static_cast<int64_t>(ties)});
}

TEST_CASE("complement: a tensor of which one part is cast and one is lost", "[execute]") {
  Trip trip(R"({"weft": 1, "name": "m", "stages": [[
    {"from": ["qkv", "d [q:a | k:b | ~:1]"], "to": {"q": ["q", "a d"], "k": ["k", "d b"]},
     "sizes": {"a": 2}}]],
    "cast": {"to": [{"names": "k", "dtype": "F16"}]}})");
  FileTensor qkv = Counting({1000, 6}, 0.1f);
  const FileTensors kept = trip.Kept({{"qkv", qkv}});
  CHECK(kept.at("lost/qkv").shape == std::vector<int64_t>{1000});
  CHECK(kept.at("residue.F16/qkv").shape[0] == 3000);
}

TEST_CASE("complement: of a tied weight the residue is kept once", "[execute]") {
  Trip trip(R"({"weft": 1, "name": "m", "stages": [[
    {"rename": "embed", "to": "e", "copies": {"from": ["head"]}}]]})");
  trip.options().dtype = DType::kBF16;
  FileTensor embed = Counting({50, 10}, 0.1f);
  const FileTensors kept = trip.Kept({{"embed", embed}, {"head", embed}});
  CHECK(kept.count("residue.BF16/embed") == 1);
  for (const auto& [name, tensor] : kept) {
    CAPTURE(name);
    CHECK(name.find("head") == std::string::npos);
  }
}

TEST_CASE("complement: a reverse conversion has one too", "[execute]") {
  Trip trip(R"({"weft": 1, "name": "m", "stages": [[
    {"from": ["a", "v d"], "to": ["b", "d [v:v | ~:1]"], "sizes": {"v": 3}}]]})");
  trip.options().direction = Direction::kReverse;
  trip.options().dtype = DType::kBF16;
  const FileTensors kept = trip.Kept({{"b", Counting({5, 4}, 0.3f)}});
  CHECK(kept.at("lost/b").shape == std::vector<int64_t>{5});
  CHECK(kept.count("residue.BF16/b") == 1);
}

TEST_CASE("complement: names that got the prefix of a base model lose it again", "[execute]") {
  Trip trip(R"({"weft": 1, "name": "m", "stages": [[
    {"rename": "a.{i}", "to": "b.{i}"}, {"drop": "z"}]]})");
  trip.options().expectation = Expectation{"the model", {{"model.b.0"}, {"model.b.1"}}};
  const FileTensors kept = trip.Kept(
      {{"a.0", Counting({2}, 0.5f)}, {"a.1", Counting({2}, 0.5f)}, {"z", Counting({3}, 0.5f)}});
  CHECK(kept.size() == 1);
  CHECK(kept.count("lost/z") == 1);
}

TEST_CASE("complement: its bytes do not depend on threads and memory", "[execute]") {
  std::mt19937_64 random(2);
  std::vector<uint32_t> bits(300'000);
  for (uint32_t& word : bits) word = static_cast<uint32_t>(random());
  FileTensors source = {{"x", TensorOf("F32", bits)}, {"rope", TensorOf("F32", bits)}};
  Trip trip(kLossy);
  trip.options().dtype = DType::kBF16;
  REQUIRE(trip.There(source).ok());
  const std::string complement = ReadFile(trip / "lost.safetensors");
  const std::string output = ReadFile(trip / "out.safetensors");
  for (const int threads : {1, 2, 5}) {
    for (const uint64_t memory : {uint64_t{1}, uint64_t{64} << 20}) {
      trip.run().threads = threads;
      trip.run().memory_bytes = memory;
      trip.run().overwrite = true;
      REQUIRE(trip.Again("in.safetensors", "out.safetensors", "lost.safetensors").ok());
      CHECK(ReadFile(trip / "lost.safetensors") == complement);
      CHECK(ReadFile(trip / "out.safetensors") == output);
      REQUIRE(trip.Back().ok());
      test::CheckSame(ReadSafetensors(trip / "back.safetensors"), source);
    }
  }
}

TEST_CASE("complement: that of another output is refused", "[execute]") {
  Trip trip(kLossy);
  REQUIRE(trip.There(LossySource()).ok());
  FileTensors other = LossySource();
  other["q"].data[1] ^= 4;  // a bit that the cast rounds away
  test::WriteSafetensors(trip / "other.safetensors", other);
  REQUIRE(trip.Again("other.safetensors", "out2.safetensors", "lost2.safetensors").ok());
  CHECK(ErrorOf(trip.Back("out.safetensors", "lost2.safetensors"))
            .rfind("WRONG_COMPLEMENT: it is complement ", 0) == 0);
  CHECK(trip.Back("out2.safetensors", "lost2.safetensors").ok());
  CHECK(ErrorOf(trip.Back("out.safetensors", "in.safetensors")) ==
        "WRONG_COMPLEMENT: the file is no complement");
}

TEST_CASE("complement: an output that does not name its complement is taken on trust",
          "[execute]") {
  Trip trip(kLossy);
  const FileTensors source = LossySource();
  REQUIRE(trip.There(source).ok());
  FileTensors output = ReadSafetensors(trip / "out.safetensors");
  test::WriteSafetensors(trip / "plain.safetensors", output);
  REQUIRE(trip.Back("plain.safetensors").ok());
  REQUIRE(trip.warnings().size() == 1);
  CHECK(trip.warnings()[0].find("taken on trust") != std::string::npos);
  test::CheckSame(ReadSafetensors(trip / "back.safetensors"), source);

  // But not one that the conversion does not make.
  output["tokens"].shape = {2, 8};
  test::WriteSafetensors(trip / "plain.safetensors", output);
  CHECK(ErrorOf(trip.Back("plain.safetensors")) ==
        "WRONG_COMPLEMENT: it belongs to a checkpoint whose tensor 'tokens' is F32 [4, 4]; here it "
        "is F32 [2, 8]");
  output.erase("tokens");
  test::WriteSafetensors(trip / "plain.safetensors", output);
  CHECK(ErrorOf(trip.Back("plain.safetensors")) ==
        "WRONG_COMPLEMENT: it belongs to a checkpoint with tensor 'tokens'");
  output["a"] = Counting({1}, 0);
  test::WriteSafetensors(trip / "plain.safetensors", output);
  CHECK(ErrorOf(trip.Back("plain.safetensors")) ==
        "WRONG_COMPLEMENT: it belongs to a checkpoint without tensor 'a'");
}

TEST_CASE("complement: another mapping is refused, another direction too", "[execute]") {
  Trip trip(kLossy);
  REQUIRE(trip.There(LossySource()).ok());
  std::string swapped = kLossy;
  swapped.replace(swapped.find("[q:f | k:f]"), 11, "[k:f | q:f]");
  Trip other(swapped);
  for (const char* const name : {"out.safetensors", "lost.safetensors"}) {
    fs::copy_file(trip / name, other / name);
  }
  CHECK(ErrorOf(other.Back()) ==
        "WRONG_COMPLEMENT: the mapping does not do what it did when the complement was written");
  trip.options().direction = Direction::kReverse;
  CHECK(ErrorOf(trip.Back()) ==
        "WRONG_COMPLEMENT: it belongs to a conversion in the same direction, forward");
}

TEST_CASE("complement: a file that was changed is refused", "[execute]") {
  Trip trip(kLossy);
  REQUIRE(trip.There(LossySource()).ok());
  const FileTensors tensors = ReadSafetensors(trip / "lost.safetensors");
  const Texts metadata = test::ReadMetadata(trip / "lost.safetensors");
  const auto refused = [&](const FileTensors& changed, const Texts& texts) {
    test::WriteSafetensors(trip / "changed.safetensors", changed, texts);
    return ErrorOf(trip.Back("out.safetensors", "changed.safetensors"));
  };
  FileTensors changed = tensors;
  changed.erase("residue.BF16/q");
  CHECK(refused(changed, metadata) == "MISSING_TENSOR: it has 4 tensors; it was written with 5");
  changed["x"] = Counting({1}, 0);
  CHECK(refused(changed, metadata) == "UNEXPECTED_TENSOR: nothing needs tensor 'x'");
  changed = tensors;
  changed.erase("lost/rope");
  changed["lost/rape"] = tensors.at("lost/rope");
  CHECK(refused(changed, metadata) == "MISSING_TENSOR: tensor 'lost/rope' is missing");
  changed = tensors;
  changed["lost/rope"].shape = {7, 1};
  CHECK(refused(changed, metadata) == "WRONG_SHAPE: it is F32 [7, 1]; expected F32 [7]");
  changed = tensors;
  changed["residue.BF16/q"].shape = {6, 4};
  CHECK(refused(changed, metadata) == "WRONG_SHAPE: it is U8 [6, 4]; expected U8 [12, 1 to 4]");

  for (const auto& [key, text] : metadata) {
    if (key == "weft.mapping") continue;
    CAPTURE(key);
    Texts without = metadata;
    without.erase(key);
    CHECK_FALSE(refused(tensors, without).empty());
    Texts other = metadata;
    other[key] = "{\"a\": 1}";
    CHECK_FALSE(refused(tensors, other).empty());
  }
  const std::string file = ReadFile(trip / "lost.safetensors");
  test::WriteFile(trip / "changed.safetensors", file.substr(0, file.size() - 1));
  CHECK_FALSE(ErrorOf(trip.Back("out.safetensors", "changed.safetensors")).empty());
}

TEST_CASE("complement: exceptions whose places do not rise are refused", "[execute]") {
  std::vector<uint16_t> bits = {0x7F81, 0x3F80, 0x7F82, 0x7F83};
  Trip trip(kIdentity);
  trip.options().dtype = DType::kF32;
  // Long enough that listing two NaNs takes less than keeping all.
  bits.resize(100);
  REQUIRE(trip.There({{"a", TensorOf("BF16", bits)}}).ok());
  FileTensors tensors = ReadSafetensors(trip / "lost.safetensors");
  REQUIRE(tensors.at("places.F32/a").data.size() == 24);
  std::swap(tensors["places.F32/a"].data[8], tensors["places.F32/a"].data[16]);
  test::WriteSafetensors(trip / "changed.safetensors", tensors,
                         test::ReadMetadata(trip / "lost.safetensors"));
  CHECK(ErrorOf(trip.Back("out.safetensors", "changed.safetensors")) ==
        "WRONG_COMPLEMENT: its places do not rise");
}

TEST_CASE("complement: output and complement have no name in common", "[execute]") {
  Trip trip(R"({"weft": 1, "name": "m", "stages": [[{"drop": "a"}]]})");
  CHECK(ErrorOf(trip.There({{"a", Counting({2}, 0)}, {"lost/a", Counting({2}, 5)}}).status()) ==
        "NAME_COLLISION: the output has a tensor 'lost/a', and the complement needs the name");
  const FileTensors source = {{"a", Counting({2}, 0)}, {"lost/b", Counting({2}, 5)}};
  trip.Kept(source);
  FileTensors changed = ReadSafetensors(trip / "lost.safetensors");
  Texts metadata = test::ReadMetadata(trip / "lost.safetensors");
  changed["lost/b"] = Counting({2}, 6);
  metadata["weft.complement.tensors"] = "2";
  test::WriteSafetensors(trip / "changed.safetensors", changed, metadata);
  CHECK(ErrorOf(trip.Back("out.safetensors", "changed.safetensors")) ==
        "NAME_COLLISION: the checkpoint, too, has a tensor 'lost/b'");
}

TEST_CASE("complement: where it may not be written", "[execute]") {
  Trip trip(kLossy);
  REQUIRE(trip.There(LossySource()).ok());
  const std::string before = ReadFile(trip / "lost.safetensors");
  CHECK(ErrorOf(trip.Again("in.safetensors", "new.safetensors", "lost.safetensors").status())
            .rfind("OUTPUT_EXISTS", 0) == 0);
  CHECK(ReadFile(trip / "lost.safetensors") == before);
  CHECK_FALSE(fs::exists(trip / "new.safetensors"));
  for (const char* const path : {"lost", "lost.bin", "new.safetensors", "./new.safetensors"}) {
    CAPTURE(path);
    CHECK(ErrorOf(trip.Again("in.safetensors", "new.safetensors", path).status())
              .rfind("BAD_ARGUMENT", 0) == 0);
  }
  CHECK(ErrorOf(trip.Again("in.safetensors", "new", "new/lost.safetensors").status()) ==
        "BAD_ARGUMENT: the complement would be a part of the output");
  CHECK_FALSE(fs::exists(trip / "new"));
  trip.run().overwrite = true;
  CHECK(ErrorOf(trip.Again("in.safetensors", "new.safetensors", "in.safetensors").status())
            .rfind("SAME_FILE", 0) == 0);
  fs::create_directory(trip / "dir");
  fs::copy_file(trip / "in.safetensors", trip / "dir/model.safetensors");
  CHECK(ErrorOf(trip.Again("dir", "new.safetensors", "dir/lost.safetensors").status()) ==
        "BAD_ARGUMENT: the complement would look like a part of the source");
}

TEST_CASE("complement: cancelled, neither file is left behind", "[execute]") {
  Trip trip(kLossy);
  int calls = 0;
  trip.run().progress = [&calls](const Progress&) { return ++calls < 3; };
  CHECK(ErrorOf(trip.There(LossySource()).status()).rfind("CANCELLED", 0) == 0);
  CHECK(test::ListTree(fs::path(trip / "")) == std::vector<std::string>{"in.safetensors"});
}

}  // namespace
}  // namespace weft
