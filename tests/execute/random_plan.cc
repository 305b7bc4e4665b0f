#include "execute/random_plan.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include "execute/reference.h"

namespace weft::execute {
namespace {

class Generator {
 public:
  Generator(std::mt19937_64& random, uint64_t most_elements)
      : random_(random), most_elements_(most_elements) {
    files_.resize(Number(1, 3));
    for (Bytes& bytes : files_) bytes.resize(Number(0, 9));
  }

  RandomPlan Make() {
    const size_t tensors = Number(1, 5);
    for (size_t i = 0; i < tensors; ++i) AddTensor("t" + std::to_string(i));
    RandomPlan result;
    result.plan = std::move(plan_);
    for (PlannedTensor& tensor : result.plan.tensors) {
      for (Box& box : tensor.boxes) {
        if (box.source < kFirstConstant) continue;
        box.source += static_cast<uint32_t>(catalog_.tensors.size()) - kFirstConstant;
      }
    }
    catalog_.files.resize(files_.size());
    result.plan.catalog = std::make_shared<const Catalog>(std::move(catalog_));
    result.files = std::move(files_);
    return result;
  }

 private:
  // Constants are numbered from here until all sources are known.
  static constexpr uint32_t kFirstConstant = 1u << 31;

  // A loop of a tensor being filled: an axis, or a part of one.
  struct Axis {
    uint64_t count = 1;
    uint64_t target_stride = 1;
  };

  uint64_t Number(uint64_t least, uint64_t most) {
    return std::uniform_int_distribution<uint64_t>(least, most)(random_);
  }
  bool Chance(uint64_t one_in) { return Number(1, one_in) == 1; }

  void AddTensor(std::string name) {
    PlannedTensor tensor;
    tensor.name = std::move(name);
    ChooseDTypes(tensor);
    // Elements that make whole bytes are kept together.
    const int bits = BitsOf(tensor.dtype);
    granule_ = bits == 4 ? 2 : bits == 6 ? 4 : 1;
    std::vector<Axis> axes(Number(0, 4));
    uint64_t elements = granule_;
    for (Axis& axis : axes) {
      const uint64_t room = std::max<uint64_t>(1, most_elements_ / elements);
      axis.count = Number(Chance(40) ? 0 : 1, std::min<uint64_t>(room, Chance(3) ? 200 : 7));
      elements *= std::max<uint64_t>(1, axis.count);
      tensor.shape.push_back(static_cast<int64_t>(axis.count));
    }
    tensor.shape.push_back(static_cast<int64_t>(granule_));
    uint64_t stride = granule_;
    for (size_t k = axes.size(); k-- > 0;) {
      axes[k].target_stride = stride;
      stride *= axes[k].count;
    }
    if (stride != 0) Fill(tensor, axes, 0, 3);
    std::sort(tensor.boxes.begin(), tensor.boxes.end(),
              [](const Box& a, const Box& b) { return a.target_offset < b.target_offset; });
    plan_.tensors.push_back(std::move(tensor));
  }

  void ChooseDTypes(PlannedTensor& tensor) {
    if (Chance(3)) {
      tensor.source_dtype = kCastable[Number(0, std::size(kCastable) - 1)];
      tensor.dtype = kCastable[Number(0, std::size(kCastable) - 1)];
    } else {
      tensor.dtype = static_cast<DType>(Number(0, kDTypeCount - 1));
      tensor.source_dtype = tensor.dtype;
    }
  }

  // Fills the part of a tensor that `axes` span at `offset`: whole, or cut in two somewhere.
  void Fill(PlannedTensor& tensor, std::vector<Axis> axes, uint64_t offset, int depth) {
    if (depth > 0 && !axes.empty() && !Chance(3)) {
      const size_t k = Number(0, axes.size() - 1);
      const uint64_t count = axes[k].count;
      if (count % 2 == 0 && Chance(2)) {  // interleaved
        axes[k] = {count / 2, axes[k].target_stride * 2};
        Fill(tensor, axes, offset, depth - 1);
        Fill(tensor, axes, offset + axes[k].target_stride / 2, depth - 1);
        return;
      }
      if (count >= 2) {  // side by side
        const uint64_t head = Number(1, count - 1);
        axes[k].count = head;
        Fill(tensor, axes, offset, depth - 1);
        axes[k].count = count - head;
        Fill(tensor, axes, offset + head * axes[k].target_stride, depth - 1);
        return;
      }
    }
    // Axes cut in two give permutations a finer grain.
    for (size_t k = 0; k < axes.size(); ++k) {
      const uint64_t part = Number(2, 4);
      if (axes[k].count % part == 0 && axes[k].count > part && Chance(3)) {
        const Axis axis = axes[k];
        axes[k].count = part;
        axes.insert(axes.begin() + static_cast<std::ptrdiff_t>(k),
                    {axis.count / part, axis.target_stride * part});
        ++k;
      }
    }
    AddBox(tensor, axes, offset);
  }

