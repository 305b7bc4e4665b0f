"""CPU time of opening, detecting, compiling and proving, on one thread; no tensor data."""

from measure import interleave, run
from results import Line

STEPS = ("open", "detect", "compile")  # the proof is a part of compile
SHAPES = ("literal", "path", "index", "partial")
MORE_RULES = 1000

LINES = [
    Line("plan-keys", "plan 94,553 tensors: CPU", "s", at_most=0.5),
    Line("plan-proof", "plan 94,553 tensors: the proof of it", "s"),
    Line("plan-double-keys", "plan twice the tensors ÷ once", at_most=2.2),
] + [
    Line(
        f"plan-rules-{shape}",
        f"plan with {MORE_RULES:,} more rules, {shape} ÷ without",
        at_most=1.5,
    )
    for shape in SHAPES
]


def plan(bench, source, *options):
    def step():
        done = run(bench.programs.planning_time, source, *options).json()[0]
        times = done["cpu_seconds"]
        return {
            "seconds": sum(times[step] for step in STEPS),
            "keys": done["keys"],
            "boxes": done["boxes"],
            **{f"{step}_seconds": times[step] for step in (*STEPS, "prove")},
        }

    return step


def growth(bench, figures, sides, names):
    """What planning costs, by keys and by rules."""
    rows = []
    for what, side in names:
        row = {"": what, "tensors": f"{sides.last(side, 'keys'):,}"}
        for step in (*STEPS, "prove"):
            row[f"{step}, s"] = f"{sides.best(side, f'{step}_seconds'):.3f}"
        row["in all, s"] = f"{sides.best(side):.3f}"
        rows.append(row)
    figures.table("CPU time of planning", rows)


def measure(bench, figures):
    keys = bench.input("keys")
    by_keys = [(name, bench.input(f"keys-{name}")) for name in ("quarter", "half", "double", "fourfold")]
    steps = [("once", plan(bench, keys))]
    steps += [(name, plan(bench, source)) for name, source in by_keys]
    steps += [
        (f"{shape} rules", plan(bench, keys, "--rules", MORE_RULES, "--shape", shape))
        for shape in SHAPES
    ]
    steps.append(("many rules", plan(bench, keys, "--rules", 8 * MORE_RULES)))
    sides = interleave(bench.repeats, steps)
    figures.keep("planning", sides)
    figures.set("plan-keys", lambda: sides.best("once"))
    figures.set("plan-proof", lambda: sides.best("once", "prove_seconds"))
    figures.set("plan-double-keys", lambda: sides.best("double") / sides.best("once"))
    for shape in SHAPES:
        figures.set(
            f"plan-rules-{shape}",
            lambda shape=shape: sides.best(f"{shape} rules") / sides.best("once"),
        )
    growth(
        bench,
        figures,
        sides,
        [
            ("a quarter of the layers", "quarter"),
            ("half of the layers", "half"),
            ("61 layers of 512 experts", "once"),
            ("twice the layers", "double"),
            ("four times the layers", "fourfold"),
            *((f"{MORE_RULES:,} more rules, {shape}", f"{shape} rules") for shape in SHAPES),
            (f"{8 * MORE_RULES:,} more rules, literal", "many rules"),
        ],
    )
