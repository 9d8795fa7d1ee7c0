import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qunlearn.metrics.exact_median import exact_median

NUMBERS = st.one_of(
    st.floats(0, 1e300), st.sampled_from([0.0, 5e-324, 0.25, 0.25, 1.0, np.nextafter(1.0, 2)])
)


@given(st.lists(arrays(np.float64, st.integers(1, 9), elements=NUMBERS.map(abs)), min_size=1, max_size=5))
def test_median_of_blocks_is_the_median_of_all(blocks):
    joined = np.sort(np.concatenate(blocks))
    low, high = joined[(len(joined) - 1) // 2], joined[len(joined) // 2]
    assert exact_median(lambda: blocks) == (low if len(joined) % 2 else (low + high) / 2)


def test_median_of_many_numbers_in_blocks_made_anew():
    def blocks():
        rng = np.random.default_rng(0)
        return (rng.exponential(size=(7, 100)) for _ in range(30))

    assert exact_median(blocks) == np.median(np.concatenate(list(blocks())))
