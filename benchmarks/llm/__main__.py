"""`python -m benchmarks.llm`: LLM frames beside the providers' own models, in turns.

Exit status: 0 everything was measured (the tables say which targets are missed), 2 wrong arguments,
3 the packages of the providers or FastAPI are not installed.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.llm import first, tokens
from benchmarks.markdown_table import format_table
from benchmarks.runtime.command_line import print_to_stderr

# Times as many chunks a second as the provider's own models. OpenAI's model of a piece of text in
# Responses is flat, and so the cheapest of them.
AT_LEAST = {"chat_completions": 10.0, "responses": 7.0, "anthropic_messages": 10.0, "ag_ui": 10.0}
AT_MOST = 1.3  # times the first token of the plain generator's, both through FastAPI
EXIT_MEASURED, EXIT_UNAVAILABLE = 0, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints the tables, and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.llm", description=__doc__)
    parser.add_argument("--tokens", type=int, default=20_000, help="of one round (20,000)")
    parser.add_argument("--repeats", type=int, default=7, help="rounds (7)")
    parser.add_argument("--invocations", type=int, default=1000, help="for the first token (1,000)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write every figure")
    parser.add_argument("--quick", action="store_true", help="only shows that it runs")
    options = parser.parse_args(arguments)
    if options.quick:
        options.tokens, options.repeats, options.invocations = 200, 2, 10
    try:
        seconds = tokens.run_rounds(options.tokens, options.repeats)
        firsts = first.run_rounds(options.invocations)
    except ModuleNotFoundError as error:
        print_to_stderr(f"benchmarks: {error}")
        return EXIT_UNAVAILABLE
    sys.stdout.write(f"CPython {platform.python_version()}, {options.repeats} rounds in turns\n\n")
    sys.stdout.write(format_tokens(seconds, options.tokens) + "\n\n")
    sys.stdout.write(format_firsts(firsts) + "\n")
    if options.json is not None:
        rounds = {f"{protocol} {who}": values for (protocol, who), values in seconds.items()}
        document = {"tokens": options.tokens, "seconds": rounds, "first_us": firsts}
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return EXIT_MEASURED


def format_tokens(seconds: dict[tuple[str, str], list[float]], count: int) -> str:
    """Chunks a second of each protocol, and the ratio to the provider's models."""
    rows = []
    for protocol in tokens.OURS:
        ours = count / statistics.median(seconds[protocol, "ours"])
        cells = [protocol, f"{ours:,.0f}"]
        if (protocol, "models") in seconds:
            models = count / statistics.median(seconds[protocol, "models"])
            ratio = ours / models
            limit = AT_LEAST[protocol]
            cells += [f"{models:,.0f}", f"{ratio:.1f}", f"≥ {limit:g}", _judge(ratio >= limit)]
        rows.append([*cells, *["-"] * (6 - len(cells))])
    head = ["chunks/s", "frames", "provider's models", "ratio", "target", ""]
    return format_table(head, rows)


def format_firsts(firsts: dict[str, list[float]]) -> str:
    """Microseconds to the first token, and the ratio that frames cost."""
    medians = {name: statistics.median(values) for name, values in firsts.items()}
    rows = [[name, f"{median:.0f}", "-", "-", ""] for name, median in medians.items()]
    ratio = medians["FastAPI + frames"] / medians["FastAPI"]
    rows[-1][2:] = [f"{ratio:.2f}", f"≤ {AT_MOST:g}", _judge(ratio <= AT_MOST)]
    return format_table(["first token p50", "us", "ratio", "target", ""], rows)


def _judge(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
