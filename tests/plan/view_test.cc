#include "plan/view.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

namespace weft {
namespace {

// An array whose elements are known one by one, beside the view that should give the same.
struct Traced {
  std::vector<uint64_t> shape;
  View view = View::Identity(0);
  std::vector<uint64_t> elements;  // source · 2^32 + place
};

uint64_t Product(const std::vector<uint64_t>& sizes) {
  uint64_t product = 1;
  for (const uint64_t size : sizes) product *= size;
  return product;
}

// How often the boxes write each element, and with what.
struct Written {
  std::vector<uint64_t> elements;
  std::vector<int> times;
};

Written Write(const std::vector<Box>& boxes, uint64_t elements) {
  Written written{std::vector<uint64_t>(elements, 0), std::vector<int>(elements + 1, 0)};
  for (const Box& box : boxes) {
    for (uint64_t n = 0; n < ElementsOf(box); ++n) {
      uint64_t rest = n;
      uint64_t from = box.source_offset;
      uint64_t to = box.target_offset;
      for (const Factor& factor : box.factors) {
        from += rest % factor.count * factor.source_stride;
        to += rest % factor.count * factor.target_stride;
        rest /= factor.count;
      }
      if (to >= elements) {
        ++written.times[elements];  // outside
        continue;
      }
      written.elements[to] = (static_cast<uint64_t>(box.source) << 32) + from;
      ++written.times[to];
    }
  }
  return written;
}

class RandomChain {
 public:
  explicit RandomChain(uint64_t seed) : random_(seed) {}

  Traced Make() {
    std::vector<uint64_t> shape;
    for (size_t rank = 1 + Below(3); rank > 0; --rank) shape.push_back(Size());
    Traced array = NewSource(shape);
    for (size_t steps = 1 + Below(8); steps > 0; --steps) Step(array);
    return array;
  }

  size_t Below(size_t bound) { return random_() % bound; }

 private:
  uint64_t Size() {
    static const uint64_t kSizes[] = {1, 2, 3, 4, 5, 6, 8, 12};
    return kSizes[Below(8)];
  }

  Traced NewSource(const std::vector<uint64_t>& shape) {
    Traced array;
    array.shape = shape;
    array.view = View::Identity(sources_);
    for (uint64_t place = 0; place < Product(shape); ++place) {
      array.elements.push_back((static_cast<uint64_t>(sources_) << 32) + place);
    }
    ++sources_;
    return array;
  }

  void Step(Traced& array) {
    switch (Below(7)) {
      case 0:
      case 1:
        return Reshape(array);
      case 2:
      case 3:
        return Permute(array);
      case 4:
        return Slice(array);
      case 5:
        return Concatenate(array);
      default:
        return SwapHalves(array);
    }
  }

  void Reshape(Traced& array) {
    std::vector<uint64_t> shape(1 + Below(4), 1);
    uint64_t left = Product(array.shape);
    for (uint64_t prime = 2; prime <= left;) {
      if (left % prime != 0) {
        ++prime;
        continue;
      }
      left /= prime;
      shape[Below(shape.size())] *= prime;
    }
    array.shape = shape;
  }

  // Turns `steps` into a new array of `shape` that takes element `from` of one of `parts` for each
  // of its own: the boxes by the library, the elements by the boxes' own words.
  static Traced Apply(const std::vector<const Traced*>& parts, const std::vector<Box>& steps,
                      const std::vector<uint64_t>& shape) {
    Traced result;
    result.shape = shape;
    result.elements.assign(Product(shape), ~uint64_t{0});
    std::vector<Box> boxes;
    for (size_t i = 0; i < steps.size(); ++i) {
      const Traced& part = *parts[i];
      Compose(steps[i], part.view, &boxes);
      Box alone = steps[i];
      alone.source = 0;
      const Written written = Write({alone}, result.elements.size());
      for (size_t e = 0; e < result.elements.size(); ++e) {
        if (written.times[e] > 0) result.elements[e] = part.elements.at(written.elements[e]);
      }
    }
    Coalesce(boxes);
    result.view = View::OfBoxes(std::move(boxes));
    return result;
  }

  static std::vector<uint64_t> StridesOf(const std::vector<uint64_t>& shape) {
    std::vector<uint64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
    return strides;
  }

  void Permute(Traced& array) {
    std::vector<size_t> order(array.shape.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random_);
    std::vector<uint64_t> shape;
    for (const size_t axis : order) shape.push_back(array.shape[axis]);
    const std::vector<uint64_t> from = StridesOf(array.shape);
    const std::vector<uint64_t> to = StridesOf(shape);
    Box step;
    for (size_t i = 0; i < order.size(); ++i) {
      step.factors.push_back({shape[i], from[order[i]], to[i]});
    }
    Normalize(step);
    array = Apply({&array}, {step}, shape);
  }

