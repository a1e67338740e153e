"""Where the benchmark's sources lie, and where what is built from them goes."""

from pathlib import Path

BENCHMARKS = Path(__file__).parents[1]
ROOT = BENCHMARKS.parent
NATIVE = BENCHMARKS / "native"
PEERS = BENCHMARKS / "peers"
SUBJECTS = BENCHMARKS / "subjects"
BUILT = ROOT / ".tools" / "bench"
