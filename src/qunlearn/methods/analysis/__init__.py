"""What can be read off a method beyond one result: trade-off curves, active constraints and multipliers."""
