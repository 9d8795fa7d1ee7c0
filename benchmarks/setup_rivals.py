"""Make the rivals' virtual environments, one for each requirements file beside this script.

    python benchmarks/setup_rivals.py [jax qiskit ...]

A rival that cannot be installed is left out of the benchmark, which says so.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = {path.stem.removeprefix("requirements-"): path for path in sorted(HERE.glob("requirements-*.txt"))}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("environments", nargs="*", help=f"some of: {', '.join(FILES)} (all without)")
    names = parser.parse_args().environments or list(FILES)
    unknown = set(names) - set(FILES)
    if unknown:
        parser.error(
            f"there is no requirements file for {', '.join(sorted(unknown))}: take some of {', '.join(FILES)}"
        )
    sys.exit(max([make(name, FILES[name]) for name in names]))


def make(name: str, requirements: Path) -> int:
    """Environment `envs/NAME` with all of `requirements`, or with those that can be had: then 1."""
    folder = HERE / "envs" / name
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wanted = [line for line in requirements.read_text(encoding="utf-8").split() if line]
    if subprocess.run([*pip, *wanted], check=False).returncode == 0:
        return 0
    failed = [line for line in wanted if subprocess.run([*pip, line], check=False).returncode != 0]
    print(f"{name}: not installed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    main()
