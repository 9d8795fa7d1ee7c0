"""One run, from a configuration to a sealed folder."""
