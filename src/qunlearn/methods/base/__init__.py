"""What unlearning methods share: the problem, loops over row pools, targets, replay, claims, batches."""
