"""Train the seed paper's classifier on Iris, unlearn one class, and compare with models that never saw it."""

import qunlearn as qu

data = qu.load_dataset("iris")
rows = qu.prepare(data, qu.split(data.y, seed=0), standardise=False)
model = qu.paper_classifier()
fitted = qu.fit(model, rows.train, rows.val, key=0)

problem = qu.make_problem(model, fitted, rows, qu.ForgetClass("virginica"))
unlearned = qu.unlearn("distribution_guided", problem, key=1)
gold = qu.gold_ensemble(problem, size=16, key=2)

print(qu.audit(problem, unlearned, gold, rows.test))