  // Positions [first, first + count) of an axis of `size`, to position `at` of an axis of
  // `new_size`.
  static Box Block(uint64_t outer, uint64_t inner, uint64_t size, uint64_t first, uint64_t count,
                   uint64_t new_size, uint64_t at) {
    Box step;
    step.source_offset = first * inner;
    step.target_offset = at * inner;
    step.factors = {{outer, size * inner, new_size * inner}, {count * inner, 1, 1}};
    Normalize(step);
    return step;
  }

  struct Axis {
    size_t axis;
    uint64_t outer = 1;
    uint64_t size;
    uint64_t inner = 1;
  };
  Axis PickAxis(const Traced& array) {
    Axis axis{Below(array.shape.size()), 1, 0, 1};
    for (size_t i = 0; i < array.shape.size(); ++i) {
      if (i < axis.axis) axis.outer *= array.shape[i];
      if (i > axis.axis) axis.inner *= array.shape[i];
    }
    axis.size = array.shape[axis.axis];
    return axis;
  }

  void Slice(Traced& array) {
    const Axis a = PickAxis(array);
    const uint64_t first = Below(a.size);
    const uint64_t count = 1 + Below(a.size - first);
    std::vector<uint64_t> shape = array.shape;
    shape[a.axis] = count;
    array = Apply({&array}, {Block(a.outer, a.inner, a.size, first, count, count, 0)}, shape);
  }

  void Concatenate(Traced& array) {
    if (Product(array.shape) > 2000) return;
    const Axis a = PickAxis(array);
    std::vector<uint64_t> other_shape = array.shape;
    other_shape[a.axis] = 1 + Below(3);
    const Traced other = NewSource(other_shape);
    std::vector<uint64_t> shape = array.shape;
    shape[a.axis] = a.size + other_shape[a.axis];
    const bool behind = Below(2) == 0;
    const uint64_t extra = other_shape[a.axis];
    array = Apply({&array, &other},
                  {Block(a.outer, a.inner, a.size, 0, a.size, shape[a.axis], behind ? 0 : extra),
                   Block(a.outer, a.inner, extra, 0, extra, shape[a.axis], behind ? a.size : 0)},
                  shape);
  }

  void SwapHalves(Traced& array) {
    const Axis a = PickAxis(array);
    if (a.size < 2) return;
    const uint64_t cut = 1 + Below(a.size - 1);
    array = Apply({&array, &array},
                  {Block(a.outer, a.inner, a.size, 0, cut, a.size, a.size - cut),
                   Block(a.outer, a.inner, a.size, cut, a.size - cut, a.size, 0)},
                  array.shape);
  }

