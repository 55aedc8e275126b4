// The player of a report: configurations from the data in the page, which nixe/player.py packs,
// drawn as SVG, with the fractions of the phases beside them.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const element = (id) => document.getElementById(id);
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const floats = (text) => new Float32Array(bytes(text).buffer);
  const position = floats(data.position);
  const sites = position.length / data.dimensions;
  const coordinate = (site, axis) => position[site * data.dimensions + axis];
  const LABEL = {U1: "U₁", S1: "S₁", unclassified: "unclassified", S2: "S₂", U2: "U₂"};
  const SHELL = 6;
  const SECOND = 1000;
  const FRAMES = 4; // a second

  const layers = Math.max(...data.height) + 1; // along z; 1 in two dimensions
  const state = {
    row: 0, // of data.rows
    snapshot: data.first,
    view: data.view, // "phases" or "ions"
    layer: Math.floor(layers / 2), // the cut that is shown
    timer: null, // while it plays
    touched: false, // whether the reader has chosen a snapshot
  };
  let cells = []; // {site, path}: what is drawn of the crystal

  function make(name, attributes, parent, text) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  // Configurations.

  // The code of each site: bit 3 is 1 for A; bits 0 to 2 are its phase, or 5 (core) or 6 (shell).
  function configuration(row, snapshot) {
    const half = Math.ceil(sites / 2);
    row.packed ??= bytes(row.cells);
    const codes = new Uint8Array(sites);
    for (let site = 0; site < sites; site++) {
      codes[site] = (row.packed[snapshot * half + (site >> 1)] >> (4 * (site & 1))) & 15;
    }
    return codes;
  }

  function colourClass(code) {
    const ion = code & 8 ? "A" : "B";
    const kind = code & 7;
    if (state.view === "phases") return data.phases[kind] ?? ion + "-pale";
    return kind === SHELL ? ion + "-pale" : ion;
  }

  // The cell of a site, in three dimensions in the plane of its layer.
  function outline(site) {
    const corners = data.outline.map(([x, y]) =>
      (coordinate(site, 0) + x).toFixed(3) + "," + (-coordinate(site, 1) - y).toFixed(3));
    return "M" + corners.join("L") + "Z";
  }

  function layOut() {
    const crystal = element("crystal");
    let [x, y] = [0, 0];
    for (let site = 0; site < sites; site++) {
      x = Math.max(x, Math.abs(coordinate(site, 0)) + 0.7);
      y = Math.max(y, Math.abs(coordinate(site, 1)) + 0.7);
    }
    crystal.setAttribute("viewBox", [-x, -y, 2 * x, 2 * y].join(" "));
    crystal.replaceChildren();
    cells = [];
    for (let site = 0; site < sites; site++) {
      if (data.height[site] !== state.layer) continue;
      cells.push({site, path: make("path", {d: outline(site), "data-site": site}, crystal)});
    }
  }

  // What stands beside the crystal.

  function stampText() {
    const at = data.at[state.snapshot];
    return data.axis === "time" ? "t = " + quantity(at) + " k⁻¹" : "sweep " + at;
  }

  const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const power = (exponent) => "10" + String(exponent).replace("-", "⁻")
    .replace(/\d/g, (digit) => SUPERSCRIPT[digit]);

  function quantity(value) {
    if (value === 0 || (value >= 0.01 && value < 1e5)) return String(+value.toPrecision(3));
    const [mantissa, exponent] = value.toExponential(2).split("e");
    return (+mantissa === 1 ? "" : +mantissa + "×") + power(+exponent);
  }

  // [class, label, fraction] of this configuration: ions of the core, phases of the averaged sites.
  function fractions(codes) {
    const phases = data.phases.map(() => 0);
    const ions = {A: 0, B: 0};
    for (const code of codes) {
      if ((code & 7) < phases.length) phases[code & 7]++;
      if ((code & 7) !== SHELL) ions[code & 8 ? "A" : "B"]++;
    }
    const averaged = phases.reduce((sum, count) => sum + count, 0);
    const ofPhases = data.shown.map((name) =>
      [name, LABEL[name], phases[data.phases.indexOf(name)] / averaged]);
    const ofIons = ["A", "B"].map((ion) => [ion, ion, ions[ion] / (ions.A + ions.B)]);
    return state.view === "phases" ? ofPhases : [...ofIons, ...ofPhases];
  }

  function drawLegend(codes) {
    const legend = element("legend");
    legend.replaceChildren();
    for (const [name, label, value] of fractions(codes)) {
      const item = document.createElement("li");
      item.dataset.name = name;
      const swatch = make("svg", {viewBox: "0 0 10 10", "aria-hidden": "true"}, item);
      make("rect", {class: name, width: 10, height: 10}, swatch);
      item.append(label);
      const number = document.createElement("span");
      number.className = "value";
      number.textContent = value.toFixed(3);
      item.append(number);
      const bar = make("svg", {viewBox: "0 0 100 10", preserveAspectRatio: "none"}, item);
      bar.setAttribute("aria-hidden", "true");
      make("rect", {class: name, width: 100 * value, height: 10, "stroke-width": 0}, bar);
      legend.append(item);
    }
    element("pale").hidden = !element("crystal").querySelector(".A-pale, .B-pale");
  }

  // The curves of f.

  const BOX = {left: 34, right: 378, top: 8, bottom: 170};
  const first = data.curveAt[0];
  const last = data.curveAt[data.curveAt.length - 1];

  function across(value) {
    const [x, start, end] = [value, first, last].map(data.logarithmic ? Math.log : Number);
    const share = end > start ? (x - start) / (end - start) : 0.5;
    return BOX.left + Math.min(1, Math.max(0, share)) * (BOX.right - BOX.left);
  }

  const up = (f) => BOX.bottom - f * (BOX.bottom - BOX.top);

  function ticks() {
    const found = [];
    if (data.logarithmic) {
      const start = Math.ceil(Math.log10(first) - 1e-9);
      const end = Math.floor(Math.log10(last) + 1e-9);
      const step = Math.ceil((end - start + 1) / 6);
      for (let exponent = start; exponent <= end; exponent += step) {
        found.push([10 ** exponent, power(exponent)]);
      }
      return found;
    }
    const rough = (last - first) / 4 || 1;
    const decade = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * decade).find((size) => size >= rough);
    for (let at = Math.ceil(first / step) * step; at <= last; at += step) {
      found.push([at, quantity(at)]);
    }
    return found;
  }

  function drawCurves() {
    const curve = element("curve");
    curve.replaceChildren();
    make("path", {class: "axis", d: `M${BOX.left},${BOX.top}V${BOX.bottom}H${BOX.right}`}, curve);
    for (const f of [0, 0.5, 1]) {
      make("path", {class: "axis", d: `M${BOX.left},${up(f)}h-4`}, curve);
      make("text", {x: BOX.left - 7, y: up(f) + 4, "text-anchor": "end"}, curve, f);
    }
    for (const [at, label] of ticks()) {
      make("path", {class: "axis", d: `M${across(at)},${BOX.bottom}v4`}, curve);
      make("text", {x: across(at), y: BOX.bottom + 17, "text-anchor": "middle"}, curve, label);
    }
    make("text", {x: (BOX.left + BOX.right) / 2, y: 204, "text-anchor": "middle"}, curve,
      data.axis === "time" ? "time t (k⁻¹)" : "sweeps after equilibration");
    const row = data.rows[state.row];
    row.f ??= floats(row.curve);
    for (const name of data.shown) {
      const index = data.phases.indexOf(name);
      const points = [];
      for (let point = 0; point * data.phases.length < row.f.length; point++) {
        const f = row.f[point * data.phases.length + index];
        points.push(across(data.curveAt[point]).toFixed(1) + "," + up(f).toFixed(1));
      }
      make("polyline", {class: name, points: points.join(" ")}, curve);
    }
    make("line", {id: "marker", class: "marker", y1: BOX.top, y2: BOX.bottom}, curve);
    curve.setAttribute("aria-label", "Fraction of sites in each phase against " + data.axis);
  }

  // Showing and playing.

  const final = () => data.rows[state.row].count - 1;

  function show() {
    const codes = configuration(data.rows[state.row], state.snapshot);
    for (const {site, path} of cells) path.setAttribute("class", colourClass(codes[site]));
    element("stamp").textContent = stampText();
    element("snapshot").value = state.snapshot;
    element("snapshot").setAttribute("aria-valuetext", stampText());
    drawLegend(codes);
    if (data.shown.length) {
      const x = across(data.at[state.snapshot]);
      element("marker").setAttribute("x1", x);
      element("marker").setAttribute("x2", x);
    }
    remember();
  }

  function pause() {
    clearInterval(state.timer);
    state.timer = null;
    element("play").textContent = "Play";
  }

  function step() {
    if (state.snapshot < final()) state.snapshot++;
    if (state.snapshot >= final()) pause();
    show();
  }

  function play() {
    if (state.snapshot >= final() || !state.touched) state.snapshot = 0;
    state.touched = true;
    element("play").textContent = "Pause";
    state.timer = setInterval(step, SECOND / FRAMES);
    show();
  }

  function chooseRow() {
    state.row = +element("row").value;
    state.snapshot = Math.min(state.snapshot, final());
    element("snapshot").max = final();
    if (data.shown.length) drawCurves();
    show();
  }

  // The rows of the group chosen; the one with the same label as before, if there is one.
  function chooseGroup(event, before = element("row").selectedOptions[0]?.label) {
    element("row").replaceChildren();
    data.rows.forEach(({group, label}, index) => {
      if (group !== element("group").value) return;
      element("row").append(new Option(label, index, false, label === before));
    });
    chooseRow();
  }

  function chooseLayer() {
    state.layer = +element("layer").value;
    element("depth").textContent = `${state.layer + 1} of ${layers}`;
    layOut();
    show();
  }

  // A page that is loaded again while its run goes on shows what the reader has chosen.

  const memory = "nixe " + location.pathname;
  let storage = null;
  try {
    storage = sessionStorage;
  } catch {} // a browser that keeps nothing for files

  function remember() {
    if (!data.live || !storage) return;
    const at = state.touched ? data.at[state.snapshot] : null;
    const {group, label} = data.rows[state.row];
    storage.setItem(memory, JSON.stringify({group, label, at, view: state.view, layer: state.layer}));
  }

  function recall() {
    const before = JSON.parse(storage?.getItem(memory) ?? null);
    if (!data.live) storage?.removeItem(memory); // the last page
    if (!before) return;
    state.view = before.view;
    state.layer = before.layer;
    const row = data.rows.findIndex(({group, label}) => group === before.group && label === before.label);
    if (row >= 0) state.row = row;
    if (before.at === null) return;
    state.touched = true;
    const distance = data.at.map((at) => Math.abs(at - before.at));
    state.snapshot = distance.indexOf(Math.min(...distance));
  }

  function listen() {
    element("group").addEventListener("change", chooseGroup);
    element("row").addEventListener("change", chooseRow);
    element("layer").addEventListener("input", chooseLayer);
    element("play").addEventListener("click", () => (state.timer ? pause() : play()));
    element("snapshot").addEventListener("input", () => {
      pause();
      state.touched = true;
      state.snapshot = +element("snapshot").value;
      show();
    });
    for (const radio of document.querySelectorAll("input[name=view]")) {
      radio.checked = radio.value === state.view;
      radio.addEventListener("change", () => {
        state.view = radio.value;
        show();
      });
    }
  }

  function begin() {
    recall();
    const chosen = data.rows[state.row];
    const groups = [...new Set(data.rows.map((row) => row.group))];
    element("group").replaceChildren(...groups.map((group) => new Option(group)));
    element("groups").hidden = groups.length === 1 && groups[0] === "";
    element("views").hidden = data.shown.length === 0;
    element("curve").toggleAttribute("hidden", data.shown.length === 0);
    element("layers").hidden = data.dimensions !== 3;
    element("layer").max = layers - 1;
    element("layer").value = state.layer;
    element("depth").textContent = `${state.layer + 1} of ${layers}`;
    layOut();
    element("group").value = chosen.group;
    chooseGroup(null, chosen.label);
    listen();
  }

  begin();
})();
