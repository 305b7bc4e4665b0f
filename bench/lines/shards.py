"""The bytes that a rank asks for, beside those that it gets. Counted, not timed."""

from results import Line

RANKS = (2, 4, 8)

LINES = [
    line
    for n in RANKS
    for line in (
        Line(f"shards-{n}", f"1 of {n} ranks of mixtral: bytes asked for ÷ of its part",
             at_most=1.01),
        Line(f"shards-{n}-gaps", f"1 of {n} ranks of mixtral: the same, gaps of short runs included"),
    )
]


def measure(bench, figures):
    source = bench.input("mixtral")
    total = bench.weft("plan", source).json()["bytes_written"]
    rows = []
    for n in RANKS:
        planned = [bench.weft("plan", source, *rank).json() for rank in options(n)]
        loaded = [
            bench.weft("load", source, "--threads", bench.threads, *rank).json()
            for rank in options(n)
        ]
        figures.set(f"shards-{n}", lambda planned=planned: worst(planned, planned))
        figures.set(f"shards-{n}-gaps", lambda planned=planned, loaded=loaded: worst(loaded, planned))
        rows.append(
            {
                "ranks": n,
                "an even share of all": f"{1 / n:.4f}",
                "the largest part": share("bytes_written", planned, total),
                "asked for": share("bytes_read", planned, total),
                "with gaps": share("bytes_read", loaded, total),
            }
        )
    figures.table("Bytes that the ranks of mixtral read", rows)


def options(ranks):
    """Of each rank."""
    return [("--rank", rank, "--world-size", ranks) for rank in range(ranks)]


def worst(read, planned):
    """The most that a rank reads of a byte that it gets."""
    return max(r["bytes_read"] / p["bytes_written"] for r, p in zip(read, planned, strict=True))


def share(key, reports, total):
    return f"{max(report[key] for report in reports) / total:.4f}"
