"""Runs the programs of bench/ on small inputs: bench_test.py BUILD WORK"""

import json
import pathlib
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD, WORK = (pathlib.Path(argument) for argument in sys.argv[1:3])
TINY = ["--layers", "2", "--shrink", "16"]


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def program(name, *arguments):
    return run(BUILD / "bench" / name, *arguments)


def weft(*arguments):
    return json.loads(run(BUILD / "tools/weft/weft", *arguments, "--json"))


class MakeCheckpoint(unittest.TestCase):
    def test_a_small_mixtral_is_one_that_weft_detects_and_fuses(self):
        source = WORK / "mixtral"
        program("make_checkpoint", "mixtral", source, *TINY)
        tensors = weft("inspect", source)["tensors"]
        # Outside the layers 3; in each 2 norms, 4 projections, the gate and 3 for each of 8 experts.
        self.assertEqual(len(tensors), 3 + 2 * (2 + 4 + 1 + 3 * 8))
        shapes = {tensor["name"]: tensor["shape"] for tensor in tensors}
        self.assertEqual(
            shapes["model.layers.1.block_sparse_moe.experts.7.w2.weight"], [2048 // 16, 7168 // 16]
        )
        self.assertEqual(weft("load", source)["mapping"], "mixtral")

    def test_values_are_finite_and_the_same_each_time(self):
        for dtype, bits, exponent in (("BF16", 16, 0x7F80), ("F16", 16, 0x7C00),
                                      ("F32", 32, 0x7F800000), ("F8_E4M3", 8, 0x78)):
            with self.subTest(dtype=dtype):
                source = WORK / f"weights-{dtype}"
                program("make_checkpoint", "weights", source, "--layers", "1", "--shrink", "64",
                        "--dtype", dtype)
                (file,) = source.glob("*.safetensors")
                data = file.read_bytes()
                values = data[8 + int.from_bytes(data[:8], "little"):]
                self.assertEqual(len(values), 64 * 64 * bits // 8)
                step = bits // 8
                numbers = [int.from_bytes(values[i:i + step], "little")
                           for i in range(0, len(values), step)]
                self.assertTrue(all(number & exponent != exponent for number in numbers))
                self.assertGreater(len(set(numbers)), 10)
                program("make_checkpoint", "weights", source, "--layers", "1", "--shrink", "64",
                        "--dtype", dtype)
                self.assertEqual(file.read_bytes(), data)

    def test_a_hollow_one_has_the_names_and_sizes_and_takes_no_disk(self):
        source = WORK / "hollow"
        program("make_checkpoint", "mixtral", source, "--hollow")
        self.assertEqual(weft("inspect", source)["totals"]["tensors"], 189)
        files = list(source.glob("*.safetensors"))
        self.assertEqual(len(files), 3)
        self.assertGreater(sum(file.stat().st_size for file in files), 4 << 30)
        self.assertLess(sum(file.stat().st_blocks * 512 for file in files), 1 << 20)

    def test_there_are_as_many_keys_as_layers_and_experts_ask_for(self):
        source = WORK / "keys"
        program("make_checkpoint", "keys", source, "--hollow", "--layers", "3", "--experts", "5")
        # 2 norms, 3 projections with a bias and one without, 2 gates, and 3 for each expert.
        self.assertEqual(
            weft("inspect", source)["totals"]["tensors"], 3 + 3 * (2 + 7 + 2 + 3 * (1 + 5))
        )


class CopyCeiling(unittest.TestCase):
    def test_every_way_copies_every_byte(self):
        source = WORK / "ceiling"
        program("make_checkpoint", "mixtral", source, *TINY)
        files = sorted(source.glob("*.safetensors"))
        for way in ("pread", "pread-huge", "mmap", "mmap-huge"):
            report = json.loads(program("copy_ceiling", way, "2", *files))
            self.assertEqual(report["way"], way)
            self.assertEqual(report["bytes"], sum(file.stat().st_size for file in files))

    def test_a_file_that_is_not_there_is_an_error(self):
        with self.assertRaises(AssertionError):
            program("copy_ceiling", "pread", "1", WORK / "nothing")


class PlanningTime(unittest.TestCase):
    def test_rules_that_match_nothing_change_nothing(self):
        source = WORK / "planned"
        program("make_checkpoint", "keys", source, "--hollow", "--layers", "2", "--experts", "4")
        (plain,) = json.loads(program("planning_time", source))
        self.assertEqual(plain["keys"], 3 + 2 * (2 + 7 + 2 + 3 * (1 + 4)))
        self.assertEqual(plain["targets"], plain["keys"] - 2 * (3 * 4 - 2))
        self.assertEqual(plain["boxes"], plain["keys"])
        self.assertEqual(plain["reversible"], "exact")
        for shape in ("literal", "path", "index", "partial"):
            runs = json.loads(
                program("planning_time", source, "--rules", "50", "--shape", shape, "--repeats", "2")
            )
            self.assertEqual(len(runs), 2)
            for found in runs:
                self.assertEqual(found["absent_rules"], 50)
                for key in ("keys", "targets", "boxes", "reversible"):
                    self.assertEqual(found[key], plain[key])


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.out = WORK / "results"
        cls.done = subprocess.run(
            ["/usr/bin/python3", str(ROOT / "bench/main.py"), "--programs", str(BUILD), "--quick",
             "--no-peers", "left out of this test", "--out", str(cls.out)],
            capture_output=True, text=True,
        )
        cls.results = json.loads((cls.out / "results.json").read_text())

    def test_every_line_is_there_with_a_figure_or_a_reason(self):
        lines = {line["name"]: line for line in self.results["lines"]}
        for name in ("load-mixtral-ceiling", "load-qwen2moe-transformers", "borrow-memory",
                     "convert-mixtral-copy", "convert-qwen2moe-little-memory", "plan-keys",
                     "plan-rules-partial", "cast-F8_E4M3-BF16", "transpose", "shards-8"):
            self.assertIn(name, lines)
        for line in lines.values():
            if line["value"] is None:
                self.assertEqual(line["outcome"], "not measured")
                self.assertTrue(line["why"])
            else:
                self.assertGreaterEqual(line["value"], 0)
        self.assertIn("left out of this test", lines["load-mixtral-transformers"]["why"])
        for name in ("load-mixtral-ceiling", "borrow-memory", "convert-qwen2moe-copy", "plan-keys",
                     "transpose"):
            self.assertIsNotNone(lines[name]["value"], lines[name].get("why"))
            self.assertIn(lines[name]["what"], self.done.stdout)

    def test_a_run_that_has_not_measured_all_fails(self):
        self.assertEqual(self.done.returncode, 1)

    def test_every_try_is_kept_and_nothing_else_is_left(self):
        (load,) = [m for m in self.results["measurements"] if m["about"] == "load mixtral"]
        self.assertEqual(len(load["tries"]["weft, mmap"]), 2)
        self.assertEqual(load["sides"]["weft, auto"]["tries"], 2)
        self.assertEqual([path.name for path in self.out.iterdir()], ["results.json"])

    def test_the_picture_depends_on_the_figures_alone(self):
        first = run(ROOT / "bench/plot", self.out / "results.json")
        self.assertEqual(first, run(ROOT / "bench/plot", self.out / "results.json"))
        xml.etree.ElementTree.fromstring(first)
        with_target = [line for line in self.results["lines"] if line["outcome"] != "no target"]
        for line in with_target:
            self.assertIn(line["what"].replace("&", "&amp;"), first)

    def test_the_table_replaces_what_stands_between_the_markers(self):
        page = WORK / "page.md"
        page.write_text("before\n<!-- bench/table: begin -->\nstale figures\n<!-- bench/table: end -->\nafter\n")
        for _ in range(2):
            run(ROOT / "bench/table", self.out / "results.json", page)
            text = page.read_text()
            self.assertTrue(text.startswith("before\n") and text.endswith("\nafter\n"))
            self.assertNotIn("stale figures", text)
            self.assertEqual(text.count("| convert mixtral ÷ cp -r |"), 1)


shutil.rmtree(WORK, ignore_errors=True)
WORK.mkdir(parents=True)
found = unittest.main(argv=sys.argv[:1], verbosity=2, exit=False).result
failed = len(found.failures) + len(found.errors)
print(f"{found.testsRun - failed} passed, {failed} failed")
sys.exit(failed > 0)
