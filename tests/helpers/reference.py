"""The model of docs/theory.md once more, in dense numpy: what the tests compare nixe with.

Nothing here is shared with the C program, and nothing is clever: displacements come from a
pseudo-inverse, energies from the definition, rates from differences of whole energies. For
crystals of up to about a thousand sites.
"""
import numpy as np

PHASES = {+2: 0, +1: 1, 0: 2, -1: 3, -2: 4}    # s(R) -> U1, S1, unclassified, S2, U2


def hexagon(edge):
    """Positions of a hexagon, by q and then r, where a site is (q + r/2, r sqrt(3)/2)."""
    n = edge - 1
    qr = [(q, r) for q in range(-n, n + 1) for r in range(-n, n + 1) if abs(q + r) <= n]
    return np.array([(q + r / 2, r * np.sqrt(0.75)) for q, r in qr])


def cube(edge):
    """Positions of a simple cubic block, centred at the origin, x slowest."""
    axis = np.arange(edge) - (edge - 1) / 2
    return np.array(np.meshgrid(axis, axis, axis, indexing="ij")).reshape(3, -1).T


def match(these, those):
    """For each site of `these` the index of the same one in `those`, wherever the origins are."""
    these, those = (np.asarray(x) - np.mean(x, axis=0) for x in (these, those))
    distance = np.linalg.norm(these[:, None] - those[None], axis=2)
    found = distance.argmin(axis=1)
    assert distance.min(axis=1).max() < 1e-5 and len(set(found)) == len(those)
    return found


class Crystal:
    """A free crystal: bonds, elastic table V, displacements, energies, order parameter, areas."""

    def __init__(self, position, layer=None, shell_stiffness=1.0, reach=None, Z=None):
        self.position = x = np.asarray(position, dtype=float)
        self.N, self.d = N, d = x.shape
        reach = reach or (1.01 if d == 2 else 1.01 * np.sqrt(2))      # of bonds; else the paper's, as Z
        self.Z = Z or (6 if d == 2 else 18)
        self.field = np.zeros(N)                           # h, which adds h . sigma to the energy
        self.exchange = np.ones(N)                         # factors of k_ex
        distance = np.linalg.norm(x[:, None] - x[None], axis=2)
        self.adjacent = (distance > 0) & (distance < reach)
        self.nearest = (distance > 0) & (distance < 1.01)
        self.surface = self.adjacent.sum(axis=1) < self.Z
        self.averaged = ~self.surface
        self.bond = np.argwhere(np.triu(self.adjacent))
        shell = np.zeros(N, bool) if layer is None else np.asarray(layer) > 0

        i, j = self.bond.T
        b = np.arange(len(i))
        alpha = (x[j] - x[i]) / distance[i, j, None]
        B = np.zeros((len(b), N, d))                       # alpha . (u_j - u_i)
        B[b, j], B[b, i] = alpha, -alpha
        B = B.reshape(len(b), N * d)
        A = np.zeros((len(b), N))                          # (s_i + s_j) / 2
        A[b, i] = A[b, j] = 0.5
        k = np.where(shell[i] & shell[j], shell_stiffness, 1.0)[:, None]
        self.D, G = B.T @ (k * B), B.T @ (k * A)
        # the pseudo-inverse: rigid motions have eigenvalue 0
        value, vector = np.linalg.eigh(self.D)
        rigid = d * (d + 1) // 2
        assert abs(value[:rigid]).max() < 1e-9 and value[rigid] > 1e-6
        half = vector[:, rigid:] / np.sqrt(value[rigid:])
        self.response = half @ (half.T @ G)                # u = response s
        V = 4 * (A.T @ (k * A) - G.T @ self.response)
        V = V - V.mean(axis=0)
        V = V - V.mean(axis=1)[:, None]                    # P V P
        self.V = (V + V.T) / 2

    def displacement(self, sigma):
        s = sigma - np.mean(sigma)
        return (self.response @ s).reshape(self.N, self.d)

    def elastic_energy(self, sigma, V=None):
        return 0.5 * sigma @ (self.V if V is None else V) @ sigma

    def energy(self, sigma, epsilon, J, dmu, V=None):
        sigma = np.asarray(sigma, dtype=float)
        i, j = self.bond.T
        return (epsilon * self.elastic_energy(sigma, V) - J * np.sum(sigma[i] * sigma[j])
                - dmu / 2 * sigma.sum() + self.field @ sigma)

    def area(self, sigma, mismatch=0.1):
        """Mean and root mean square of the deviation of the area (volume) a site."""
        u = self.displacement(np.asarray(sigma, dtype=float))
        deviation = []
        for R in np.flatnonzero(self.averaged):
            nb = self.nearest[R]
            bond = self.position[nb] - self.position[R] + mismatch * (u[nb] - u[R])
            deviation.append(np.mean(np.linalg.norm(bond, axis=1)**self.d) - 1)
        return np.mean(deviation), np.std(deviation)

    def order(self, sigma, R):
        """s(R) of an interior site: the plaquettes U1, S1, unclassified, S2, U2."""
        nb = np.flatnonzero(self.adjacent[R])
        if np.all(sigma[nb] == sigma[R]):
            return 2 * sigma[R]
        if self.d == 3:
            return 0
        dx, dy = (self.position[nb] - self.position[R]).T
        ring = sigma[nb[np.argsort(np.arctan2(dy, dx))]]
        if np.all(ring == -sigma[R]):
            return -sigma[R]
        if np.all(ring == -np.roll(ring, 1)):
            return sigma[R]
        return 0

    def fractions(self, sigma):
        """f of the five phases over the averaged sites."""
        sigma = np.asarray(sigma, dtype=int)
        f = np.zeros(5)
        for R in np.flatnonzero(self.averaged):
            f[PHASES[self.order(sigma, R)]] += 1
        return f / self.averaged.sum()


def master_equation(crystal, epsilon, J, dmu, kT, published=False):
    """All configurations (2^N x N) and the rate matrix W of dP/dt = W P.

    Rates are exp(-dE/2kT) with dE a difference of two energies; `published` adds what the
    published program's differences have besides.
    """
    N, V = crystal.N, crystal.V
    configuration = 1 - 2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1)
    E = [crystal.energy(s, epsilon, J, dmu) for s in configuration]
    W = np.zeros((2**N, 2**N))

    def move(a, b, extra, factor=1):
        W[b, a] += factor * np.exp(-(E[b] - E[a] + extra * published) / (2 * kT))

    for a, s in enumerate(configuration):
        m, phi = s.mean(), V @ s
        for i in np.flatnonzero(crystal.surface):
            after = m - 2 * s[i] / N
            move(a, a ^ (1 << i), epsilon * ((m - after) * phi[i] + 2 * after * s[i] * V[i, i]),
                 crystal.exchange[i])
        for i, j in crystal.bond:
            if s[i] != s[j]:
                move(a, a ^ (1 << i) ^ (1 << j), epsilon * 2 * m * s[i] * (V[i, i] - V[j, j]))
    return configuration, W - np.diag(W.sum(axis=0))


def deviation_bound(variance, width, samples, chance=1e-9):
    """How far a mean of independent samples may lie from its expectation (Bernstein's inequality).

    Samples have this variance and lie within `width` of each other; the bound is exceeded with a
    probability below `chance`, also where the samples are anything but Gaussian.
    """
    L = np.log(2 / chance) / samples
    return width * L / 3 + np.sqrt((width * L / 3)**2 + 2 * np.maximum(variance, 0) * L)
