"""Circuits: the gate table, frozen descriptions, exact simulation, derivative rules, drawings."""
