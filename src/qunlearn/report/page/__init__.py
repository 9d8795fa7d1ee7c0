"""The HTML page of a run, section by section."""
