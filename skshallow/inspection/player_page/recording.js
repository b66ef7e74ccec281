"use strict";
// What was recorded, as player_data.py writes it, and the package's formulas: of an update
// there is θ, and all that is drawn of it is computed from that.
//
//     Z1 = X W1 + b1    A1 = g(Z1)    Z2 = A1 W2 + b2
//
// X is centred and scaled, column by column, and W1 and b1 are those for such inputs. A
// linear model has W2 and b2 alone, and takes X in place of A1.

// ---- Formulas ----

const ACTIVATIONS = {
  identity: (z) => z,
  logistic: (z) => 1 / (1 + Math.exp(-z)),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
  relu: (z) => Math.max(0, z),
  leaky_relu: (z, slope) => (z > 0 ? z : slope * z),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  softplus: (z) => Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z))),
  gelu: (z) => z * normalDistribution(z),
};

// Φ(z) = ½ + φ(z) (z + z³/3 + z⁵/15 + …); beyond 8 it is 0 or 1 in double precision.
function normalDistribution(z) {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let term = z, sum = z, before;
  for (let i = 3; sum !== before; i += 2) {
    before = sum;
    term *= (z * z) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

// Z = X W + b, all row by row in flat arrays.
function affine(X, W, b) {
  const h = b.length, n = W.length / h, m = X.length / n, Z = new Float64Array(m * h);
  for (let i = 0; i < m; i++)
    for (let u = 0; u < h; u++) {
      let z = b[u];
      for (let j = 0; j < n; j++) z += X[i * n + j] * W[j * h + u];
      Z[i * h + u] = z;
    }
  return Z;
}

// ---- What was recorded ----

function decoded(text, Type) {
  return new Type(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
}

class Run {
  constructor(data, samples) {
    Object.assign(this, data);
    this.updates = decoded(data.updates, Int32Array);
    this.theta = decoded(data.theta, Float32Array);
    this.curves = {};
    for (const name in data.curves) this.curves[name] = decoded(data.curves[name], Float32Array);
    this.validation = this.curves.validation;
    this.samples = samples[data.samples];
    this.n = this.samples.features.length;
    this.last = this.updates.at(-1);
    this.keptUpdate = data.kept;
    this.kept = this.layers(this.frame(data.kept));
    this.g = ACTIVATIONS[this.activation];
    // Regions of labels that do not exclude each other would lie on one another.
    this.hasPlane = this.n === 2 && this.kind !== "multilabel";
  }

  // Which of the recorded points is that after so many updates, or the last before.
  frame(update) {
    let low = 0, high = this.updates.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.updates[middle] <= update) low = middle;
      else high = middle;
    }
    return low;
  }

  layers(frame) {
    const [n, h, k] = [this.n, this.n_hidden, this.n_outputs];
    const sizes = h ? { W1: n * h, b1: h, W2: h * k, b2: k } : { W2: n * k, b2: k };
    const size = Object.values(sizes).reduce((sum, part) => sum + part);
    let start = frame * size;
    const parts = {};
    for (const name in sizes)
      parts[name] = this.theta.subarray(start, (start += sizes[name]));
    return parts;
  }

  forward(X, { W1, b1, W2, b2 }) {
    const A1 = W1 ? affine(X, W1, b1) : X;
    if (W1) for (let i = 0; i < A1.length; i++) A1[i] = this.g(A1[i], this.slope);
    return { A1, Z: affine(A1, W2, b2) };
  }

  // An entry of the estimator's attributes, for X as given: its name and value.
  entry(name, j, u, layers) {
    const layer = this.n_hidden ? name[1] - 1 : null, seesX = !layer;
    const W = layers[`W${name[1]}`], b = layers[`b${name[1]}`], width = b.length;
    const { center, scale } = this.samples;
    if (name[0] === "W")
      return {
        name: layer === null ? `coef_[${u}, ${j}]` : `coefs_[${layer}][${j}, ${u}]`,
        value: W[j * width + u] / (seesX ? scale[j] : 1),
      };
    const shift = seesX ? center.reduce((sum, c, i) => sum + (c / scale[i]) * W[i * width + u], 0) : 0;
    return {
      name: layer === null ? `intercept_[${u}]` : `intercepts_[${layer}][${u}]`,
      value: b[u] - shift,
    };
  }
}

function decodedSamples(data) {
  const [X, codes] = [decoded(data.X, Float32Array), decoded(data.codes, Uint8Array)];
  const n = data.features.length;
  return { ...data, X, codes, XTrain: X.subarray(0, n * data.n_training) };
}
