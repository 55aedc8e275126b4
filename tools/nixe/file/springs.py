"""Bonds as springs: what displacements follow from. Needs scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .crystal import Crystal


class Springs:
    """Bonds as springs: what displacements follow from."""

    def __init__(self, run: Crystal, stiffness: np.ndarray, mismatch: np.ndarray) -> None:
        from scipy.linalg import qr  # here: nothing else needs scipy
        from scipy.sparse import coo_matrix, diags, hstack
        from scipy.sparse.linalg import splu

        bond, vector, sites = run.bonds, run.bond_vector, len(run.position)
        bonds, d = vector.shape
        self.bond, self.mismatch, self.shape = bond, mismatch, (sites, d)
        length = np.linalg.norm(vector, axis=1)[:, None]
        alpha = vector / length
        rows = np.repeat(np.arange(bonds), d)
        freedom = bond[:, :, None] * d + np.arange(d)
        stretch = coo_matrix((alpha.ravel(), (rows, freedom[:, 1].ravel())), (bonds, sites * d))
        stretch -= coo_matrix((alpha.ravel(), (rows, freedom[:, 0].ravel())), (bonds, sites * d))
        self.strains = _period_strains(run.periods)
        homogeneous = np.einsum("bi,sij,bj->bs", vector, self.strains, alpha)
        stretch = hstack([stretch, homogeneous]).tocsr()
        self.force = (stretch.T.multiply(stiffness)).tocsr()
        # As many freedoms as there are rigid motions are held by springs, which feel no force: it
        # has no resultant. The motion that they choose is taken out afterwards.
        motions = _rigid_motions(run.position, run.periods)
        held = qr(motions.T, mode="r", pivoting=True)[1]
        self.rigid, _ = np.linalg.qr(motions)
        spring = np.zeros(stretch.shape[1])
        spring[held[: self.rigid.shape[1]]] = 1
        matrix = (self.force @ stretch + diags(spring)).tocsc()
        self.solver = splu(matrix, "MMD_AT_PLUS_A", 0.0, options={"SymmetricMode": True})

    def displacement(self, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sites x dimensions; and the homogeneous strain of the periods, dimensions x dimensions."""
        s = np.asarray(sigma, dtype=float)
        s = s - s.mean()
        solution = self.solver.solve(self.force @ (self.mismatch * s[self.bond].mean(axis=1)))
        u, strain = np.split(solution, [self.shape[0] * self.shape[1]])
        u = u - self.rigid @ (self.rigid.T @ u)
        return u.reshape(self.shape), np.tensordot(strain, self.strains, 1)


def _period_strains(periods: np.ndarray) -> np.ndarray:
    """Strains x d x d: symmetric, of the space that the periods span."""
    d = periods.shape[1]
    axes = np.linalg.qr(periods.T)[0].T[: len(periods)]
    found = [(np.outer(a, b) + np.outer(b, a)) / 2 for i, a in enumerate(axes) for b in axes[: i + 1]]
    return np.array(found).reshape(-1, d, d)


def _rigid_motions(position: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Freedoms x motions: translations, then the rotations about the centroid that leave periods as they are."""
    sites, d = position.shape
    x = position - position.mean(axis=0)
    motions = [np.tile(axis, (sites, 1)) for axis in np.eye(d)]
    turns = []
    for i in range(d):
        for j in range(i):
            turn = np.zeros((d, d))
            turn[j, i], turn[i, j] = 1, -1
            turns.append(turn)
    if len(periods):  # combinations of them that turn no period
        moved = np.array([(periods @ turn).ravel() for turn in turns])
        left, size, _ = np.linalg.svd(moved)
        still = left[:, np.count_nonzero(size > 1e-9 * np.abs(periods).max()):].T
        turns = [np.tensordot(combination, turns, 1) for combination in still]
    motions += [x @ turn for turn in turns]
    return np.array(motions).reshape(len(motions), -1).T
