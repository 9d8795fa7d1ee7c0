"""Metrics spelled out with loops over lists, for comparison with the vectorised ones."""

import math

import numpy as np


def example(models, n=30, classes=4, forget_index=1, seed=0, params=5):
    """Arrays of a class request without any symmetry: p (M, n, K), y (n,), forget (n,), params (M, P)."""
    rng = np.random.default_rng(99)  # labels do not depend on `models` or `seed`
    y = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(1, n, classes)) * 1.5
    logits = shared + rng.normal(size=(models, n, classes)) * 0.7
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    angles = rng.normal(size=(models, params)) * 4
    return {"p": p, "y": y, "forget": y == forget_index, "params": angles}


def predicted(row):
    best = 0
    for k in range(len(row)):
        if row[k] > row[best]:
            best = k
    return best


def confusion(p, y, classes):
    counts = [[0] * classes for _ in range(classes)]
    for row, label in zip(p, y, strict=True):
        counts[label][predicted(row)] += 1
    return counts


def accuracy(p, y, rows):
    hits = [predicted(p[i]) == y[i] for i in rows]
    return sum(hits) / len(hits)


def f1_macro(p, y, rows, labels):
    scores = []
    for label in labels:
        tp = sum(y[i] == label and predicted(p[i]) == label for i in rows)
        fp = sum(y[i] != label and predicted(p[i]) == label for i in rows)
        fn = sum(y[i] == label and predicted(p[i]) != label for i in rows)
        precision = tp / (tp + fp) if tp + fp else 0.0
        recall = tp / (tp + fn)
        scores.append(2 * precision * recall / (precision + recall) if tp else 0.0)
    return sum(scores) / len(scores)


def average_precision(scores, positive):
    total, last_recall = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        chosen = [flag for s, flag in zip(scores, positive, strict=True) if s >= threshold]
        recall = sum(chosen) / sum(positive)
        total += (recall - last_recall) * sum(chosen) / len(chosen)
        last_recall = recall
    return total


def renormalise(row, labels):
    kept = [row[k] for k in labels]
    return [value / sum(kept) for value in kept]


def kl(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


def js(p, q):
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return (kl(p, middle) + kl(q, middle)) / 2 / math.log(2)


def tv(p, q):
    """By its other definition: the largest difference in the probability of an event."""
    best = 0.0
    for event in range(2 ** len(p)):
        members = [k for k in range(len(p)) if event >> k & 1]
        best = max(best, sum(p[k] for k in members) - sum(q[k] for k in members))
    return best


def agreement(p, q):
    return float(predicted(p) == predicted(q))


def euclid(p, q):
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(p, q, strict=True)))


def angle_distance(a, b):
    total = 0.0
    for s, t in zip(a, b, strict=True):
        apart = abs(complex(math.cos(s), math.sin(s)) - complex(math.cos(t), math.sin(t)))
        total += (2 * math.asin(min(1.0, apart / 2))) ** 2
    return math.sqrt(total / len(a))


def mean(values):
    return sum(values) / len(values)


def median(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def standard_error(values):
    centre = mean(values)
    return math.sqrt(sum((v - centre) ** 2 for v in values) / (len(values) - 1) / len(values))


def quantile(values, fraction):
    """Linear between order statistics, the first at fraction 0 and the last at fraction 1."""
    ordered = sorted(values)
    place = fraction * (len(ordered) - 1)
    left = math.floor(place)
    right = min(left + 1, len(ordered) - 1)
    return ordered[left] + (place - left) * (ordered[right] - ordered[left])


def pair_values(function, gold, candidate):
    """One list of per-sample values for each gold model, the candidate as second argument."""
    return [[function(g, c) for g, c in zip(one, candidate, strict=True)] for one in gold]


def mean_over_ordered_pairs(function, gold, members):
    values = []
    for i in members:
        for j in members:
            if i != j:
                values += [function(g, c) for g, c in zip(gold[j], gold[i], strict=True)]
    return mean(values)


def jackknife(function, gold):
    """Delete-one jackknife of the mean over ordered distinct pairs, everything computed anew each time."""
    members = range(len(gold))
    deleted = [mean_over_ordered_pairs(function, gold, [m for m in members if m != out]) for out in members]
    centre = mean(deleted)
    return math.sqrt((len(gold) - 1) / len(gold) * sum((d - centre) ** 2 for d in deleted))