  std::mt19937_64 random_;
  uint32_t sources_ = 0;
};

TEST_CASE("view: chains of steps collapse into boxes that move the same elements", "[plan]") {
  size_t boxes_seen = 0;
  for (uint64_t seed = 0; seed < 6000; ++seed) {
    RandomChain chain(seed);
    Traced array = chain.Make();
    const uint64_t elements = Product(array.shape);
    const std::vector<Box> boxes = std::move(array.view).TakeBoxes(elements);
    boxes_seen += boxes.size();
    const Written written = Write(boxes, elements);
    if (written.elements != array.elements) FAIL("seed " << seed << ": other elements");
    for (uint64_t e = 0; e < elements; ++e) {
      if (written.times[e] != 1) FAIL("seed " << seed << ": element " << e);
    }
    if (!CoversExactlyOnce(boxes, elements)) FAIL("seed " << seed << ": not seen as complete");
    for (size_t i = 0; i < boxes.size(); ++i) {
      if (i > 0 && boxes[i - 1].target_offset >= boxes[i].target_offset) {
        FAIL("seed " << seed << ": boxes out of order");
      }
      for (size_t f = 0; f < boxes[i].factors.size(); ++f) {
        if (boxes[i].factors[f].count < 2 ||
            (f > 0 && boxes[i].factors[f - 1].target_stride <= boxes[i].factors[f].target_stride)) {
          FAIL("seed " << seed << ": factors are not in normal form");
        }
      }
    }
  }
  CHECK(boxes_seen > 6000);
}

TEST_CASE("view: a list of boxes with one dropped, moved, doubled or shortened is refused",
          "[plan]") {
  int refused = 0;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    RandomChain chain(seed);
    Traced array = chain.Make();
    const uint64_t elements = Product(array.shape);
    const std::vector<Box> boxes = std::move(array.view).TakeBoxes(elements);
    const size_t victim = chain.Below(boxes.size());
    for (int way = 0; way < 5; ++way) {
      std::vector<Box> wrong = boxes;
      const auto at = wrong.begin() + static_cast<std::ptrdiff_t>(victim);
      if (way == 0) wrong.erase(at);
      if (way == 1) wrong.push_back(*at);
      if (way == 2) at->target_offset += 1 + chain.Below(3);
      if (way == 3 && !at->factors.empty()) at->factors[0].count += 1;
      if (way == 4 && !at->factors.empty()) at->factors.back().target_stride += 1;
      const Written written = Write(wrong, elements);
      bool once = written.times.back() == 0;
      for (uint64_t e = 0; e < elements; ++e) once = once && written.times[e] == 1;
      if (CoversExactlyOnce(wrong, elements) != once) FAIL("seed " << seed << ", way " << way);
      if (!once) ++refused;
    }
  }
  CHECK(refused > 10'000);
}

TEST_CASE("view: coverage at the ends", "[plan]") {
  CHECK(CoversExactlyOnce({}, 0));
  CHECK_FALSE(CoversExactlyOnce({}, 1));
  Box one;
  CHECK(CoversExactlyOnce({one}, 1));
  CHECK_FALSE(CoversExactlyOnce({one}, 0));
  CHECK_FALSE(CoversExactlyOnce({one}, 2));
  CHECK_FALSE(CoversExactlyOnce({one, one}, 1));
  // Far more elements than could be counted one by one.
  Box large;
  large.factors = {{uint64_t{1} << 25, 1, uint64_t{1} << 25}, {uint64_t{1} << 25, 7, 1}};
  CHECK(CoversExactlyOnce({large}, uint64_t{1} << 50));
  CHECK_FALSE(CoversExactlyOnce({large}, (uint64_t{1} << 50) - 1));
  large.factors[1].count -= 1;
  CHECK_FALSE(CoversExactlyOnce({large}, uint64_t{1} << 50));
}

TEST_CASE("view: an identity is one box, and none without elements", "[plan]") {
  CHECK(View::Identity(3).TakeBoxes(0).empty());
  const std::vector<Box> one = View::Identity(3).TakeBoxes(1);
  REQUIRE(one.size() == 1);
  CHECK(one[0].source == 3);
  CHECK(one[0].factors.empty());
  const std::vector<Box> many = View::Identity(3).TakeBoxes(12);
  REQUIRE(many.size() == 1);
  REQUIRE(many[0].factors.size() == 1);
  CHECK(many[0].factors[0] == Factor{12, 1, 1});
}

TEST_CASE("view: factors that run on are joined, single steps go", "[plan]") {
  Box box;
  box.factors = {{3, 1, 1}, {1, 77, 5}, {4, 3, 3}, {2, 100, 12}};
  Normalize(box);
  REQUIRE(box.factors.size() == 2);
  CHECK(box.factors[0] == Factor{2, 100, 12});
  CHECK(box.factors[1] == Factor{12, 1, 1});
  box.factors = {{1, 5, 5}};
  Normalize(box);
  CHECK(box.factors.empty());
}

TEST_CASE("view: boxes that continue one another are joined", "[plan]") {
  const auto box = [](uint64_t from, uint64_t to, uint64_t count) {
    Box result;
    result.source_offset = from;
    result.target_offset = to;
    if (count > 1) result.factors = {{count, 1, 1}};
    return result;
  };
  std::vector<Box> run = {box(8, 8, 4), box(0, 0, 4), box(4, 4, 4)};
  Coalesce(run);
  REQUIRE(run.size() == 1);
  CHECK(run[0].factors[0] == Factor{12, 1, 1});
  std::vector<Box> unequal = {box(0, 0, 4), box(4, 4, 2)};
  Coalesce(unequal);
  REQUIRE(unequal.size() == 1);
  CHECK(unequal[0].factors[0] == Factor{6, 1, 1});
  std::vector<Box> others = {box(0, 0, 4), box(0, 4, 4)};
  others[1].source = 1;
  Coalesce(others);
  CHECK(others.size() == 2);
  std::vector<Box> none;
  Coalesce(none);
  CHECK(none.empty());
}

TEST_CASE("view: many experts fused and transposed are few boxes each", "[plan]") {
  // 64 experts of gate and up, [f, d] each, as e [gate:f | up:f] d.
  const uint64_t experts = 64;
  const uint64_t f = 32;
  const uint64_t d = 16;
  std::vector<Box> boxes;
  for (uint32_t e = 0; e < experts; ++e) {
    for (uint32_t part = 0; part < 2; ++part) {
      Box step;
      step.target_offset = (e * 2 + part) * f * d;
      step.factors = {{f * d, 1, 1}};
      Compose(step, View::Identity(e * 2 + part), &boxes);
    }
  }
  Coalesce(boxes);
  CHECK(boxes.size() == 2 * experts);
  // Transposing the last two axes keeps one box for each tensor.
  Box transpose;
  transpose.factors = {{experts, 2 * f * d, 2 * f * d}, {d, 1, 2 * f}, {2 * f, d, 1}};
  Normalize(transpose);
  std::vector<Box> transposed;
  Compose(transpose, View::OfBoxes(std::move(boxes)), &transposed);
  Coalesce(transposed);
  CHECK(transposed.size() == 2 * experts);
  CHECK(CoversExactlyOnce(transposed, experts * 2 * f * d));
}

}  // namespace
}  // namespace weft
