"""The model of docs/theory.md once more, in dense numpy: what the tests compare nixe with.

Nothing here is shared with the C program, and nothing is clever: sites are the points of a lattice
that a rule lets in, bonds the pairs at given distances, displacements come from a pseudo-inverse,
energies from the definition, rates from differences of whole energies. For crystals of up to about
a thousand sites.
"""
from itertools import permutations, product

import numpy as np

PHASES = {+2: 0, +1: 1, 0: 2, -1: 3, -2: 4}    # s(R) -> U1, S1, unclassified, S2, U2
CUBIC = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
LATTICES = {   # the cell by which boxes are measured; its sites in units of its vectors; lengths of bonds; bonds of each length
    "triangular": ([[1, 0], [0.5, np.sqrt(0.75)]], [[0, 0]], [1], [6]),
    "square": (np.eye(2), [[0, 0]], [1, np.sqrt(2)], [4, 4]),
    "sc": (np.eye(3), [[0, 0, 0]], [1, np.sqrt(2)], [6, 12]),
    "fcc": (np.sqrt(2) * np.eye(3), CUBIC, [1], [12]),
    "bcc": (2 / np.sqrt(3) * np.eye(3), [[0, 0, 0], [0.5, 0.5, 0.5]], [1, 2 / np.sqrt(3)], [8, 6]),
    "hcp": ([[1, 0, 0], [-0.5, np.sqrt(0.75), 0], [0, 0, np.sqrt(8 / 3)]],
            [[1 / 3, 2 / 3, 1 / 4], [2 / 3, 1 / 3, 3 / 4]], [1], [12]),
}


def hexagon(edge):
    """Positions of a hexagon, by q and then r, where a site is (q + r/2, r sqrt(3)/2)."""
    n = edge - 1
    qr = [(q, r) for q in range(-n, n + 1) for r in range(-n, n + 1) if abs(q + r) <= n]
    return np.array([(q + r / 2, r * np.sqrt(0.75)) for q, r in qr])


def cube(edge):
    """Positions of a simple cubic block, centred at the origin, x slowest."""
    axis = np.arange(edge) - (edge - 1) / 2
    return np.array(np.meshgrid(axis, axis, axis, indexing="ij")).reshape(3, -1).T


def points(lattice, inside, reach):
    """The points of a lattice, seen from one of them, that the rule `inside` (points -> mask) lets in."""
    vectors, basis, _, _ = LATTICES[lattice]
    vectors, basis = np.array(vectors), np.array(basis)
    n = int(np.ceil(reach / min(abs(np.linalg.det(vectors)), 1))) + 2
    cells = np.array(list(product(range(-n, n + 1), repeat=len(vectors))))
    x = ((cells[:, None] + basis - basis[0]).reshape(-1, len(vectors))) @ vectors
    return without_loose(x[inside(x)], lattice)


def without_loose(x, lattice):
    """Less the sites whose bonds do not span all dimensions, again and again."""
    lengths = LATTICES[lattice][2]
    while True:
        way = x[None] - x[:, None]
        bonded = np.isclose(np.linalg.norm(way, axis=2)[..., None], lengths, atol=1e-6).any(axis=2)
        firm = np.array([np.linalg.matrix_rank(w[b], tol=1e-6) == x.shape[1] if b.any() else False
                         for w, b in zip(way, bonded)])
        if firm.all():
            return x
        x = x[firm]


def ball(lattice, radius):
    """A disc or a sphere."""
    return points(lattice, lambda x: np.linalg.norm(x, axis=1) <= radius + 1e-9, radius)


def rod(lattice, radius, length, axis=(0, 0, 1)):
    axis = np.array(axis) / np.linalg.norm(axis)

    def inside(x):
        along = x @ axis
        return (abs(along) <= length / 2 + 1e-9) & (
            np.linalg.norm(x - along[:, None] * axis, axis=1) <= radius + 1e-9)
    return points(lattice, inside, np.hypot(radius, length / 2))


def polyhedron(lattice, *faces):
    """Of the planes n.x <= h, each (n, h), within a distance of 3 max(h)."""
    def inside(x):
        return np.all([x @ np.array(n) / np.linalg.norm(n) <= h + 1e-9 for n, h in faces], axis=0)
    return points(lattice, inside, 3 * max(h for _, h in faces))


