"""Draw the Covertype excerpt that the package ships, or check it, against UCI's full file covtype.data.gz.

python scripts/make_covertype_excerpt.py covtype.data.gz            write the shipped excerpt
python scripts/make_covertype_excerpt.py covtype.data.gz --check    compare the shipped rows with it
"""

import argparse
from pathlib import Path

import numpy as np

from qunlearn.data.covertype import EXCERPT, read_covtype
from qunlearn.data.randomness import generator

TARGET = Path(__file__).parents[1] / "src" / "qunlearn" / "data" / EXCERPT
SEED = 0
ROWS_PER_TYPE = 1000
FULL_ROWS = 581_012
COVER_TYPES = range(1, 8)


def draw(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (54, n), cover types (n,) and row numbers (n,), sorted: that compresses best."""
    rows = np.concatenate([_rows_of(table, cover_type) for cover_type in COVER_TYPES])
    features = np.ascontiguousarray(table[rows, :-1].T)
    return features, table[rows, -1].astype(np.uint8), rows.astype(np.int32)


def _rows_of(table: np.ndarray, cover_type: int) -> np.ndarray:
    candidates = np.flatnonzero(table[:, -1] == cover_type)
    drawn = generator(SEED, f"covertype excerpt {cover_type}").permutation(candidates)[:ROWS_PER_TYPE]
    return np.sort(drawn)


def check(table: np.ndarray) -> None:
    """Stop with a message unless every shipped row is unchanged in the full file at its number."""
    with np.load(TARGET) as shipped:
        rows = shipped["row"]
        same = np.array_equal(shipped["features"].T, table[rows, :-1])
        same &= np.array_equal(shipped["cover_type"], table[rows, -1])
        counts = [int((shipped["cover_type"] == t).sum()) for t in COVER_TYPES]
    if not same or len(np.unique(rows)) != len(rows) or counts != [ROWS_PER_TYPE] * len(COVER_TYPES):
        raise SystemExit(f"{TARGET.name} does not agree with the full file")
    print(f"{TARGET.name}: all {len(rows)} rows agree with the full file")


def main() -> None:
    """Read the full file; write or check the excerpt."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path, help="UCI's covtype.data.gz")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    table = read_covtype(arguments.path)
    if len(table) != FULL_ROWS:
        raise SystemExit(f"{arguments.path} has {len(table)} rows, but the full file has {FULL_ROWS}")
    if arguments.check:
        check(table)
        return
    features, cover_type, row = draw(table)
    np.savez_compressed(TARGET, features=features, cover_type=cover_type, row=row)
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
