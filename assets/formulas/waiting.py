"""How long people wait, where some are waiting still: what is open is not left out and not taken for answered."""

from __future__ import annotations

from collections.abc import Sequence


def median_wait(waits: Sequence[float], answered: Sequence[bool]) -> float | None:
    """The time by which half are answered, by the estimator of Kaplan and Meier; None where it was not seen.

    waits: how long each waited, or has waited so far. answered: whether it is answered; else it is censored there.
    At each time at which some are answered, the share still waiting falls by those of all that were waiting until then.
    Source: Kaplan and Meier, Journal of the American Statistical Association 53 (1958), 457.
    """
    waiting, share = len(waits), 1.0
    of_time = dict[float, list[int]]()  # answered, all
    for wait, done in zip(waits, answered, strict=True):
        counts = of_time.setdefault(wait, [0, 0])
        counts[0] += done
        counts[1] += 1
    for wait in sorted(of_time):
        done, gone = of_time[wait]
        share *= 1 - done / waiting
        if share <= 0.5 + 1e-12:
            return wait
        waiting -= gone
    return None