def family(indices, distance):
    """All faces of a cubic crystal that are equivalent to one."""
    return [(np.array(sign) * np.array(order), distance)
            for sign in product((-1, 1), repeat=3) for order in permutations(indices)]


def box(lattice, cells):
    """Whole cells; the periods are the cells along those vectors that are periodic."""
    vectors, basis, _, _ = LATTICES[lattice]
    corner = np.array(list(product(*map(range, cells))))
    x = (corner[:, None] + np.array(basis)).reshape(-1, len(cells)) @ np.array(vectors)
    return x


def periods(lattice, cells, along):
    """The periods of a box along some of its cell vectors, which are counted from 1."""
    return np.array([cells[k - 1] * np.array(LATTICES[lattice][0])[k - 1] for k in along])


def match(these, those):
    """For each site of `these` the index of the same one in `those`, wherever the origins are."""
    these, those = (np.asarray(x) - np.mean(x, axis=0) for x in (these, those))
    distance = np.linalg.norm(these[:, None] - those[None], axis=2)
    found = distance.argmin(axis=1)
    assert distance.min(axis=1).max() < 1e-5 and len(set(found)) == len(those)
    return found


class Crystal:
    """A crystal: bonds, elastic table V, displacements, energies, order parameter, areas.

    Bonds of class k have the stiffness[k], and the factor mismatch[k] of their rest lengths; one
    number is for all. It repeats itself along the periods.
    """

    def __init__(self, position, layer=None, shell_stiffness=1.0, lattice=None, stiffness=1.0, mismatch=1.0,
                 periods=()):
        self.position = x = np.asarray(position, dtype=float)
        self.N, self.d = N, d = x.shape
        self.lattice = lattice or {2: "triangular", 3: "sc"}[d]
        _, _, lengths, counts = LATTICES[self.lattice]
        self.Z, self.near, self.periods = sum(counts), counts[0], np.reshape(periods, (-1, d))
        self._find_bonds(lengths)
        self.adjacent, self.nearest = np.zeros((2, N, N), bool)
        for mask, of in ((self.adjacent, self.bond), (self.nearest, self.bond[self.bond_class == 0])):
            mask[tuple(of.T)] = mask[tuple(of.T[::-1])] = True
        self.surface = self.nearest.sum(axis=1) < self.near
        self.field = np.zeros(N)                           # h, which adds h . sigma to the energy
        self.exchange = np.ones(N)                         # factors of k_ex
        shell = np.zeros(N, bool) if layer is None else np.asarray(layer) > 0
        self.core = ~shell
        self.averaged = self.core & ((self.adjacent & self.core).sum(axis=1) == self.Z)
        i, j = self.bond.T
        by_class = [np.broadcast_to(values, len(lengths))[self.bond_class] for values in (stiffness, mismatch)]
        self.k = by_class[0] * np.where(shell[i] & shell[j], shell_stiffness, 1.0)
        self._solve(by_class[1])

    def _find_bonds(self, lengths):
        """Pairs of sites at these distances, through the periods, too: each once."""
        found = []
        for image in product((-1, 0, 1), repeat=len(self.periods)):
            way = self.position[None] - self.position[:, None] + np.array(image) @ self.periods if len(image) else (
                self.position[None] - self.position[:, None])
            close = np.isclose(np.linalg.norm(way, axis=2)[..., None], lengths, atol=1e-6)
            found += [(i, j, k, way[i, j]) for i, j, k in np.argwhere(close) if i < j]
        self.bond = np.array([(i, j) for i, j, _, _ in found])
        self.bond_class = np.array([k for _, _, k, _ in found])
        self.vector = np.array([way for _, _, _, way in found])

    def _solve(self, mismatch):
        """V, and how displacements follow from s, with the strain of the periods behind them."""
        N, d, k = self.N, self.d, self.k[:, None]
        i, j = self.bond.T
        b = np.arange(len(i))
        alpha = self.vector / np.linalg.norm(self.vector, axis=1)[:, None]
        B = np.zeros((len(b), N, d))                       # alpha . (u_j - u_i)
        B[b, j], B[b, i] = alpha, -alpha
        self.strains = []
        span = np.linalg.svd(self.periods)[2][:len(self.periods)] if len(self.periods) else []
        for one, first in enumerate(span):
            self.strains += [np.outer(first, second) + np.outer(second, first) for second in span[one:]]
        homogeneous = np.array([np.einsum("bi,ij,bj->b", self.vector, E, alpha) for E in self.strains])
        B = np.hstack([B.reshape(len(b), N * d), homogeneous.reshape(-1, len(b)).T])
        A = np.zeros((len(b), N))                          # r (s_i + s_j) / 2
        A[b, i] = A[b, j] = mismatch / 2
        self.D, G = B.T @ (k * B), B.T @ (k * A)
        # the pseudo-inverse: rigid motions have eigenvalue 0
        value, vector = np.linalg.eigh(self.D)
        self.rigid = rigid = {0: d * (d + 1) // 2, 1: 2 if d == 2 else 4, 2: d, 3: d}[len(self.periods)]
        assert abs(value[:rigid]).max() < 1e-9 and value[rigid] > 1e-6
        half = vector[:, rigid:] / np.sqrt(value[rigid:])
        self.response = half @ (half.T @ G)                # u = response s
        V = 4 * (A.T @ (k * A) - G.T @ self.response)
        self.row_sums = abs(V.sum(axis=1)).max()           # of what is not yet projected
        V = V - V.mean(axis=0)
        V = V - V.mean(axis=1)[:, None]                    # P V P
        self.V = (V + V.T) / 2

    def displacement(self, sigma):
        s = sigma - np.mean(sigma)
        return (self.response @ s)[:self.N * self.d].reshape(self.N, self.d)

    def strain(self, sigma):
        """d x d: how the periods are strained."""
        found = (self.response @ (sigma - np.mean(sigma)))[self.N * self.d:]
        return sum((x * E for x, E in zip(found, self.strains)), np.zeros((self.d, self.d)))

    def elastic_energy(self, sigma, V=None):
        return 0.5 * sigma @ (self.V if V is None else V) @ sigma

    def energy(self, sigma, epsilon, J, dmu, V=None):
        sigma = np.asarray(sigma, dtype=float)
        i, j = self.bond.T
        return (epsilon * self.elastic_energy(sigma, V) - J * np.sum(sigma[i] * sigma[j])
                - dmu / 2 * sigma.sum() + self.field @ sigma)

    def area(self, sigma, mismatch=0.1):
        """Mean and root mean square of the deviation of the area (volume) a site."""
        sigma = np.asarray(sigma, dtype=float)
        u, strain = self.displacement(sigma), self.strain(sigma)
        total = np.zeros(self.N)
        for (i, j), k, way in zip(self.bond, self.bond_class, self.vector):
            if k == 0:
                bond = way + mismatch * (u[j] - u[i] + way @ strain)
                total[[i, j]] += np.linalg.norm(bond)**self.d / self.near
        deviation = total[self.averaged] - 1
        return np.mean(deviation), np.std(deviation)

    def unlike(self, sigma):
        """P_k: the fraction of unlike pairs among the bonds of each class within the core."""
        inside = self.core[self.bond].all(axis=1)
        unlike = np.asarray(sigma)[self.bond[:, 0]] != np.asarray(sigma)[self.bond[:, 1]]
        return np.array([unlike[inside & (self.bond_class == k)].mean() for k in range(self.bond_class.max() + 1)])

    def depth(self):
        """Of each site its distance from the surface, in bonds of the first class; -1 without a surface."""
        depth = np.where(self.surface, 0, -1)
        for level in range(self.N):
            depth[(depth < 0) & self.nearest[depth == level].any(axis=0)] = level + 1
        return depth

    def order(self, sigma, R):
        """s(R) of an interior site: U1 or U2 where it agrees with its neighbours; plaquettes on the triangular lattice."""
        nb = np.flatnonzero(self.adjacent[R])
        if np.all(sigma[nb] == sigma[R]):
            return 2 * sigma[R]
        if self.lattice != "triangular":
            return 0
        ways = {j if i == R else i: way if i == R else -way for (i, j), way in zip(self.bond, self.vector)
                if R in (i, j)}
        dx, dy = np.array([ways[site] for site in nb]).T
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
