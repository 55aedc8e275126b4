"""Fixed-shell equilibrium by exact enumeration, and the statistics that samples are held to.

Energies are those of reference.py: the shell is B, a given number of core sites is A.
"""
import itertools

import numpy as np
from reference import Crystal
from scipy.stats import chi2


class FixedShell:
    """A crystal whose shell is all B, with `A` A sites in its core."""

    def __init__(self, position, layer, shell_stiffness, A):
        self.crystal = crystal = Crystal(position, layer, shell_stiffness)
        shell = np.asarray(layer) > 0
        crystal.averaged = ~shell & ~crystal.surface & ~(crystal.adjacent & shell).any(axis=1)
        self.core, self.A = np.flatnonzero(~shell), A

    def configurations(self):
        """All configurations, shape [configurations, N], A sites in lexicographic order."""
        A = np.array(list(itertools.combinations(self.core, self.A)))
        sigma = np.full((len(A), self.crystal.N), -1.0)
        np.put_along_axis(sigma, A, 1, axis=1)
        return sigma

    def energies(self, sigma, epsilon=1, J=0):
        """E of configurations, shape [configurations, N]."""
        i, j = self.crystal.bond.T
        E = epsilon / 2 * np.einsum("ci,ci->c", sigma @ self.crystal.V, sigma)
        return E - J * (sigma[:, i] * sigma[:, j]).sum(axis=1) if J else E

    def published(self, sigma, epsilon=1):
        """What the published differences add to E: - m sum_k eps V_kk s_k, m the mean of sigma.

        Summed over a swap of i and j this gives their extra term eps 2 m s_i (V_ii - V_jj).
        """
        m = (2 * self.A - self.crystal.N) / self.crystal.N
        return -m * epsilon * sigma @ np.diag(self.crystal.V)

    def number(self, sigma):
        """A number for each configuration, different for different ones."""
        return (sigma[..., self.core] > 0) @ (1 << np.arange(len(self.core), dtype=np.int64))


def boltzmann(E, kT):
    weight = np.exp(-(E - E.min()) / kT)
    return weight / weight.sum()


def autocorrelation_time(series):
    """Integrated autocorrelation time, in values, of the slowest of several observables.

    series has shape [replicas, values, observables]; 1/2: uncorrelated. The sum of correlations
    ends where its window is 6 times as long as the time (Sokal).
    """
    x = series - series.mean(axis=(0, 1))
    longest = 0.5
    for observable in np.moveaxis(x, 2, 0):
        n = observable.shape[1]
        power = abs(np.fft.rfft(observable, 2 * n, axis=1))**2
        correlation = np.fft.irfft(power, axis=1)[:, :n].sum(axis=0) / (n - np.arange(n))
        if correlation[0] <= 0:
            continue
        tau = np.cumsum(correlation / correlation[0]) - 0.5
        longest = max(longest, tau[np.argmax(np.arange(n) >= 6 * tau)])
    return longest


def chance_of(count, probability):
    """The probability of counts that fit these probabilities no better: Pearson's chi-square.

    Rare cases are merged until every bin expects 20.
    """
    order = np.argsort(probability)
    expected = count.sum() * probability[order]
    rare = np.flatnonzero(np.cumsum(expected) >= 20)[0] + 1
    while rare < len(expected) and expected[rare] < 20:
        rare += 1
    bins = [np.concatenate([[x[:rare].sum()], x[rare:]]) for x in (expected, count[order])]
    assert len(bins[0]) > 4, "too few configurations have weight"
    return chi2.sf(np.sum((bins[1] - bins[0])**2 / bins[0]), len(bins[0]) - 1)


def mean_and_error(series, blocks=64):
    """Mean of a series of shape [replicas, values], and its error from blocks of each replica."""
    length = series.shape[1] // blocks
    block = series[:, :length * blocks].reshape(-1, length).mean(axis=1)
    return block.mean(), block.std(ddof=1) / np.sqrt(len(block))
