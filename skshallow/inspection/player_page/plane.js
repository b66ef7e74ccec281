// ---- The plane of two features: regions of the classes, and what each unit makes of it ----

const GRID = 64;

class Plane {
  constructor(run, figure) {
    this.run = run;
    const { X, codes, n_training, features, center, scale } = run.samples;
    this.limits = [0, 1].map((j) => {
      const x = X.filter((_, i) => i % 2 === j);
      const [low, high] = [Math.min(...x), Math.max(...x)], margin = 0.08 * (high - low || 1);
      return [low - margin, high + margin];
    });
    this.X = new Float64Array(2 * GRID * GRID);
    for (let i = 0; i < GRID * GRID; i++)
      [i % GRID, GRID - 1 - Math.floor(i / GRID)].forEach((place, j) => {
        const [low, high] = this.limits[j];
        this.X[2 * i + j] = low + ((place + 0.5) / GRID) * (high - low);
      });
    if (!run.hasPlane) return;
    this.image = new Pixels(figure.querySelector("canvas"), GRID);
    const picture = figure.querySelector(".samples");
    picture.setAttribute("aria-label", `${run.name} where each class is predicted, and the samples`);
    this.boundary = figure.querySelector(".boundary");
    codes.forEach((code, i) => {
      const [x, y] = this.limits.map(([low, high], j) => (100 * (X[2 * i + j] - low)) / (high - low));
      svg(picture, "path", {
        d: SHAPES[code % SHAPES.length], transform: `translate(${x.toFixed(2)} ${(100 - y).toFixed(2)})`,
        class: `marker${i < n_training ? "" : " held"}`, style: `--colour:${colourOf(code)}`,
      });
    });
    const [across, up] = this.limits.map(([low, high], j) =>
      `${features[j]} ${[low, high].map((x) => number(center[j] + scale[j] * x, 3)).join(" to ")}`);
    const held = codes.length > n_training ? ", hollow: to validate on" : "";
    legend(figure, run, `→ ${across}, ↑ ${up}${held}`);
  }

  draw({ A1, Z }, tones, tiles) {
    if (this.image) {
      this.paint(Z, tones);
      this.boundary.setAttribute("d", this.contours(Z).join(""));
    }
    const { n_hidden, n_outputs } = this.run;
    for (const { unit, image } of tiles.hidden) paintUnit(image, A1, unit, n_hidden, tones);
    for (const { unit, image } of tiles.outputs) paintUnit(image, Z, unit, n_outputs, tones);
  }

  // In the colour of the class predicted, the more so the more probable it is.
  paint(Z, tones) {
    const k = this.run.n_outputs, n_classes = Math.max(2, k);
    for (let i = 0; i < GRID * GRID; i++) {
      const z = (c) => (k > 1 ? Z[i * k + c] : c * Z[i]);
      let best = 0, sum = 0;
      for (let c = 1; c < n_classes; c++) if (z(c) > z(best)) best = c;
      for (let c = 0; c < n_classes; c++) sum += Math.exp(z(c) - z(best));
      const certainty = (1 / sum - 1 / n_classes) / (1 - 1 / n_classes);
      this.image.pixels[i] = tones.ofClass(best)[Math.round(certainty * N_SHADES)] ?? tones.grey;
    }
    this.image.show();
  }

  // Where a class begins to be predicted: its logit is as large as the largest other one.
  contours(Z) {
    const k = this.run.n_outputs;
    if (k === 1) return [zeros(Z)];
    return Array.from({ length: k }, (_, c) => zeros(marginsOf(c, Z, k)));
  }
}

// By how much the logits of one class exceed the largest other one.
function marginsOf(c, Z, k) {
  const margins = new Float64Array(Z.length / k);
  for (let i = 0; i < margins.length; i++) {
    let other = -Infinity;
    for (let o = 0; o < k; o++) if (o !== c && !(Z[i * k + o] <= other)) other = Z[i * k + o];
    margins[i] = Z[i * k + c] - other;
  }
  return margins;
}

// The lines where numbers on the grid change their sign: marching squares, as a path.
function zeros(f) {
  const signs = new Uint8Array(f.length), steps = [0, 1, GRID + 1, GRID];
  for (let i = 0; i < f.length; i++) signs[i] = f[i] > 0 ? 1 : 0;
  let path = "";
  const place = (i, along) => ((i + along + 0.5) * (100 / GRID)).toFixed(2);
  for (let i = 0; i < GRID * (GRID - 1); i++) {
    const sum = signs[i] + signs[i + 1] + signs[i + GRID + 1] + signs[i + GRID];
    if (sum === 0 || sum === 4 || i % GRID === GRID - 1) continue;
    let pen = "M";
    for (let corner = 0; corner < 4; corner++) {
      const a = i + steps[corner], b = i + steps[(corner + 1) % 4];
      if (signs[a] === signs[b]) continue;
      const zero = f[a] / (f[a] - f[b]), t = Number.isFinite(zero) ? zero : 0.5;
      const [x, y] = [a % GRID, Math.floor(a / GRID)], [x2, y2] = [b % GRID, Math.floor(b / GRID)];
      path += `${pen}${place(x, t * (x2 - x))} ${place(y, t * (y2 - y))}`;
      pen = pen === "M" ? "L" : "M";
    }
  }
  return path;
}

// A tile: what one unit gives over the plane, in shades up to the largest size there.
function paintUnit(image, A, unit, width, tones) {
  let largest = 0;
  for (let i = unit; i < A.length; i += width) largest = Math.max(largest, Math.abs(A[i]));
  const half = N_SHADES / 2, factor = largest ? half / largest : 0;
  for (let p = 0, i = unit; i < A.length; p++, i += width)
    image.pixels[p] = tones.signed[Math.round(half + factor * A[i])] ?? tones.grey;
  image.show();
}
