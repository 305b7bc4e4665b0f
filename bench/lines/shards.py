"""The bytes that a rank asks for, beside those that it gets. Counted, not timed."""

from results import Line

RANKS = (2, 4, 8)

LINES = [
    Line(f"shards-{n}", f"load 1 of {n} ranks of mixtral: bytes read ÷ bytes of its part",
         at_most=1.01)
    for n in RANKS
]


def measure(bench, figures):
    source = bench.input("mixtral")
    rows = []
    for n in RANKS:
        figures.set(f"shards-{n}", lambda n=n: worst_rank(bench, source, n, rows))
    if rows:
        figures.table("Bytes that the ranks of mixtral read", rows)


def worst_rank(bench, source, ranks, rows):
    worst = 0.0
    most_planned = most_read = 0
    total = bench.weft("plan", source).json()["bytes_written"]
    for rank in range(ranks):
        options = ("--rank", rank, "--world-size", ranks)
        planned = bench.weft("plan", source, *options).json()
        loaded = bench.weft("load", source, "--threads", bench.threads, *options).json()
        worst = max(worst, loaded["bytes_read"] / planned["bytes_written"])
        most_planned = max(most_planned, planned["bytes_read"])
        most_read = max(most_read, loaded["bytes_read"])
    rows.append(
        {
            "ranks": ranks,
            "of all, planned": f"{most_planned / total:.4f}",
            "of all, read": f"{most_read / total:.4f}",
            "an even share": f"{1 / ranks:.4f}",
        }
    )
    return worst
