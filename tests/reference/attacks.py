"""Attacks and their evaluation, spelled out with loops, for comparison with the vectorised ones."""

import math

import numpy as np


def example(models, n=24, classes=4, seed=0):
    """Probabilities (M, n, K) without any symmetry and labels (n,)."""
    y = np.random.default_rng(17).integers(0, classes, n)
    rng = np.random.default_rng(seed)
    logits = 1.3 * rng.normal(size=(models, n, classes)) + 1.1 * (np.arange(classes) == y[:, None])
    return np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True), y


def log_odds(row, label):
    return math.log(row[label]) - math.log(sum(v for k, v in enumerate(row) if k != label))


def loss(row, label):
    return math.log(row[label])


def confidence(row, label):
    return row[label]


def entropy(row, label):
    return sum(v * math.log(v) for v in row)


def modified_entropy(row, label):
    total = (1 - row[label]) * math.log(row[label])
    for k, v in enumerate(row):
        if k != label:
            total += v * math.log(1 - v)
    return total


def margin(row, label):
    return math.log(row[label]) - math.log(max(v for k, v in enumerate(row) if k != label))


def mean(values):
    return sum(values) / len(values)


def variance(values):
    return sum((v - mean(values)) ** 2 for v in values) / (len(values) - 1)


def normal_log_density(x, centre, var):
    return -((x - centre) ** 2) / (2 * var) - math.log(math.sqrt(2 * math.pi * var))


def auc(members, others):
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a in members for b in others]
    return mean(wins)


def delong(members, others):
    inside = [mean([1.0 if a > b else 0.5 if a == b else 0.0 for b in others]) for a in members]
    outside = [mean([1.0 if a > b else 0.5 if a == b else 0.0 for a in members]) for b in others]
    return math.sqrt(variance(inside) / len(members) + variance(outside) / len(others))


def tpr_at(members, others, at):
    """Try every threshold, and none at all, that leaves enough non-members below."""
    best = 0.0
    for cut in [*others, -math.inf]:
        if mean([b > cut for b in others]) <= at:
            best = max(best, mean([a > cut for a in members]))
    return best


def binomial_tail(k, n, p):
    """P(at least k of n)."""
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


def rmia(target, known, member, population, y, i, gamma=1.0):
    """Score of sample i for one target (n, K) from references (R, n, K)."""

    def ratio(j):
        seen = mean([known[r][j][y[j]] for r in range(len(known)) if member[r][j]])
        unseen = mean([known[r][j][y[j]] for r in range(len(known)) if not member[r][j]])
        return target[j][y[j]] / ((seen + unseen) / 2)

    others = [j for j in range(len(y)) if population[j] and j != i]
    return mean([ratio(i) / ratio(j) >= gamma for j in others])


def ulira(scores, unlearned):
    """Balanced accuracy on one sample; every model judged by normal fits without it."""
    right = {True: [], False: []}
    for i, x in enumerate(scores):
        densities = {}
        for kind in (True, False):
            group = [s for j, s in enumerate(scores) if unlearned[j] == kind and j != i]
            densities[kind] = normal_log_density(x, mean(group), variance(group))
        right[bool(unlearned[i])].append((densities[True] > densities[False]) == unlearned[i])
    return (mean(right[True]) + mean(right[False])) / 2
