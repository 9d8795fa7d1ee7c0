"""The benchmark harness: the same work for every implementation, checked before it is timed."""
