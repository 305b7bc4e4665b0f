#include "weft/plan_picture.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

// The names of the elements that are open at the end, or a complaint. Enough of XML for a picture.
std::string OpenElements(std::string_view xml) {
  std::vector<std::string> open;
  for (size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
    const size_t end = xml.find('>', at);
    if (end == std::string_view::npos) return "a tag has no end";
    const std::string_view tag = xml.substr(at + 1, end - at - 1);
    if (tag.empty() || tag.find('<') != std::string_view::npos) return "a stray <";
    const std::string name(
        tag.substr(tag[0] == '/' ? 1 : 0, tag.find_first_of(" /\n", 1) - (tag[0] == '/' ? 1 : 0)));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return "</" + name + "> closes nothing";
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
  }
  std::string text;
  for (const std::string& name : open) text += name + " ";
  return text;
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

Plan PlanOf(const std::vector<std::string>& rules, std::vector<NamedShape> tensors) {
  auto plan = Compile({MappingOfRules(rules)}, CatalogOf(std::move(tensors)));
  REQUIRE(plan.ok());
  return *std::move(plan);
}

TEST_CASE("picture: lines, rules and threads", "[plan]") {
  const Plan plan = PlanOf({R"({"from": ["a", "x y"], "to": ["t", "y x"]})",
                            R"({"drop": "rope", "reason": "recomputed"})"},
                           {{"a", {2, 3}}, {"norm", {3}}, {"rope", {5}}});
  const std::string svg = DrawPlan(plan);
  CHECK(svg.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\" ", 0) == 0);
  CHECK(OpenElements(svg).empty());
  CHECK(svg.find(">3 tensors, 56 B  →  2 tensors, 36 B</text>") != std::string::npos);
  CHECK(svg.find(">norm</text>") != std::string::npos);
  CHECK(svg.find(">1 tensor · F32 [3] · 12 B</text>") != std::string::npos);
  CHECK(svg.find(">\"x y\" -&gt; \"y x\"</text>") != std::string::npos);
  CHECK(svg.find(">m.json:2:1</text>") != std::string::npos);
  CHECK(svg.find(">dropped: recomputed</text>") != std::string::npos);
  CHECK(svg.find("Reversible: one-way.") != std::string::npos);
  // a and norm in and out, rope only in, with dashes.
  CHECK(Count(svg, "<path class=\"thread\"") == 5);
  CHECK(Count(svg, "stroke-dasharray") == 1);
  CHECK(DrawPlan(plan) == svg);
}

TEST_CASE("picture: names are text, whatever they are", "[plan]") {
  const std::string svg = DrawPlan(
      PlanOf({}, {{"<script>&\x01\xFF", {1}}, {"]]>\"'", {1}}, {std::string(500, 'n'), {1}}}));
  CHECK(OpenElements(svg).empty());
  CHECK(svg.find("<script") == std::string::npos);
  CHECK(svg.find("&lt;script&gt;&amp;\uFFFD\uFFFD</text>") != std::string::npos);
  CHECK(svg.find(">" + std::string(36, 'n') + "…" + std::string(37, 'n') + "</text>") !=
        std::string::npos);
}

TEST_CASE("picture: of nothing, and of very many names", "[plan]") {
  CHECK(OpenElements(DrawPlan(PlanOf({}, {}))).empty());
  std::vector<NamedShape> tensors;
  std::string name = "x";
  for (int i = 0; i < 500; ++i) {
    name += i % 2 == 0 ? ".a" : ".b";
    tensors.push_back({name, {1}});
  }
  const std::string svg = DrawPlan(PlanOf({}, tensors));
  CHECK(OpenElements(svg).empty());
  CHECK(svg.find("… 441 more lines") != std::string::npos);
  CHECK(svg.size() < 200'000);
}

}  // namespace
}  // namespace weft
