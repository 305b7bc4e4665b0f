#include "weft/plan_picture.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "plan/picture_text.h"
#include "plan/weave.h"

namespace weft {
namespace {

constexpr size_t kMostLines = 60;

// Lengths are in pixels. Letters of a monospaced font are 0.6 of its size wide.
constexpr double kLeft = 24;
constexpr double kTop = 92;
constexpr double kLetterWidth = 7.25;  // of a name
constexpr double kPadding = 12;
constexpr double kRuleWidth = 316;
constexpr double kThreadWidth = 132;  // between two columns
constexpr double kLineHeight = 38;
constexpr double kHeadHeight = 26;
constexpr double kBlockGap = 14;
constexpr double kRuleGap = 16;
constexpr double kRuleLine = 15;
constexpr size_t kLeastLetters = 36;  // for which a column has room
constexpr size_t kMostLetters = 74;
constexpr size_t kRuleLetters = 44;
constexpr size_t kMostRuleLines = 4;  // of one rule
constexpr size_t kMostRules = 6;      // of one strand
constexpr size_t kMostTitleLines = 40;
constexpr double kThreadGap = 9;
constexpr double kThinnest = 1.5;
constexpr double kThickest = 15;

constexpr std::string_view kColours[] = {"#2563eb", "#d97706", "#059669", "#9333ea", "#db2777",
                                         "#0891b2", "#65a30d", "#b45309", "#4f46e5", "#0d9488"};
constexpr std::string_view kPassColour = "#94a3b8";
constexpr std::string_view kDropColour = "#dc2626";

struct PlacedBlock {
  std::string_view name;
  double top = 0;
  double height = 0;
  size_t first = 0;  // line
  size_t lines = 0;

  double head() const { return name.empty() ? 0 : kHeadHeight; }
};

// The lines of one side.
struct Column {
  std::vector<PlacedBlock> blocks;
  std::vector<double> centers;  // of lines, from the top
  double left = 0;
  double width = 0;
  double height = 0;

  double right() const { return left + width; }

  void MoveDown(double distance) {
    for (PlacedBlock& block : blocks) block.top += distance;
    for (double& center : centers) center += distance;
  }
};

Column Place(const std::vector<WeaveLine>& lines) {
  Column column;
  size_t letters = kLeastLetters;
  for (const WeaveLine& line : lines) {
    letters = std::max({letters, LettersIn(line.text), LettersIn(line.block)});
  }
  column.width = 2 * kPadding + kLetterWidth * static_cast<double>(std::min(letters, kMostLetters));
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i == 0 || lines[i].block != lines[i - 1].block) {
      if (i > 0) column.height += kBlockGap;
      PlacedBlock& block = column.blocks.emplace_back();
      block.name = lines[i].block;
      block.top = column.height;
      block.first = i;
      block.height = block.head();
      column.height += block.head();
    }
    column.centers.push_back(column.height + kLineHeight / 2);
    column.height += kLineHeight;
    column.blocks.back().height += kLineHeight;
    ++column.blocks.back().lines;
  }
  return column;
}

struct RuleLine {
  std::string text;
  bool is_place = false;
};

struct PlacedStrand {
  std::vector<RuleLine> lines;
  std::string_view colour;
  double top = 0;
  double height = 0;
  std::vector<size_t> incoming;  // threads, by height
  std::vector<size_t> outgoing;
};

std::vector<RuleLine> LinesOf(const WeaveStrand& strand) {
  std::vector<RuleLine> lines;
  for (size_t i = 0; i < strand.rules.size(); ++i) {
    if (i == kMostRules) {
      lines.push_back({absl::StrFormat("… %d more rules", strand.rules.size() - i), false});
      break;
    }
    for (std::string& line : Wrapped(strand.rules[i], kRuleLetters, kMostRuleLines)) {
      lines.push_back({std::move(line), false});
    }
    if (i < strand.places.size()) {
      const std::string& place = strand.places[i];
      lines.push_back({Shortened(place.substr(0, place.find(" (")), kRuleLetters), true});
    }
  }
  return lines;
}

