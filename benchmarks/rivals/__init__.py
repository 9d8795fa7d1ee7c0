"""One file per implementation; each defines `build(model)` and imports its framework, and nobody else's."""
