from run_fixtures import finished_run, gold_cache

__all__ = ["finished_run", "gold_cache"]
