"""The figures of one run: lines with targets, tables of growth, and every single try."""

import dataclasses
import json

from measure import Failed

HOLDS, SHORT, OPEN, SHOWN = "holds", "falls short", "not measured", "no target"


@dataclasses.dataclass(frozen=True)
class Line:
    """What is measured, and what it has to be."""

    name: str
    what: str
    unit: str = "x"  # x (a ratio), s, MiB, equal (1 or 0)
    at_least: float | None = None
    at_most: float | None = None


def text_of(value, unit):
    if value is None:
        return ""
    if unit == "equal":
        return "yes" if value else "no"
    if unit == "MiB":
        return f"{value:.0f} MiB"
    if unit == "s":
        return f"{value:.3f} s"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def target_of(line):
    if line["unit"] == "equal":
        return "yes"
    if line["at_least"] is not None:
        return "≥ " + text_of(line["at_least"], line["unit"])
    if line["at_most"] is not None:
        return "≤ " + text_of(line["at_most"], line["unit"])
    return ""


def outcome(line):
    if line["value"] is None:
        return OPEN
    if line["at_least"] is not None and line["value"] < line["at_least"]:
        return SHORT
    if line["at_most"] is not None and line["value"] > line["at_most"]:
        return SHORT
    has_target = line["at_least"] is not None or line["at_most"] is not None
    return HOLDS if has_target else SHOWN


class Results:
    def __init__(self, machine, settings):
        self.document = {
            "machine": machine,
            "settings": settings,
            "lines": [],
            "tables": {},
            "measurements": [],
        }

    def measure(self, group, function, bench):
        """Runs a group of lines. A line that it does not get to is recorded with the reason."""
        found = Figures()
        reason = "the group ended before it"
        try:
            function(bench, found)
        except Failed as failure:
            reason = str(failure)
        except Exception as error:  # a mistake in one group must not cost the others
            reason = f"{type(error).__name__}: {error}"
        for line in group:
            figure = found.values.get(line.name, {})
            record = {**dataclasses.asdict(line), "value": None, **figure}
            if record["value"] is None and "why" not in record:
                record["why"] = reason
            record["outcome"] = outcome(record)
            self.document["lines"].append(record)
        self.document["tables"].update(found.tables)
        self.document["measurements"].extend(found.measurements)

    def write(self, path):
        path.write_text(json.dumps(self.document, indent=1, ensure_ascii=False) + "\n")


class Figures:
    """What one group found."""

    def __init__(self):
        self.values = {}
        self.tables = {}
        self.measurements = []

    def set(self, name, figure, **more):
        """`figure` returns the value of a line, or fails."""
        try:
            self.values[name] = {"value": float(figure()), **more}
        except Failed as failure:
            self.values[name] = {"value": None, "why": str(failure), **more}

    def keep(self, about, sides):
        self.measurements.append(
            {
                "about": about,
                "sides": sides.summary(),
                "tries": sides.tries,
            }
        )

    def table(self, name, rows):
        self.tables[name] = rows


def short_reason(reason):
    return reason if len(reason) <= 90 else reason[:89] + "…"


def rows_of(document):
    for line in document["lines"]:
        found = text_of(line["value"], line["unit"]) or "–"
        note = short_reason(line["why"]) if line["value"] is None else line.get("note", "")
        yield line["what"], found, target_of(line), line["outcome"], note


def plain_table(document):
    rows = [("", "measured", "target", "", ""), *rows_of(document)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2])]
        lines.append("  ".join([*cells, row[3].ljust(widths[3]), row[4]]).rstrip())
    return "\n".join(lines)


def markdown_row(cells):
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def markdown(document):
    machine = document["machine"]
    memory = machine["memory_bytes"] / 2**30
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {memory:.0f} GiB of memory, "
        f"Linux {machine['kernel']}; {document['settings']['threads']} threads, best of "
        f"{document['settings']['repeats']} interleaved runs; "
        + ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
        + ".",
        "",
        markdown_row(["", "measured", "target", "", ""]),
        "|---|---:|---:|---|---|",
    ]
    lines += [markdown_row(row) for row in rows_of(document)]
    for name, rows in document["tables"].items():
        if not rows:
            continue
        columns = list(rows[0])
        lines += ["", f"{name}:", "", markdown_row(columns), "|" + "---:|" * len(columns)]
        lines += [markdown_row(row[column] for column in columns) for row in rows]
    return "\n".join(lines) + "\n"
