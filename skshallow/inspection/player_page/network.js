// ---- The network: nodes, and lines whose widths are the sizes of the weights ----

const MOST = { inputs: 12, hidden: 12, outputs: 10 };
const WIDE = 320, STEP = 44, TILE = 34, WIDEST = 5.5;

class Network {
  constructor(run, figure) {
    this.run = run;
    this.box = figure.querySelector(".diagram");
    this.picture = this.box.querySelector("svg");
    this.columns = this.arranged();
    const { inputs, hidden, outputs } = this.columns;
    const rows = Math.max(2, hidden.units.length, outputs.units.length, inputs.units.length / 1.6);
    this.height = rows * STEP;
    this.box.style.aspectRatio = `${WIDE} / ${this.height}`;
    this.picture.setAttribute("viewBox", `0 0 ${WIDE} ${this.height}`);
    this.edges = [];
    this.tiles = { hidden: [], outputs: [] };
    this.sums = [];
    const lines = svg(this.picture, "g");
    if (run.n_hidden) this.join(lines, "W1", inputs, hidden);
    this.join(lines, "W2", run.n_hidden ? hidden : inputs, outputs);
    this.nodes(lines);
    this.largest = {};
    for (const layer in run.kept)
      this.largest[layer] = Math.max(...[run.kept, run.layers(0)].flatMap((layers) =>
        Array.from(layers[layer], Math.abs)).filter(Number.isFinite)) || 1;
    this.describe(figure);
  }

  // The columns of nodes: where they are, and which units they show if not all.
  arranged() {
    const { n, n_hidden: h, n_outputs: k, kept: { W1, W2 }, samples: { features }, classes } = this.run;
    const names = { inputs: features.map(shortened), outputs: k > 1 ? classes.map(shortened) : ["z"] };
    const widths = Object.values(names).map((all) => 6.4 * Math.max(...all.map((name) => name.length)));
    const r = n === 2 ? TILE / 2 : 8, [left, right] = [14 + widths[0], WIDE - r - 6 - widths[1]];
    const first = W1 ?? W2, width = first.length / n;
    return {
      inputs: { x: left, r: 4, names: names.inputs, of: "x",
                units: strongest(n, MOST.inputs, (j) => sizes(first, (i) => Math.floor(i / width) === j)) },
      hidden: { x: left + 0.52 * (right - left), r, of: "1",
                units: strongest(h, MOST.hidden, (u) => sizes(W2, (i) => Math.floor(i / k) === u)) },
      outputs: { x: right, r, names: names.outputs, of: "2",
                 units: strongest(k, MOST.outputs, (c) => sizes(W2, (i) => i % k === c)) },
    };
  }

  y({ units }, i) {
    return ((i + 0.5) * this.height) / units.length;
  }

  join(parent, layer, from, to) {
    from.units.forEach((j, i) => to.units.forEach((u, o) => {
      const [x, y] = [from.x + from.r, this.y(from, i)], [x2, y2] = [to.x - to.r, this.y(to, o)];
      const middle = (x + x2) / 2;
      this.edge(parent, `M${x} ${y}C${middle} ${y} ${middle} ${y2} ${x2} ${y2}`, layer, j, u);
    }));
  }

  edge(parent, d, layer, j, u) {
    this.edges.push({ element: svg(parent, "path", { d }), layer, j, u });
  }

  // Circles, or for two features tiles; each unit has its bias as a stub below.
  nodes(lines) {
    for (const column of Object.values(this.columns))
      column.units.forEach((unit, i) => {
        const { x, r, of } = column, y = this.y(column, i);
        const name = column.names?.[unit];
        if (of === "x") svg(this.picture, "text", { x: x - 9, y: y + 4, "text-anchor": "end" }, name);
        else if (name) svg(this.picture, "text", { x: x + r + 5, y: y + 4 }, name);
        if (of !== "x") this.edge(lines, `M${x} ${y + r + 8}V${y + r}`, `b${of}`, 0, unit);
        if (of === "x" || this.run.n !== 2) svg(this.picture, "circle", { class: "node", cx: x, cy: y, r });
        else this.tiles[of === "1" ? "hidden" : "outputs"].push({ unit, image: this.tile(x, y) });
        if (of === "1" && this.run.n_outputs === 1)
          this.sums.push({ unit, element: svg(this.picture, "text", { class: "sum", x: x + r + 4, y: y - r + 8 }) });
      });
  }

  tile(x, y) {
    const element = this.box.appendChild(document.createElement("canvas"));
    Object.assign(element.style, { left: `${(100 * x) / WIDE}%`, top: `${(100 * y) / this.height}%`,
                                   width: `${(100 * TILE) / WIDE}%` });
    return new Pixels(element, GRID);
  }

  // For screen readers what there is, and under the pointer what a line stands for.
  describe(figure) {
    const { n, n_hidden: h, n_outputs: k, activation, name } = this.run;
    const all = { inputs: [n, "features"], hidden: [h, `${activation} units`], outputs: [k, "outputs"] };
    const counts = Object.values(all).filter(([count]) => count).map((each) => each.join(" "));
    this.picture.setAttribute("aria-label", `${name} network of ${counts.join(", ")}: weights as lines`);
    for (const column in all) {
      const [few, [count, what]] = [this.columns[column].units.length, all[column]];
      if (few < count) figure.querySelector("figcaption").append(` ${few} of ${count} ${what} shown.`);
    }
    const hint = svg(this.picture, "title");
    this.picture.addEventListener("pointerover", ({ target }) => {
      const edge = this.edges.find(({ element }) => element === target);
      const entry = edge && this.run.entry(edge.layer, edge.j, edge.u, this.layers);
      hint.textContent = entry ? `${entry.name} = ${number(entry.value)}` : "";
    });
  }

  draw(layers) {
    this.layers = layers;
    for (const edge of this.edges) {
      const w = layers[edge.layer][edge.j * layers[`b${edge.layer[1]}`].length + edge.u];
      const size = Math.min(1, Math.abs(w) / this.largest[edge.layer]);
      edge.element.setAttribute("stroke-width", w ? (0.3 + WIDEST * size).toFixed(2) : 0);
      edge.element.setAttribute("stroke-opacity", (0.4 + 0.6 * size).toFixed(2));
      edge.element.setAttribute("class", w < 0 ? "edge minus" : "edge plus");
    }
    for (const { unit, element } of this.sums) element.textContent = `× ${number(layers.W2[unit], 3)}`;
  }
}

// The numbers of the units of largest size, in order.
function strongest(count, most, size) {
  const all = Array.from({ length: count }, (_, i) => i);
  if (count <= most) return all;
  const known = all.map(size);
  return all.sort((i, j) => known[j] - known[i]).slice(0, most).sort((i, j) => i - j);
}

function sizes(W, among) {
  return W.reduce((sum, w, i) => (among(i) ? sum + Math.abs(w) : sum), 0);
}

const shortened = (text) => (text.length > 14 ? `${text.slice(0, 13)}…` : text);
