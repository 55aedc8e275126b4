"""Pictures of the bulk: isotherms, and the phase diagram in composition and temperature with the lines of mean field."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.bulk import Bulk, draw_box
from nixe.draw import COLOUR, DIVERGING, PAGE, legend_on_top, panel_letter, phase_patches, styled
from nixe.isotherms import Isotherm, MeanField, Order
from nixe.numbers import number

FINE = 400
SURE = 1.96  # standard errors of a bar
SHOWN = ((1 / 6, 0.2), (1 / 3, 0.2), (1 / 2, 0.2), (2 / 3, 0.2), (1 / 2, 0.5), (2 / 3, 0.5))  # c and kT of configurations
TEMPERATURE = r"temperature $k_\mathrm{B}T / \epsilon$"
BAR = {"ms": 4, "capsize": 2, "elinewidth": 0.7, "capthick": 0.7, "lw": 0}


def both(axes: Axes, c: Sequence[float], kT: Sequence[float], error: Sequence[float], **how: object) -> None:
    """Points of c < 1/2 and their mirror images."""
    c, error = np.array(c), np.array(error)
    for x, label in ((c, how.pop("label", "")), (1 - c, "")):
        axes.errorbar(x, kT, xerr=SURE * error, label=label or None, **BAR, **how)


def draw_dome(axes: Axes, field: MeanField, isotherms: Sequence[Isotherm]) -> None:
    """Where an open crystal is rich in A or in B: lines of mean field, and points measured."""
    kT = np.linspace(0.06, 1, FINE) * field.critical
    for line, colour, style, name in ((field.binodal, COLOUR["U1"], "-", "binodal, mean field"),
                                      (field.spinodal, COLOUR["U2"], (0, (5, 2)), "spinodal, mean field")):
        c = np.array([0.0, *(line(t) for t in kT)])
        up = np.array([0.0, *kT])
        axes.plot(np.concatenate([c, 1 - c[::-1]]), np.concatenate([up, up[::-1]]), color=colour, ls=style, lw=1, label=name)
    for name, colour, marker in (("binodal", COLOUR["U1"], "o"), ("spinodal", COLOUR["U2"], "s")):
        points = [(*getattr(each, name)(), each.kT) for each in isotherms]
        points = np.array([point for point in points if np.isfinite(point).all()]).reshape(-1, 3)
        both(axes, points[:, 0], points[:, 2], points[:, 1], fmt=marker, color=colour, mfc="white", label=f"{name}, measured")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.15 * field.critical)
    axes.set_xlabel("composition $c$")
    axes.set_ylabel(TEMPERATURE)
    axes.legend(loc="lower center", handlelength=1.8, labelspacing=0.3, bbox_to_anchor=(0.5, 0.16))


def draw_order(axes: Axes, field: MeanField, order: Order) -> None:
    """How much more there is of S1 than of S2, where these melt, and the line of mean field."""
    extent = order.ordered("S1") - order.ordered("S2")
    image = axes.pcolormesh(order.c, order.kT, extent.T, cmap=DIVERGING, vmin=-1, vmax=1, shading="nearest", rasterized=True)
    bar = axes.figure.colorbar(image, ax=axes, pad=0.02, aspect=30)
    bar.set_label(r"$\langle f_{\mathrm{S}_1} \rangle - \langle f_{\mathrm{S}_2} \rangle$")
    c = np.linspace(0, 1, FINE)
    axes.plot(c, field.ordering(c), color="black", ls=(0, (5, 2)), lw=1, label="instability, mean field")
    points = np.array([(x, *order.melting(i)) for i, x in enumerate(order.c) if order.ordered("S1", "S2")[i, 0] > 0.2])
    axes.errorbar(points[:, 0], points[:, 1], SURE * points[:, 2], fmt="D", color="black", mfc="white",
                  label="half of the order left", **{**BAR, "ms": 3.2})
    axes.set_xlim(0, 1)
    axes.set_ylim(order.kT[0] - 0.5 * (order.kT[1] - order.kT[0]), 1.28 * field.order)
    axes.set_facecolor(DIVERGING(0.5))
    axes.set_xlabel("composition $c$")
    axes.set_ylabel(TEMPERATURE)
    axes.legend(loc="upper right", handlelength=1.8, fontsize=7, frameon=True, framealpha=0.9, edgecolor="none")


@styled
def diagram_picture(field: MeanField, isotherms: Sequence[Isotherm], order: Order) -> Figure:
    """Of open crystals, and of those whose composition is given; below, configurations of the latter."""
    figure = Figure(figsize=(PAGE, 4.35))
    left = figure.add_axes((0.065, 0.40, 0.4, 0.5))
    right = figure.add_axes((0.545, 0.40, 0.455, 0.5))
    draw_dome(left, field, isotherms)
    draw_order(right, field, order)
    for axes, letter in ((left, "a"), (right, "b")):
        panel_letter(axes, letter)
    for number_, (c, kT) in enumerate(SHOWN):
        axes = figure.add_axes((0.01 + 0.166 * number_, 0.035, 0.155, 0.25))
        state = order.state(order.run, c, kT)
        sigma = order.run.replicas("snapshot/sigma", state)[0][-1]
        draw_box(axes, Bulk(order.run, c, sigma, order.f[0, 0], order.error[0, 0]))
        axes.text(0.5, -0.02, f"$c$ = {order.run.composition[state]:.2g}, $k_\\mathrm{{B}}T$ = {order.run.kT[state]:g}",
                  transform=axes.transAxes, ha="center", va="top", fontsize=7.5)
        if number_ == 0:
            panel_letter(axes, "c")
    legend_on_top(figure, phase_patches(order.run))
    return figure


@styled
def isotherms_picture(field: MeanField, isotherms: Sequence[Isotherm]) -> Figure:
    """dmu against composition: points measured, lines of mean field, and the difference of both."""
    figure = Figure(figsize=(PAGE, 2.7), constrained_layout=True)
    figure.get_layout_engine().set(w_pad=0.05)
    left, right = figure.subplots(1, 2)
    c = np.linspace(0.004, 0.996, FINE)
    tones = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, len(isotherms)))
    for each, tone in zip(isotherms, tones):
        left.plot(c, field.dmu(c, each.kT), color=tone, lw=0.9)
        left.errorbar(each.c, each.dmu, SURE * each.error, fmt="o", color=tone, label=number(each.kT, 2), **{**BAR, "ms": 2.6})
        right.errorbar(each.c, each.dmu - field.dmu(each.c, each.kT), SURE * each.error, fmt="o-", color=tone,
                       **{**BAR, "ms": 2.6, "lw": 0.8})
    for axes in (left, right):
        axes.axhline(0, color="0.6", lw=0.6)
        axes.set_xlim(0, 1)
        axes.set_xlabel("composition $c$")
    reach = 1.15 * max(np.abs(each.dmu).max() for each in isotherms)
    left.set_ylim(-reach, reach)
    left.set_ylabel(r"$\Delta\mu / \epsilon$")
    left.legend(title=r"$k_\mathrm{B}T / \epsilon$", handlelength=1, labelspacing=0.25, fontsize=7, title_fontsize=7.5)
    right.set_ylabel(r"$\Delta\mu$ less that of mean field ($\epsilon$)")
    panel_letter(left, "a")
    panel_letter(right, "b")
    return figure
