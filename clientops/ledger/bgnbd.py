"""BG/NBD: how often clients who may leave unseen will buy, told by when they bought so far.

While a client lives it buys at a rate of its own (gamma: r, α); after each purchase it leaves for
good with a chance of its own (beta: a, b). Of a client the model knows x, its purchases after the
first, t_x and T: days from the first purchase to the last, and to the day looked at. Source: P. S.
Fader, B. G. S. Hardie and K. L. Lee (2005), "Counting Your Customers" the Easy Way, Marketing
Science 24 (2).
"""

from typing import NamedTuple

import numpy as np

from clientops.words import N_

FEWEST = 100  # clients that tell anything
UNITS = 40  # of time in the median T: the numbers that are looked for are then near 1
START = (-0.5, 1.5, -0.5, 1.0)  # logarithms of r, α, a, b from which the search begins
SEARCHED = (0.001, 1000.0)
TOLD = (0.01, 100.0)  # beyond, nothing tells the number: any larger one does nearly as well
TOO_FEW, UNTOLD, NOT_FINITE = REASONS = (
    N_("fewer than 100 clients"), N_("purchases do not tell it yet"), N_("not finite"),
)  # fmt: skip


class Model(NamedTuple):
    """What was found, time in days; NaN where it was refused, with the reason."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = np.nan
    reason: str | None = None


def fit(x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> Model:
    """The numbers by which what clients did is likeliest: whole purchases and days of each.

    By the exact gradient, over clients alike at once and in order: how they are sorted changes
    nothing.
    """
    from scipy import optimize

    if len(x) < FEWEST:
        return Model(*[np.nan] * 4, reason=TOO_FEW)
    unit = np.median(T) / UNITS
    if not unit > 0:
        return Model(*[np.nan] * 4, reason=NOT_FINITE)
    days = 1 << 20  # more than any client lived
    alike, number = np.unique((x * days + t_x) * days + T, return_counts=True)
    rest, lived = np.divmod(alike, days)
    often, last = np.divmod(rest, days)
    counts, place = np.unique(often, return_inverse=True)
    rows = counts, place, last / unit, lived / unit, number / len(x)
    with np.errstate(all="ignore"):
        found = optimize.minimize(
            _loss, START, rows, jac=True, method="L-BFGS-B",
            bounds=[tuple(np.log(SEARCHED))] * 4, options={"ftol": 1e-15, "gtol": 1e-9},
        )  # fmt: skip
    r, alpha, a, b = numbers = np.exp(found.x)
    if not (np.isfinite(numbers).all() and np.isfinite(found.fun)):
        return Model(*[np.nan] * 4, reason=NOT_FINITE)
    if numbers.min() < TOLD[0] or numbers.max() > TOLD[1]:
        return Model(*[np.nan] * 4, reason=UNTOLD)
    return Model(r, alpha * unit, a, b, -found.fun * len(x) - x.sum() * np.log(unit))


def _loss(
    logs: np.ndarray, counts: np.ndarray, place: np.ndarray, t_x: np.ndarray, T: np.ndarray,
    share: np.ndarray,
) -> tuple[float, np.ndarray]:  # fmt: skip
    """Less the mean log-likelihood, and its gradient by the logarithms of r, α, a, b.

    *counts*: the different x, of which *place* is each row's; *share*: of the clients.
    """
    from scipy.special import digamma, expit, gammaln, log_expit

    r, alpha, a, b = np.exp(logs)
    weight = np.bincount(place, share)
    before = np.maximum(counts, 1) - 1 + b  # of leaving at the last purchase: there was one
    x, odds = counts[place], np.where(counts > 0, np.log(a / before), -np.inf)[place]
    lives, shorter = np.log(alpha + T), np.log((alpha + T) / (alpha + t_x))
    odds = odds + (r + x) * shorter
    left = expit(odds)
    by_count = gammaln(r + counts) - gammaln(r) + gammaln(a + b) - gammaln(a + b + counts)
    by_count += gammaln(b + counts) - gammaln(b) + r * np.log(alpha)
    d_r = digamma(r + counts) - digamma(r) + np.log(alpha)
    d_b = digamma(a + b) - digamma(a + b + counts)
    left_of = np.bincount(place, share * left)
    rate = (1 - left) / (alpha + T) + left / (alpha + t_x)
    # Sums, not products of vectors: these differ from machine to machine, and wait for each other.
    likelihood = (weight * by_count).sum() - (share * (log_expit(-odds) + (r + x) * lives)).sum()
    slopes = (
        r * ((weight * d_r).sum() - (share * (lives - left * shorter)).sum()),
        r - alpha * (share * (r + x) * rate).sum(),
        a * (weight * d_b).sum() + left_of.sum(),
        b * (weight * (d_b + digamma(b + counts) - digamma(b)) - left_of / before).sum(),
    )
    return -likelihood, -np.array(slopes)


def alive(model: Model, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> np.ndarray:
    """The chance that a client has not left; of one purchase alone it is 1."""
    from scipy.special import expit

    r, alpha, a, b = model[:4]
    gone = np.log(a / (b + np.maximum(x, 1) - 1)) + (r + x) * np.log((alpha + T) / (alpha + t_x))
    return np.where(x > 0, expit(-gone), 1.0)


def expected(
    model: Model, x: np.ndarray, t_x: np.ndarray, T: np.ndarray, days: float
) -> np.ndarray:
    """How many purchases a client will make in so many days.

    The paper's equation 10 with its hypergeometric function turned over (Pfaff), so that nothing
    overflows however often a client bought.
    """
    from scipy.special import hyp2f1

    r, alpha, a, b = model[:4]
    near = 1e-6  # of 0 / 0, where the equation is even
    a = a if abs(a - 1) > near else 1 + near
    c = a + b + x - 1
    c = np.where(np.abs(c) > near, c, near)
    stays = hyp2f1(r + x, a - 1, c, -days / (alpha + T))
    return c / (a - 1) * (1 - stays) * alive(model, x, t_x, T)