class Picture {
 public:
  explicit Picture(const Plan& plan) : plan_(plan), weave_(WeaveOf(plan, kMostLines)) {
    sources_ = Place(weave_.sources);
    targets_ = Place(weave_.targets);
    sources_.left = kLeft;
    rules_left_ = sources_.right() + kThreadWidth;
    targets_.left = rules_left_ + kRuleWidth + kThreadWidth;
    width_ = targets_.right() + kLeft;
    double height = std::max(sources_.height, targets_.height);
    double strands_height = 0;
    std::vector<double> ends(weave_.strands.size());
    for (const WeaveThread& thread : weave_.incoming) ++ends[thread.strand];
    std::vector<double> other_ends(weave_.strands.size());
    for (const WeaveThread& thread : weave_.outgoing) ++other_ends[thread.strand];
    size_t colour = 0;
    for (const WeaveStrand& strand : weave_.strands) {
      PlacedStrand& placed = strands_.emplace_back();
      placed.lines = LinesOf(strand);
      placed.colour = strand.drops    ? kDropColour
                      : strand.passes ? kPassColour
                                      : kColours[colour++ % std::size(kColours)];
      const size_t number = strands_.size() - 1;
      placed.height = std::max(16 + kRuleLine * static_cast<double>(placed.lines.size()),
                               kThreadGap * (1 + std::max(ends[number], other_ends[number])));
      strands_height += placed.height + kRuleGap;
    }
    height = std::max(height, strands_height);
    sources_.MoveDown(kTop + (height - sources_.height) / 2);
    targets_.MoveDown(kTop + (height - targets_.height) / 2);
    bottom_ = kTop + height;
    PlaceStrands();
    for (const auto* threads : {&weave_.incoming, &weave_.outgoing}) {
      for (const WeaveThread& thread : *threads) most_bytes_ = std::max(most_bytes_, thread.bytes);
    }
  }

