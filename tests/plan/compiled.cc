#include "plan/compiled.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace weft {
namespace {

std::shared_ptr<const Catalog> Sorted(std::vector<NamedShape> tensors,
                                      std::map<std::string, std::string> metadata) {
  auto catalog = std::make_shared<Catalog>();
  catalog->format = "safetensors";
  catalog->files = {{"dir/model.safetensors", "model.safetensors", 0}};
  catalog->metadata = std::move(metadata);
  std::sort(tensors.begin(), tensors.end(),
            [](const NamedShape& a, const NamedShape& b) { return NaturalLess(a.name, b.name); });
  uint64_t offset = 0;
  for (NamedShape& tensor : tensors) {
    TensorInfo info;
    info.name = std::move(tensor.name);
    info.dtype = tensor.dtype;
    info.shape = std::move(tensor.shape);
    info.offset_bytes = offset;
    info.size_bytes = ElementsOf(info.shape) * static_cast<uint64_t>(BitsOf(info.dtype)) / 8;
    offset += info.size_bytes;
    catalog->tensors.push_back(std::move(info));
  }
  return catalog;
}

}  // namespace

std::shared_ptr<const Catalog> CatalogOf(std::vector<NamedShape> tensors,
                                         std::map<std::string, std::string> metadata) {
  return Sorted(std::move(tensors), std::move(metadata));
}

std::shared_ptr<const Catalog> CatalogOf(const Plan& plan) {
  std::vector<NamedShape> tensors;
  for (const PlannedTensor& tensor : plan.tensors) {
    tensors.push_back({tensor.name, tensor.shape, tensor.dtype});
  }
  return Sorted(std::move(tensors), plan.metadata);
}

Mapping MappingOf(std::string_view json) {
  const absl::StatusOr<Mapping> mapping = Mapping::FromJson(json, "m.json");
  if (!mapping.ok()) {
    std::string text;
    for (const std::string& line : ErrorsOf(mapping.status())) text += line + "\n";
    FAIL(text << json);
  }
  return *mapping;
}

Mapping MappingOfRules(const std::vector<std::string>& rules, const std::string& fields) {
  std::string json = "{\"weft\": 1, \"name\": \"m\", " + fields + "\"stages\": [[\n";
  for (size_t i = 0; i < rules.size(); ++i) json += rules[i] + (i + 1 < rules.size() ? ",\n" : "");
  return MappingOf(json + "]]}");
}

namespace {

// Of a constant "~0".
std::string SourceName(const Plan& plan, uint32_t source) {
  const size_t tensors = plan.catalog->tensors.size();
  if (source < tensors) return plan.catalog->tensors[source].name;
  return "~" + plan.constants[source - tensors].text;
}

std::string TextOf(const Plan& plan, const std::vector<Box>& boxes) {
  std::string text;
  for (const Box& box : boxes) {
    text += " <- " + SourceName(plan, box.source) + "[" + std::to_string(box.source_offset) +
            " at " + std::to_string(box.target_offset);
    for (const Factor& factor : box.factors) {
      text += ", " + std::to_string(factor.count) + " by " + std::to_string(factor.source_stride) +
              "/" + std::to_string(factor.target_stride);
    }
    text += "]";
  }
  return text;
}

}  // namespace

std::string ChecksOf(const Plan& plan) {
  std::string text;
  for (const Check& check : plan.checks) {
    text += check.what + " " + std::string(NameOf(check.dtype)) + " " +
            std::to_string(check.elements) + ":" + TextOf(plan, check.found) + " =" +
            TextOf(plan, check.expected) + "\n";
  }
  return text;
}

std::string TextOf(const Plan& plan) {
  std::string text;
  for (const PlannedTensor& tensor : plan.tensors) {
    text += tensor.name + " " + std::string(NameOf(tensor.dtype)) + " " + TextOf(tensor.shape) +
            TextOf(plan, tensor.boxes) + "\n";
  }
  return text;
}

std::string NamesOf(const Plan& plan) {
  std::string text;
  for (const PlannedTensor& tensor : plan.tensors) {
    text += tensor.name + " " + TextOf(tensor.shape) + "\n";
  }
  return text;
}

std::vector<Element> ElementsWritten(const std::vector<Box>& boxes, uint64_t elements,
                                     const Catalog& catalog) {
  std::vector<Element> result(elements);
  std::vector<int> times(elements, 0);
  for (const Box& box : boxes) {
    if (box.source >= catalog.tensors.size()) FAIL("a box reads tensor " << box.source);
    const uint64_t readable = ElementsOf(catalog.tensors[box.source].shape);
    for (uint64_t n = 0; n < ElementsOf(box); ++n) {
      uint64_t rest = n;
      uint64_t from = box.source_offset;
      uint64_t to = box.target_offset;
      for (const Factor& factor : box.factors) {
        const uint64_t step = rest % factor.count;
        rest /= factor.count;
        from += step * factor.source_stride;
        to += step * factor.target_stride;
      }
      if (from >= readable) FAIL("element " << from << " of " << readable << " is read");
      if (to >= elements) FAIL("element " << to << " of " << elements << " is written");
      result[to] = {box.source, from};
      ++times[to];
    }
  }
  for (uint64_t i = 0; i < elements; ++i) {
    if (times[i] != 1) FAIL("element " << i << " is written " << times[i] << " times");
  }
  return result;
}

std::map<std::string, std::vector<Element>> ElementsOf(const Plan& plan) {
  std::map<std::string, std::vector<Element>> all;
  for (const PlannedTensor& tensor : plan.tensors) {
    all[tensor.name] = ElementsWritten(tensor.boxes, ElementsOf(tensor.shape), *plan.catalog);
  }
  return all;
}

std::map<std::string, std::vector<Element>> ElementsThrough(const Plan& first, const Plan& second) {
  const auto made = ElementsOf(first);
  auto all = ElementsOf(second);
  for (auto& [name, elements] : all) {
    for (Element& element : elements) {
      element = made.at(second.catalog->tensors[element.source].name)[element.place];
    }
  }
  return all;
}

bool GivesBack(const Plan& first, const Plan& second) {
  const std::vector<TensorInfo>& sources = first.catalog->tensors;
  const auto all = ElementsThrough(first, second);
  if (all.size() != sources.size() || second.tensors.size() != sources.size()) return false;
  for (uint32_t i = 0; i < sources.size(); ++i) {
    const PlannedTensor& tensor = second.tensors[i];
    if (tensor.name != sources[i].name || tensor.shape != sources[i].shape ||
        tensor.dtype != sources[i].dtype) {
      return false;
    }
    const std::vector<Element>& elements = all.at(tensor.name);
    for (uint64_t place = 0; place < elements.size(); ++place) {
      if (elements[place] != Element{i, place}) return false;
    }
  }
  return true;
}

}  // namespace weft
