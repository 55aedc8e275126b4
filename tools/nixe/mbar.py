"""Records of several states as one sample of any state: MBAR, with errors that know of correlations.

The multistate Bennett acceptance ratio (Shirts and Chodera) gives each record n the weight
w_n = exp(-u(n)) / sum_k N_k exp(f_k - u_k(n)) in a state of the reduced potential u = (E + bias) / kT; N_k records come
from state k, whose free energy is kT f_k. pymbar solves for f. An error is that of a linear function of the records:
each of them has its influence on a result, and sums of influences over a replica are as certain as blocking and the
spread of replicas say. So correlations between records need not be gone, and those between states of a ladder count.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logsumexp

from nixe.file import NixeFileError, blocking_error

SOLVED = 1e-6  # of the equations of MBAR, relative


@dataclass(frozen=True)
class Chains:
    """Which records belong together: groups of independent replicas, of each the numbers of its records.

    Members x length: the states of a ladder, where replicas are exchanged, are members of one replica.
    """

    groups: Sequence[Sequence[np.ndarray]]


class Mixture:
    """The records of all states together.

    u is states x records, `home` the state of each record; every state has records.
    """

    def __init__(self, u: np.ndarray, home: np.ndarray, chains: Chains) -> None:
        self.home, self.chains = home, chains
        self.count = np.bincount(home, minlength=len(u))
        self.f = solve(u, home)
        exponent = self.f[:, None] - u
        self.log_sum = logsumexp(exponent, b=self.count[:, None], axis=0)
        self.W = np.exp(exponent - self.log_sum).T
        self._share = self.W * self.count  # of each state in each record: rows have the sum 1
        fault = np.abs(self.W.sum(axis=0) - 1).max()
        if not fault < SOLVED:
            raise NixeFileError("The equations of MBAR have no solution that can be found: neighbouring states have too little in "
                                "common.")
        self.influence = self._influence_on_f()

    def _influence_on_f(self) -> np.ndarray:
        """Records x states: what each record adds to f - f_0."""
        found = np.zeros_like(self.W)
        if len(self.f) == 1:
            return found
        share = self._share[:, 1:]
        slope = np.diag(share.sum(axis=0)) - share.T @ share
        own = share - (self.home[:, None] == np.arange(1, len(self.f)))
        found[:, 1:] = -np.linalg.lstsq(slope, own.T, rcond=1e-12)[0].T
        return found

    def weights(self, u: np.ndarray) -> tuple[np.ndarray, float]:
        """The weights of the records in a state of this reduced potential, of sum 1, and its f."""
        exponent = -u - self.log_sum
        f = -logsumexp(exponent)
        return np.exp(exponent + f), float(f)

    def influence_on_log(self, weights: np.ndarray) -> np.ndarray:
        """What each record adds to the logarithm of a sum of weights, which are given as parts of it."""
        return weights - self.influence @ (weights @ self._share)

    def influence_on_mean(self, weights: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        """What each record adds to a mean with weights of sum 1, from which it has this deviation."""
        part = weights * deviation
        return part - self.influence @ (part @ self._share)

    def error(self, influence: np.ndarray) -> float:
        """The standard error of what the records have these influences on: of blocking, or of the spread of replicas."""
        mean = np.bincount(self.home, influence) / self.count
        centred = influence - mean[self.home]
        within = between = 0.0
        for group in self.chains.groups:
            series = [centred[members].sum(axis=0) for members in group]
            inside = sum((len(x) * blocking_error(x)) ** 2 if len(x) > 1 else float(x[0]) ** 2 for x in series)
            sums = np.array([x.sum() for x in series])
            within += inside
            between += float(sums.var(ddof=1)) * len(sums) if len(sums) > 1 else inside
        return float(np.sqrt(max(within, between)))

    def overlap(self, one: int, other: int) -> float:
        """What two states have in common, the integral of 2 p q / (p + q): 1 of equal states, 0 of strangers."""
        p, q = self.W[:, one], self.W[:, other]
        both = p + q
        return float((2 * p * q / np.where(both > 0, both, 1)).sum())


def first_guess(u: np.ndarray, home: np.ndarray) -> np.ndarray:
    """f from pairs of states alone: each state by Bennett's ratio with the one that is most like it of those before.

    From f = 0, pymbar takes minutes for a hundred windows, whose f differ by hundreds; from here, seconds.
    """
    mean = np.array([u[:, home == number].mean(axis=1) for number in range(len(u))])  # of u of columns, in records of rows
    unlike = mean + mean.T - np.diag(mean)[:, None] - np.diag(mean)
    f, nearest = np.zeros(len(u)), np.zeros(len(u), dtype=int)
    left = set(range(1, len(u)))
    while left:
        state = min(left, key=lambda number: unlike[number, nearest[number]])
        left.remove(state)
        f[state] = f[nearest[state]] + pair(u, home, nearest[state], state)
        for number in left:
            if unlike[number, state] < unlike[number, nearest[number]]:
                nearest[number] = state
    return f


def pair(u: np.ndarray, home: np.ndarray, one: int, other: int) -> float:
    """The f of another state less that of one, from the records of both by Bennett's acceptance ratio."""
    more = u[other] - u[one]
    ahead, back = more[home == one], more[home == other]
    shift = np.log(len(ahead) / len(back))
    ends = min(ahead.min(), back.min()) - abs(shift) - 50, max(ahead.max(), back.max()) + abs(shift) + 50
    return float(brentq(lambda f: expit(f - shift - ahead).sum() - expit(shift + back - f).sum(), *ends, xtol=1e-6))


def solve(u: np.ndarray, home: np.ndarray) -> np.ndarray:
    """f of each state, that of the first being 0."""
    count = np.bincount(home, minlength=len(u))
    if len(u) == 1:
        return np.zeros(1)
    logging.disable(logging.WARNING)  # what pymbar says when it is loaded
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                from pymbar import MBAR
            except ImportError as error:
                raise NixeFileError("Several states together need pymbar: install python3-pymbar, or pymbar by pip.") from error
            # Energies far apart are no matter to MBAR, but to exp(): a constant of each record falls out.
            f = np.asarray(MBAR(u - u.min(axis=0), count, initial_f_k=first_guess(u, home)).f_k, dtype=float)
    finally:
        logging.disable(logging.NOTSET)
    if not np.isfinite(f).all():
        raise NixeFileError("The equations of MBAR have no solution that can be found: states have nothing in common.")
    return polished(u, count, f - f[0])


def polished(u: np.ndarray, count: np.ndarray, f: np.ndarray) -> np.ndarray:
    """f after steps of Newton's method, as long as they make it better."""
    def of(f: np.ndarray) -> tuple[np.ndarray, float]:
        exponent = f[:, None] - u
        share = np.exp(exponent - logsumexp(exponent, b=count[:, None], axis=0)).T * count
        return share, float(np.abs(share.sum(axis=0) / count - 1).max())

    share, fault = of(f)
    for _ in range(20):
        slope = np.diag(share.sum(axis=0)) - share.T @ share
        step = np.linalg.lstsq(slope[1:, 1:], (share.sum(axis=0) - count)[1:], rcond=1e-14)[0]
        trial = f - np.concatenate([[0.0], step])
        better, less = of(trial)
        if not less < fault:
            break
        f, share, fault = trial, better, less
    return f
