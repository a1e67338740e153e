"""The folders of the benchmark's sources, and of what is built from them."""

from pathlib import Path

BENCHMARKS = Path(__file__).parents[1]
ROOT = BENCHMARKS.parent
NATIVE = BENCHMARKS / "native"
PEERS = BENCHMARKS / "peers"
SUBJECTS = BENCHMARKS / "subjects"
BUILT = ROOT / ".tools" / "bench"
