"""`python -m benchmarks [count|send|start|assess|first_frame …]`: ratios against a named floor, measured in the same run."""

from __future__ import annotations

import importlib
import sys

ALL = ("start", "assess", "count", "send", "first_frame")
SHORT = {"count": ("1M",)}
"""What those that take long are asked for here; on their own they measure everything."""


def main(names: list[str]) -> None:
    """Run the named benchmarks, all of them by default."""
    for name in names or ALL:
        print(f"== {name}")
        importlib.import_module(f"benchmarks.{name}").main(*SHORT.get(name, ()))


if __name__ == "__main__":
    main(sys.argv[1:])
