#include "mapping/random_pattern.h"

#include <algorithm>

namespace weft {
namespace {

using Kind = RandomPiece::Kind;

size_t Below(std::mt19937_64& random, size_t bound) { return random() % bound; }
bool Chance(std::mt19937_64& random, size_t one_in) { return Below(random, one_in) == 0; }

const std::vector<std::string>& Words() {
  static const std::vector<std::string> kWords = {"a", "b", "ab", "w1", "0", "10", "é", "1/a", ""};
  return kWords;
}

std::string Word(std::mt19937_64& random) { return Words()[Below(random, Words().size() - 1)]; }

RandomPiece MakePiece(std::mt19937_64& random) {
  RandomPiece piece;
  const std::string number = std::to_string(Below(random, 3));
  switch (Below(random, 9)) {
    case 0:
    case 1:
    case 2:
      piece.text = Word(random);
      return piece;
    case 3:
      piece.kind = Kind::kSegment;
      piece.variable = "s" + number;
      return piece;
    case 4:
    case 5:
      piece.kind = Kind::kIndex;
      piece.variable = "i" + number;
      if (Chance(random, 3)) piece.scale = 1 + static_cast<long long>(Below(random, 3));
      if (Chance(random, 3)) piece.shift = static_cast<long long>(Below(random, 5)) - 2;
      if (Chance(random, 4)) piece.set = {0, 3, 6};
      return piece;
    case 6:
      piece.kind = Kind::kPadded;
      piece.variable = "i" + number;
      return piece;
    case 7:
      piece.kind = Kind::kRegex;
      piece.variable = "r" + number;
      return piece;
    default:
      piece.kind = Kind::kChoice;
      piece.variable = "t" + number;
      piece.choices = {"a", "b.a", "ab"};
      if (Chance(random, 2)) piece.choices = {"", "_b"};
      return piece;
  }
}

std::string Spelled(const RandomPiece& piece) {
  switch (piece.kind) {
    case Kind::kLiteral:
      return piece.text;
    case Kind::kSegment:
      return "{" + piece.variable + ":seg}";
    case Kind::kPadded:
      return "{" + piece.variable + ":02}";
    case Kind::kRegex:
      return "{" + piece.variable + ":/[ab.]*/}";
    case Kind::kPath:
      return "{" + piece.variable + "*}";
    case Kind::kChoice: {
      std::string list;
      for (size_t i = 0; i < piece.choices.size(); ++i)
        list += (i > 0 ? "|" : "") + piece.choices[i];
      return "{" + piece.variable + ":" + list + "}";
    }
    case Kind::kIndex: {
      std::string body = piece.variable;
      if (piece.scale != 1) body = std::to_string(piece.scale) + "*" + body;
      if (piece.shift > 0) body += "+" + std::to_string(piece.shift);
      if (piece.shift < 0) body += std::to_string(piece.shift);
      if (!piece.set.empty()) body += "=0..6/3";
      return "{" + body + "}";
    }
  }
  return "";
}

// What stands before the slash of a pattern with a part.
RandomPiece PartPiece() {
  RandomPiece piece;
  piece.kind = Kind::kIndex;
  piece.variable = "i0";
  return piece;
}

bool IsPath(const RandomSegment& segment) { return segment[0].kind == Kind::kPath; }

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text += (i > 0 ? "." : "") + parts[i];
  return text;
}

// The value of a piece for the text `written`; false when there is none.
bool ValueOf(const RandomPiece& piece, const std::string& written, std::string* value) {
  const auto digits = [&written]() {
    return !written.empty() && written.size() <= 18 &&
           std::all_of(written.begin(), written.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  *value = written;
  switch (piece.kind) {
    case Kind::kLiteral:
      return written == piece.text;
    case Kind::kSegment:
      return !written.empty() && written.find('.') == std::string::npos;
    case Kind::kChoice:
      return std::find(piece.choices.begin(), piece.choices.end(), written) != piece.choices.end();
    case Kind::kRegex:
      return written.find_first_not_of("ab.") == std::string::npos;
    case Kind::kPadded:
      if (!digits() || written.size() != 2) return false;
      *value = std::to_string(std::stoll(written));
      return true;
    case Kind::kIndex: {
      if (!digits() || (written.size() > 1 && written[0] == '0')) return false;
      const long long distance = std::stoll(written) - piece.shift;
      if (distance < 0 || distance % piece.scale != 0) return false;
      const long long index = distance / piece.scale;
      *value = std::to_string(index);
      return piece.set.empty() ||
             std::find(piece.set.begin(), piece.set.end(), index) != piece.set.end();
    }
    case Kind::kPath:
      return false;
  }
  return false;
}

class Reader {
 public:
  Reader(const std::vector<RandomPiece>& pieces, const std::string& name,
         std::set<Reading>* readings)
      : pieces_(pieces), name_(name), readings_(readings) {}

  // `reading` already holds the values of the paths.
  void Read(size_t piece, size_t position, const Reading& reading) {
    if (piece == pieces_.size()) {
      if (position == name_.size()) readings_->insert(reading);
      return;
    }
    for (size_t end = position; end <= name_.size(); ++end) {
      if (end < name_.size() && (name_[end] & 0xC0) == 0x80) continue;  // within a character
      std::string value;
      const std::string written = name_.substr(position, end - position);
      if (!ValueOf(pieces_[piece], written, &value)) continue;
      Reading next = reading;
      if (pieces_[piece].kind != Kind::kLiteral) {
        const auto [found, added] = next.emplace(pieces_[piece].variable, value);
        if (!added && found->second != value) continue;
      }
      Read(piece + 1, end, next);
    }
  }

 private:
  const std::vector<RandomPiece>& pieces_;
  const std::string& name_;
  std::set<Reading>* readings_;
};

}  // namespace

RandomPattern MakeRandomPattern(std::mt19937_64& random) {
  RandomPattern pattern;
  const size_t count = 1 + Below(random, 4);
  while (pattern.segments.size() < count) {
    RandomSegment segment;
    if (Chance(random, 4) && (pattern.segments.empty() || !IsPath(pattern.segments.back()))) {
      RandomPiece path;
      path.kind = Kind::kPath;
      path.variable = "p" + std::to_string(Below(random, 2));
      segment.push_back(path);
    } else {
      segment.push_back(MakePiece(random));
      while (Chance(random, 3)) segment.push_back(MakePiece(random));
    }
    pattern.segments.push_back(std::move(segment));
  }
  std::vector<std::string> parts;
  for (const RandomSegment& segment : pattern.segments) {
    parts.emplace_back();
    for (const RandomPiece& piece : segment) parts.back() += Spelled(piece);
  }
  pattern.has_part = Chance(random, 4);
  pattern.text = (pattern.has_part ? Spelled(PartPiece()) + "/" : "") + Joined(parts);
  return pattern;
}

std::string MakeRandomName(const RandomPattern& pattern, std::mt19937_64& random) {
  std::vector<std::string> parts;
  Reading values;  // repeated variables mostly agree
  if (Chance(random, 8)) {
    for (size_t n = Below(random, 5); n > 0; --n) parts.push_back(Word(random));
    return Joined(parts);
  }
  for (const RandomSegment& segment : pattern.segments) {
    std::string part;
    bool absent = false;
    for (const RandomPiece& piece : segment) {
      std::string text = piece.text;
      const long long index = static_cast<long long>(Below(random, 12));
      switch (piece.kind) {
        case Kind::kLiteral:
          break;
        case Kind::kSegment:
          text = Word(random);
          break;
        case Kind::kIndex:
          text = std::to_string(std::max(0LL, piece.scale * index + piece.shift));
          break;
        case Kind::kPadded:
          text = (index < 10 ? "0" : "") + std::to_string(index);
          break;
        case Kind::kChoice:
          text = piece.choices[Below(random, piece.choices.size())];
          break;
        case Kind::kRegex:
          text = std::vector<std::string>{"", "a", "b.a", "ab"}[Below(random, 4)];
          break;
        case Kind::kPath: {
          std::vector<std::string> path;
          for (size_t n = Below(random, 3); n > 0; --n) path.push_back(Word(random));
          text = Joined(path);
          absent = path.empty();
          break;
        }
      }
      if (piece.kind != Kind::kLiteral && !Chance(random, 6)) {
        text = values.emplace(piece.variable, text).first->second;
        absent = piece.kind == Kind::kPath && text.empty();
      }
      part += text;
    }
    if (!absent) parts.push_back(part);
  }
  std::string name = Joined(parts);
  if (pattern.has_part) {
    const std::string part = std::to_string(Below(random, 12));
    name = values.emplace("i0", part).first->second + "/" + name;
  }
  if (Chance(random, 6) && !name.empty()) {
    const std::string bytes = "ab01.w/";
    char& byte = name[Below(random, name.size())];
    if ((byte & 0x80) == 0) byte = bytes[Below(random, bytes.size())];
  }
  return name;
}

std::set<Reading> AllReadings(const RandomPattern& pattern, const std::string& name) {
  std::set<Reading> readings;
  // Paths are written out as 0, 1, 2, … segments; what is left has pieces of single segments only.
  std::vector<size_t> paths;
  for (size_t i = 0; i < pattern.segments.size(); ++i) {
    if (IsPath(pattern.segments[i])) paths.push_back(i);
  }
  const auto most = static_cast<size_t>(std::count(name.begin(), name.end(), '.')) + 1;
  std::vector<size_t> lengths(paths.size(), 0);
  while (true) {
    std::vector<RandomPiece> pieces;
    bool first = true;
    const auto dot = [&]() {
      RandomPiece literal;
      literal.text = ".";
      if (!first) pieces.push_back(literal);
      first = false;
    };
    if (pattern.has_part) {
      RandomPiece slash;
      slash.text = "/";
      pieces = {PartPiece(), slash};
    }
    size_t path = 0;
    for (const RandomSegment& segment : pattern.segments) {
      if (!IsPath(segment)) {
        dot();
        pieces.insert(pieces.end(), segment.begin(), segment.end());
        continue;
      }
      for (size_t n = 0; n < lengths[path]; ++n) {
        dot();
        RandomPiece single;
        single.kind = Kind::kSegment;
        single.variable = "path" + std::to_string(path) + "/" + std::to_string(n);
        pieces.push_back(single);
      }
      ++path;
    }
    std::set<Reading> written_out;
    Reader(pieces, name, &written_out).Read(0, 0, {});
    for (const Reading& reading : written_out) {
      Reading joined;
      bool agrees = true;
      for (const auto& [variable, value] : reading) {
        if (variable.find('/') == std::string::npos) joined[variable] = value;
      }
      for (size_t p = 0; p < paths.size(); ++p) {
        std::vector<std::string> parts;
        for (size_t n = 0; n < lengths[p]; ++n) {
          parts.push_back(reading.at("path" + std::to_string(p) + "/" + std::to_string(n)));
        }
        const std::string& variable = pattern.segments[paths[p]][0].variable;
        const auto [found, added] = joined.emplace(variable, Joined(parts));
        agrees = agrees && (added || found->second == Joined(parts));
      }
      if (agrees) readings.insert(joined);
    }
    size_t next = 0;
    while (next < lengths.size() && ++lengths[next] > most) lengths[next++] = 0;
    if (next == lengths.size()) return readings;
  }
}

}  // namespace weft
