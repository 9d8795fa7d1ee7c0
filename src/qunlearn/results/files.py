"""The files of a run folder."""

STAGES = {
    "train": ("split.json", "preprocess.json", "trace.parquet", "original.safetensors", "original.json"),
    "unlearn": ("unlearned.safetensors", "unlearned.json"),
    "audit": (
        "evidence.safetensors",
        "rows.parquet",
        "summary.json",
        "verdict.json",
        "circuit.txt",
        "circuit.svg",
        "run.json",
    ),
    "report": ("report.html",),
}
"""The files that each stage writes, in this order: a stage whose last file is there has finished."""

RECORD = "deletion-record.json"
"""What `qunlearn certify` adds: a signed statement about the other files."""

HISTORY = "history.safetensors"
"""Written by the stage train where a federation trained the model."""

OPTIONAL = {"train": (HISTORY,), "audit": ("attacks.json", "quantum.json")}
"""Files that a stage writes for some configurations only."""

FILES = ("config.toml", *(name for names in STAGES.values() for name in names))
