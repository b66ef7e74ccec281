// The pictures of one run. What stands still in them, player_pictures.py has drawn.

const GRID = 64; // Pixels a side, of pictures over the plane of two features.
const N_BINS = 48;

function number(x, digits = 4) {
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return "∞";
  const size = Math.abs(x), isPlain = !x || (size >= 1e-3 && size < 1e5);
  const text = isPlain ? `${+x.toPrecision(digits)}` : x.toExponential(1);
  return text.replace(".0e", "e").replaceAll("-", "−");
}

// ---- Over the plane of two features ----

// The inputs that the pixels stand for, row by row from above.
function pixelInputs([[left, right], [bottom, top]]) {
  const place = (cell) => (cell + 0.5) / GRID;
  const across = (_, i) => left + place(i % GRID) * (right - left);
  const down = (_, i) => top - place(Math.floor(i / GRID)) * (top - bottom);
  return [across, down].map((at) => new Float64Array(GRID * GRID).map(at));
}

const IMAGE = new ImageData(GRID, GRID), PIXELS = new Uint32Array(IMAGE.data.buffer);

// Each column has a colour where it is above 0; one alone has another where it is below.
// The larger the number, the less the ground shines through.
function paint(canvas, columns, factor, colours) {
  const isAlone = columns.length === 1;
  PIXELS.fill(0);
  columns.forEach((column, c) => {
    for (let i = 0; i < column.length; i++) {
      const isAbove = column[i] > 0, side = isAlone ? +isAbove : c % colours.length;
      if (!isAbove && !isAlone) continue;
      PIXELS[i] = colours[side] | (Math.round(255 * factor * Math.abs(column[i])) << 24);
    }
  });
  canvas.getContext("2d").putImageData(IMAGE, 0, 0);
}

// The lines where numbers on the grid change their sign, as a path: marching squares.
function zeros(f) {
  const corners = [0, 1, GRID + 1, GRID];
  let path = "";
  for (let i = 0; i < GRID * (GRID - 1); i++) {
    if (i % GRID === GRID - 1 || corners.every((by) => f[i + by] > 0 === f[i] > 0)) continue;
    const ends = corners.flatMap((by, k) => {
      const a = i + by, b = i + corners[(k + 1) % 4];
      if (f[a] > 0 === f[b] > 0) return [];
      const zero = f[a] / (f[a] - f[b]), t = Number.isFinite(zero) ? zero : 0.5;
      const between = (at) => (at(a) + t * (at(b) - at(a)) + 0.5).toFixed(2);
      return `${between((cell) => cell % GRID)} ${between((cell) => Math.floor(cell / GRID))}`;
    });
    for (let k = 0; k < ends.length; k += 2) path += `M${ends[k]}L${ends[k + 1]}`;
  }
  return path;
}

class View {
  constructor(run, section) {
    this.run = run;
    this.all = (selector) => [...section.querySelectorAll(selector)];
    if (run.limits) this.X = pixelInputs(run.limits);
    if (run.X) this.limitLogits();
    [this.hint] = this.all(".network title");
    this.hint.parentNode.addEventListener("pointerover", ({ target }) => {
      this.pointedAt = target.dataset;
      this.drawWeights();
    });
  }

  draw(update, colours) {
    const { run } = this, { update: last, theta } = run.at(update);
    this.theta = theta;
    this.drawNumbers(last);
    this.drawWeights();
    if (run.limits) this.drawPlane(run.forward(this.X, theta), colours);
    if (run.X) this.drawLogits(this.logits());
  }

  drawNumbers(update) {
    const { name, curves, updates } = this.run, [ending] = this.all(".ending");
    const numbers = this.all("data"), isThere = update === updates.at(-1);
    for (const data of numbers) {
      data.value = curves[data.className][update];
      data.textContent = number(+data.value);
    }
    ending.classList.toggle("there", isThere);
    const rows = [...numbers, ...(isThere ? [ending] : [])].map((each) => each.closest("div"));
    this.said = [name, ...rows.map((row) => row.textContent)].filter(Boolean).join(", ");
  }

