// ---- More features: how the samples' logits are distributed, a row for each output ----

const N_BINS = 48;

class Logits {
  constructor(run, figure) {
    this.run = run;
    const { n_outputs: k, classes, kind, name } = run, picture = figure.querySelector("svg");
    this.row = k === 1 ? 180 : 64;
    this.limit = Math.max(1, ...this.margins(run.kept).filter(Number.isFinite).map(Math.abs));
    picture.setAttribute("viewBox", `0 0 320 ${k * this.row}`);
    picture.setAttribute("aria-label", `${name} how the logits of the samples are distributed`);
    this.bars = Array.from({ length: k }, (_, c) => {
      const row = svg(picture, "g", { transform: `translate(0 ${(c + 0.5) * this.row})` });
      const half = this.row / 2 - 4, [up, down] = k === 1 ? [1, 0] : [c, null];
      svg(row, "path", { class: "axis", d: `M0 0H320M160 ${-half}V${half}` });
      svg(row, "text", { x: 318, y: 12 - half, "text-anchor": "end" }, classes[up]);
      if (k === 1) svg(row, "text", { x: 2, y: half }, classes[down]);
      return [[up, -1], [down, 1]].map(([code, sign]) => ({
        sign, element: svg(row, "path", { style: `fill:${code === null ? "var(--quiet)" : colourOf(code)}` }),
      }));
    });
    const what = kind === "multiclass" ? "logit less the largest other one" : "logit";
    legend(figure, run, `${what}, ±${number(this.limit, 3)}: to the right, the class is predicted`);
  }

  // Right of 0 a class is predicted: its logit, or by how much it exceeds the others.
  margins(layers) {
    const { samples: { XTrain }, n_outputs: k, kind } = this.run;
    const { Z } = this.run.forward(XTrain, layers);
    if (kind !== "multiclass") return Z;
    const columns = Array.from({ length: k }, (_, c) => marginsOf(c, Z, k));
    return Z.map((_, i) => columns[i % k][Math.floor(i / k)]);
  }

  draw(layers) {
    const { n_outputs: k, kind, samples: { codes } } = this.run;
    const counts = this.bars.map(() => [new Int32Array(N_BINS), new Int32Array(N_BINS)]);
    this.margins(layers).forEach((z, i) => {
      const c = i % k, code = kind === "multilabel" ? codes[i] : codes[Math.floor(i / k)];
      const isUp = kind === "multiclass" ? code === c : code === 1;
      const bin = Math.floor(((z / this.limit + 1) / 2) * N_BINS) || 0;
      counts[c][isUp ? 0 : 1][Math.max(0, Math.min(N_BINS - 1, bin))]++;
    });
    const [width, half] = [320 / N_BINS, this.row / 2 - 4];
    this.bars.forEach((both, c) => both.forEach(({ sign, element }, which) => {
      const most = Math.max(...counts[c].flatMap((each) => [...each]));
      const bar = (count, bin) => count && `M${(bin * width).toFixed(2)} 0h${(width - 0.7).toFixed(2)}` +
        `v${((sign * half * count) / most).toFixed(2)}h${(0.7 - width).toFixed(2)}z`;
      element.setAttribute("d", Array.from(counts[c][which], bar).filter(Boolean).join(""));
    }));
  }
}

// ---- J, update by update, on a logarithmic axis ----

const HEIGHT = 260, MARGIN = { left: 44, right: 14, top: 10, bottom: 30 };

class LossPlot {
  constructor(runs, figure) {
    [this.runs, this.picture] = [runs, figure.querySelector("svg")];
    this.last = Math.max(1, ...runs.map((run) => run.last));
    const all = runs.flatMap(({ curves: { loss, validation = [] } }) => [...loss, ...validation])
      .filter(isShown);
    this.limits = [Math.min(...all) / 1.1, Math.max(...all) * 1.1];
    this.picture.setAttribute("aria-label", "J at each update");
    new ResizeObserver(() => this.build()).observe(figure);
    this.build();
  }

  build() {
    const width = Math.max(160, this.picture.parentElement.clientWidth), { picture } = this;
    if (width === this.width) return;
    this.width = width;
    picture.replaceChildren();
    picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const [right, bottom] = [width - MARGIN.right, HEIGHT - MARGIN.bottom];
    const [low, high] = this.limits.map(Math.log);
    this.x = (update) => MARGIN.left + (update / this.last) * (right - MARGIN.left);
    this.y = (J) => bottom - ((Math.log(J) - low) / (high - low)) * (bottom - MARGIN.top);
    for (const J of ticksOf(...this.limits)) {
      svg(picture, "path", { class: "axis", d: `M${MARGIN.left} ${this.y(J)}H${right}` });
      svg(picture, "text", { x: MARGIN.left - 6, y: this.y(J) + 4, "text-anchor": "end" }, number(J));
    }
    for (const update of [0, this.last])
      svg(picture, "text", { x: this.x(update), y: HEIGHT - 14, "text-anchor": "middle" }, `${update}`);
    svg(picture, "text", { x: (MARGIN.left + right) / 2, y: HEIGHT - 14, "text-anchor": "middle" }, "updates");
    svg(picture, "text", { x: 2, y: MARGIN.top + 4 }, "J");
    this.dots = this.runs.flatMap((run, number) => ["loss", "validation"]
      .filter((name) => name in run.curves).map((name) => this.curve(run, name, colourOf(number))));
    this.draw(this.position ?? 0);
  }

  curve(run, name, colour) {
    const losses = run.curves[name], shown = Array.from(losses.keys()).filter((k) => isShown(losses[k]));
    const at = (k) => `${this.x(k).toFixed(1)} ${this.y(losses[k]).toFixed(1)}`;
    svg(this.picture, "path", { class: `curve ${name}`, style: `stroke:${colour}`,
                                d: `M${shown.map(at).join("L")}` });
    if (name === "loss" && isShown(losses[run.keptUpdate])) {
      const [cx, cy] = at(run.keptUpdate).split(" ");
      svg(this.picture, "circle", { class: "kept", cx, cy, r: 7, style: `stroke:${colour}` });
    }
    return { dot: svg(this.picture, "circle", { class: "dot", r: 4.5, style: `fill:${colour}` }), run, losses };
  }

  draw(position) {
    this.position = position;
    for (const { dot, run, losses } of this.dots) {
      const update = run.updates[run.frame(position)], J = losses[update];
      dot.setAttribute("cx", this.x(update).toFixed(1));
      if (isShown(J)) dot.setAttribute("cy", this.y(J).toFixed(1));
    }
  }
}

const isShown = (J) => J > 0 && J < Infinity;

// 1, 2 and 5 times powers of ten: all of them, some of the powers, or if J hardly changes
// multiples of one of them.
function ticksOf(low, high) {
  const inside = (ticks) => ticks.map((J) => +J.toPrecision(6)).filter((J) => J >= low && J <= high);
  const powers = (step) => {
    const first = step * Math.floor(Math.log10(low) / step);
    return Array.from({ length: 100 }, (_, i) => 10 ** (first + i * step));
  };
  const all = inside(powers(1).flatMap((power) => [power, 2 * power, 5 * power]));
  if (all.length < 3) {
    const size = 10 ** Math.floor(Math.log10(high - low));
    const step = [0.2, 0.5, 1, 2].map((part) => part * size).find((each) => (high - low) / each <= 6);
    return inside(Array.from({ length: 9 }, (_, i) => step * (Math.floor(low / step) + i)));
  }
  if (all.length <= 8) return all;
  return inside(powers(Math.ceil(Math.log10(high / low) / 7)));
}