  // One box for all `axes`, of a constant.
  void AddConstant(PlannedTensor& tensor, const std::vector<Axis>& axes, uint64_t offset) {
    Box box;
    box.source = kFirstConstant + static_cast<uint32_t>(plan_.constants.size());
    box.target_offset = offset;
    for (const Axis& axis : axes) {
      if (axis.count > 1) box.factors.push_back({axis.count, 0, axis.target_stride});
    }
    if (granule_ > 1) box.factors.push_back({granule_, 0, 1});
    std::stable_sort(box.factors.begin(), box.factors.end(), [](const Factor& a, const Factor& b) {
      return a.target_stride > b.target_stride;
    });
    tensor.boxes.push_back(std::move(box));
    Constant constant;
    constant.dtype = tensor.source_dtype;
    for (int bits = BitsOf(constant.dtype); bits > 0; bits -= 8) {
      constant.bytes.push_back(static_cast<char>(random_() >> 56));
    }
    plan_.constants.push_back(std::move(constant));
  }

  // One box for all `axes`, from a new source tensor that has them in another order and may be
  // larger.
  void AddBox(PlannedTensor& tensor, const std::vector<Axis>& axes, uint64_t offset) {
    if (Chance(8)) return AddConstant(tensor, axes, offset);
    std::vector<size_t> order(axes.size());
    std::iota(order.begin(), order.end(), size_t{0});
    if (!Chance(3)) std::shuffle(order.begin(), order.end(), random_);
    Box box;
    box.source = static_cast<uint32_t>(catalog_.tensors.size());
    box.target_offset = offset;
    std::vector<uint64_t> source_strides(axes.size());
    uint64_t stride = granule_;
    for (size_t i = order.size(); i-- > 0;) {
      const size_t k = order[i];
      const uint64_t step = Chance(6) ? 2 : 1;
      const uint64_t before = Chance(4) ? Number(0, 3) : 0;
      const uint64_t after = Chance(4) ? Number(0, 3) : 0;
      source_strides[k] = stride * step;
      box.source_offset += before * stride;
      stride *= before + axes[k].count * step + after;
    }
    for (size_t k = 0; k < axes.size(); ++k) {
      if (axes[k].count > 1) {
        box.factors.push_back({axes[k].count, source_strides[k], axes[k].target_stride});
      }
    }
    if (granule_ > 1) box.factors.push_back({granule_, 1, 1});
    std::stable_sort(box.factors.begin(), box.factors.end(), [](const Factor& a, const Factor& b) {
      return a.target_stride > b.target_stride;
    });
    tensor.boxes.push_back(std::move(box));
    AddSource(tensor.source_dtype, stride);
  }

  void AddSource(DType dtype, uint64_t elements) {
    TensorInfo source;
    source.name = "s" + std::to_string(catalog_.tensors.size());
    source.dtype = dtype;
    source.shape = {static_cast<int64_t>(elements)};
    source.file = static_cast<uint32_t>(Number(0, files_.size() - 1));
    source.size_bytes = elements * static_cast<uint64_t>(BitsOf(dtype)) / 8;
    Bytes& bytes = files_[source.file];
    if (Chance(4)) bytes.resize(bytes.size() + Number(0, 100));
    source.offset_bytes = bytes.size();
    for (uint64_t i = 0; i < source.size_bytes; ++i) {
      bytes.push_back(static_cast<char>(random_() >> 56));
    }
    catalog_.tensors.push_back(std::move(source));
  }

  std::mt19937_64& random_;
  const uint64_t most_elements_;
  uint64_t granule_ = 1;
  Plan plan_;
  Catalog catalog_;
  std::vector<Bytes> files_;
};

}  // namespace

RandomPlan MakeRandomPlan(std::mt19937_64& random, uint64_t most_elements) {
  return Generator(random, most_elements).Make();
}

}  // namespace weft::execute