  drawWeights() {
    for (const edge of this.all(".edges path")) {
      const weight = this.theta[edge.dataset.k];
      const size = Math.min(1, Math.abs(weight) / edge.parentNode.dataset.largest);
      edge.style.setProperty("--size", size.toFixed(3));
      edge.classList.toggle("plus", weight > 0);
      edge.classList.toggle("minus", weight < 0);
    }
    for (const sum of this.all(".sum"))
      sum.textContent = `× ${number(this.theta[sum.dataset.k], 3)}`;
    this.hint.textContent = this.pointedAt?.name ? this.entry(this.pointedAt) : "";
  }

  // What a line stands for: an entry of the estimator's attributes, for X as given. The
  // bias of scaled inputs differs from it; it is what a unit gives where all X are 0.
  entry({ name, k, scale, unit }) {
    const { run, theta } = this, origin = run.origin.map((x) => [x]);
    const bias = () => affine(origin, ...Object.values(run.layers(theta)[0]))[unit][0];
    return `${name} = ${number(unit ? bias() : theta[k] / scale)}`;
  }

  drawPlane(given, colours) {
    for (const tile of this.all(".tile")) {
      const a = given[tile.dataset.layer][tile.dataset.unit];
      let largest = 0;
      for (const each of a) largest = Math.max(largest, Math.abs(each));
      paint(tile, [a], 0.95 / largest, colours);
    }
    const [regions] = this.all(".square canvas"), [boundary] = this.all(".boundary");
    if (!regions) return;
    const Z = given.at(-1), leads = Z.length > 1 ? margins(Z) : Z;
    paint(regions, leads.map((lead) => lead.map((z) => Math.tanh(z / 2))), 0.5, colours);
    // Of several classes, the first ends where others begin.
    boundary.setAttribute("d", leads.slice(leads.length > 1 ? 1 : 0).map(zeros).join(""));
  }

  logits() {
    const { run } = this, Z = run.forward(run.X, this.theta).at(-1);
    return run.isMulticlass ? margins(Z) : Z;
  }

  limitLogits() {
    this.theta = this.run.at(this.run.kept).theta;
    const sizes = this.logits().flatMap((z) => [...z.map(Math.abs)]);
    this.limit = Math.max(1, ...sizes.filter(Number.isFinite));
    this.all(".limit")[0].textContent = number(this.limit, 3);
  }

  // Bars that count samples: upwards those that are of a class, downwards all others.
  drawLogits(Z) {
    const { members } = this.run, paths = this.all(".bars");
    Z.forEach((z, c) => {
      const counts = [0, 1].map(() => new Array(N_BINS).fill(0));
      z.forEach((each, i) => {
        const bin = Math.floor(((each / this.limit + 1) / 2) * N_BINS) || 0;
        counts[members[c][i]][Math.max(0, Math.min(N_BINS - 1, bin))]++;
      });
      const most = Math.max(...counts.flat());
      counts.forEach((bars, isMember) => {
        const bar = (count) => `V${(count / most).toFixed(3)}h0.9V0h0.1`;
        paths[2 * c + isMember].setAttribute("d", `M0 0${bars.map(bar).join("")}z`);
      });
    });
  }
}

// ---- J at each update, of all runs ----

class LossPlot {
  constructor(runs, { last, limits }, figure) {
    Object.assign(this, { runs, last, limits });
    this.dots = figure.querySelectorAll(".dot");
    for (const path of figure.querySelectorAll(".curve")) {
      const { run, curve } = path.dataset;
      const points = Array.from(runs[run].curves[curve], (J, update) => [update, this.y(J)]);
      const shown = points.filter(([, y]) => Number.isFinite(y));
      path.setAttribute("d", `M${shown.map((point) => point.join(" ")).join("L")}`);
    }
  }

  // From above, as a share of the height. The axis is logarithmic.
  y(J) {
    const [low, high] = this.limits;
    return Math.log(high / J) / Math.log(high / low);
  }

  draw(position) {
    for (const { style, dataset } of this.dots) {
      const run = this.runs[dataset.run], { update } = run.at(position);
      const y = this.y(run.curves[dataset.curve][update]);
      style.left = `${(100 * update) / this.last}%`;
      if (Number.isFinite(y)) style.top = `${100 * y}%`;
    }
  }
}