  std::string Draw() {
    Head();
    Threads(weave_.incoming, sources_, weave_.sources, /*incoming=*/true);
    Threads(weave_.outgoing, targets_, weave_.targets, /*incoming=*/false);
    Lines(sources_, weave_.sources);
    Lines(targets_, weave_.targets);
    for (size_t i = 0; i < strands_.size(); ++i) Strand(strands_[i], weave_.strands[i]);
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  // Each as near to the middle of its ends as the others let it.
  void PlaceStrands() {
    struct Wish {
      double sum = 0;
      double count = 0;
    };
    std::vector<Wish> wishes(strands_.size());
    for (size_t i = 0; i < weave_.incoming.size(); ++i) {
      const WeaveThread& thread = weave_.incoming[i];
      wishes[thread.strand].sum += sources_.centers[thread.line];
      wishes[thread.strand].count += 1;
      strands_[thread.strand].incoming.push_back(i);
    }
    for (size_t i = 0; i < weave_.outgoing.size(); ++i) {
      const WeaveThread& thread = weave_.outgoing[i];
      wishes[thread.strand].sum += targets_.centers[thread.line];
      wishes[thread.strand].count += 1;
      strands_[thread.strand].outgoing.push_back(i);
    }
    std::vector<std::pair<double, size_t>> order;
    order.reserve(strands_.size());
    for (size_t i = 0; i < strands_.size(); ++i) {
      order.emplace_back(wishes[i].count == 0 ? kTop : wishes[i].sum / wishes[i].count, i);
    }
    std::sort(order.begin(), order.end());
    double free = kTop;
    for (const auto& [center, i] : order) {
      strands_[i].top = std::max(free, center - strands_[i].height / 2);
      free = strands_[i].top + strands_[i].height + kRuleGap;
    }
    double limit = bottom_;
    for (auto it = order.rbegin(); it != order.rend(); ++it) {
      PlacedStrand& strand = strands_[it->second];
      strand.top = std::min(strand.top, limit - strand.height);
      limit = strand.top - kRuleGap;
    }
  }

  void Head() {
    const double height = bottom_ + 44;
    out_ = absl::StrFormat(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
        "height=\"%.0f\">\n"
        "<style>\n"
        "text { font-family: 'Inter', 'Helvetica Neue', Arial, sans-serif; fill: #0f172a; }\n"
        ".name { font: 12px 'DejaVu Sans Mono', Menlo, Consolas, monospace; }\n"
        ".rule { font: 11px 'DejaVu Sans Mono', Menlo, Consolas, monospace; }\n"
        ".block { font: bold 12px 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #334155; "
        "}\n"
        ".note { font-size: 10.5px; fill: #64748b; }\n"
        ".head { font-size: 18px; font-weight: 600; }\n"
        ".side { font-size: 11px; font-weight: 600; letter-spacing: 1.5px; fill: #64748b; }\n"
        ".thread { fill: none; stroke-opacity: 0.55; }\n"
        ".thread:hover { stroke-opacity: 1; }\n"
        "</style>\n",
        width_, height, width_, height);
    const Catalog& catalog = *plan_.catalog;
    uint64_t bytes = 0;
    for (const TensorInfo& tensor : catalog.tensors) bytes += tensor.size_bytes;
    const std::string head = absl::StrFormat(
        "%s, %s  →  %s, %s", CountText(catalog.tensors.size(), "tensor"), SizeText(bytes),
        CountText(plan_.tensors.size(), "tensor"), SizeText(plan_.bytes_written));
    out_ += absl::StrFormat("<title>%s</title>\n", Xml(head));
    out_ += absl::StrFormat("<rect width=\"%.0f\" height=\"%.0f\" fill=\"#f8fafc\"/>\n", width_,
                            height);
    Text(kLeft, 40, "head", head);
    Text(kLeft, 74, "side", "SOURCE");
    Text(rules_left_, 74, "side", "RULES");
    Text(targets_.left, 74, "side", "TARGET");
    Text(
        kLeft, bottom_ + 26, "note",
        absl::StrFormat("A wider thread carries more bytes; gray passes unchanged. Reversible: %s.",
                        NameOf(plan_.exactness)));
  }

  void Text(double x, double y, std::string_view style, std::string_view text) {
    out_ += absl::StrFormat(
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" xml:space=\"preserve\">%s"
        "</text>\n",
        style, x, y, Xml(text));
  }

  double WidthOf(uint64_t bytes) const {
    if (most_bytes_ == 0) return kThinnest;
    const double share = static_cast<double>(bytes) / static_cast<double>(most_bytes_);
    return kThinnest + (kThickest - kThinnest) * std::sqrt(share);
  }

  void Threads(const std::vector<WeaveThread>& threads, const Column& column,
               const std::vector<WeaveLine>& lines, bool incoming) {
    for (size_t number = 0; number < strands_.size(); ++number) {
      PlacedStrand& strand = strands_[number];
      std::vector<size_t>& ends = incoming ? strand.incoming : strand.outgoing;
      std::sort(ends.begin(), ends.end(), [&](size_t a, size_t b) {
        return column.centers[threads[a].line] < column.centers[threads[b].line];
      });
      for (size_t i = 0; i < ends.size(); ++i) {
        const WeaveThread& thread = threads[ends[i]];
        const double line_y = column.centers[thread.line];
        const double strand_y = strand.top + strand.height * (static_cast<double>(i) + 1) /
                                                 (static_cast<double>(ends.size()) + 1);
        const double from_x = incoming ? sources_.right() : rules_left_ + kRuleWidth;
        const double from_y = incoming ? line_y : strand_y;
        const double to_y = incoming ? strand_y : line_y;
        out_ += absl::StrFormat(
            "<path class=\"thread\" d=\"M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f\" stroke=\"%s\" "
            "stroke-width=\"%.2f\"%s><title>%s: %s</title></path>\n",
            from_x, from_y, from_x + kThreadWidth / 2, from_y, from_x + kThreadWidth / 2, to_y,
            from_x + kThreadWidth, to_y, strand.colour, WidthOf(thread.bytes),
            weave_.strands[number].drops ? " stroke-dasharray=\"6 4\"" : "",
            Xml(lines[thread.line].text), SizeText(thread.bytes));
      }
    }
  }

  void Lines(const Column& column, const std::vector<WeaveLine>& lines) {
    const double x = column.left;
    for (const PlacedBlock& block : column.blocks) {
      out_ += absl::StrFormat(
          "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"6\" fill=\"#ffffff\" "
          "stroke=\"#cbd5e1\"/>\n",
          x, block.top, column.width, block.height);
      if (!block.name.empty()) {
        Text(x + kPadding, block.top + 17, "block", Shortened(block.name, kMostLetters));
      }
      for (size_t i = block.first; i < block.first + block.lines; ++i) {
        Line(lines[i], column, column.centers[i], i > block.first || !block.name.empty());
      }
    }
  }

  void Line(const WeaveLine& line, const Column& column, double center, bool has_rule_above) {
    const double x = column.left;
    if (has_rule_above) {
      out_ += absl::StrFormat("<path d=\"M%.1f %.1f h%.1f\" stroke=\"#e2e8f0\"/>\n", x,
                              center - kLineHeight / 2, column.width);
    }
    out_ += "<g><title>";
    for (size_t i = 0; i < std::min(line.names.size(), kMostTitleLines); ++i) {
      out_ += Xml(line.names[i]) + "\n";
    }
    if (line.names.size() > kMostTitleLines) {
      out_ += absl::StrFormat("… and %d more\n", line.names.size() - kMostTitleLines);
    }
    out_ += "</title>\n";
    out_ += absl::StrFormat(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#ffffff\" "
        "fill-opacity=\"0\"/>\n",
        x, center - kLineHeight / 2, column.width, kLineHeight);
    Text(x + kPadding, center - 3, "name", Shortened(line.text, kMostLetters));
    std::string note = line.tensors == 0 ? "" : CountText(line.tensors, "tensor") + " · ";
    note += line.type;
    if (line.tensors > 0) note += " · " + SizeText(line.bytes);
    Text(x + kPadding, center + 12, "note", note);
    out_ += "</g>\n";
  }

  void Strand(const PlacedStrand& placed, const WeaveStrand& strand) {
    const double x = rules_left_;
    out_ += "<g><title>";
    for (size_t i = 0; i < strand.rules.size(); ++i) {
      out_ += Xml(strand.rules[i]);
      if (i < strand.places.size()) out_ += " at " + Xml(strand.places[i]);
      out_ += "\n";
    }
    out_ += "</title>\n";
    out_ += absl::StrFormat(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"8\" fill=\"#ffffff\" "
        "stroke=\"%s\" stroke-width=\"2\"/>\n",
        x, placed.top, kRuleWidth, placed.height, placed.colour);
    double y = placed.top + 20;
    for (const RuleLine& line : placed.lines) {
      Text(x + kPadding, y, line.is_place ? "note" : "rule", line.text);
      y += kRuleLine;
    }
    out_ += "</g>\n";
  }

  const Plan& plan_;
  const Weave weave_;
  Column sources_;
  Column targets_;
  std::vector<PlacedStrand> strands_;
  double rules_left_ = 0;
  double width_ = 0;
  double bottom_ = 0;
  uint64_t most_bytes_ = 0;
  std::string out_;
};

}  // namespace

std::string DrawPlan(const Plan& plan) { return Picture(plan).Draw(); }

}  // namespace weft
