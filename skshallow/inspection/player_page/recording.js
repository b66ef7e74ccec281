"use strict";
// What was recorded, as player_data.py writes it, and the package's formulas: of an update
// there is θ, and all that is drawn of it is computed from that.
//
//     Z1 = X W1 + b1    A1 = g(Z1)    Z2 = A1 W2 + b2
//
// X is centred and scaled, column by column, and W1 and b1 are those for such inputs. A
// linear model has one layer. Matrices of X, Z and A are lists of their columns.

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

// Z = X W + b, of W row by row.
function affine(X, W, b) {
  return Array.from(b, (bias, u) => {
    const z = new Float64Array(X[0].length).fill(bias);
    X.forEach((x, j) => {
      const w = W[j * b.length + u];
      for (let i = 0; i < z.length; i++) z[i] += w * x[i];
    });
    return z;
  });
}

// By how much each class's logits exceed the largest other ones: above 0, it is predicted.
function margins(Z) {
  return Z.map((own, c) => {
    const others = Z.filter((_, other) => other !== c);
    const largest = (i) => others.reduce((most, z) => Math.max(most, z[i]), -Infinity);
    return own.map((z, i) => z - largest(i));
  });
}

function decoded(text, Type) {
  return new Type(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
}

class Run {
  constructor(data, samples) {
    const floats = (text) => decoded(text, Float32Array);
    Object.assign(this, data);
    this.updates = decoded(data.updates, Int32Array);
    this.points = data.theta.map(floats);
    for (const name in data.curves) this.curves[name] = floats(data.curves[name]);
    this.X = samples?.X.map(floats);
    this.members = samples?.members.map((text) => decoded(text, Uint8Array));
  }

  // The last point recorded up to an update: after which update it was, and θ.
  at(update) {
    const point = this.updates.findLastIndex((each) => each <= update);
    return { update: this.updates[point], theta: this.points[point] };
  }

  layers(theta) {
    let start = 0;
    return this.shapes.map(([n, h]) => {
      const W = theta.subarray(start, (start += n * h));
      return { W, b: theta.subarray(start, (start += h)) };
    });
  }

  // What the units of each layer give: activations, and of the last one logits.
  forward(X, theta) {
    const g = ACTIVATIONS[this.activation], outputs = this.shapes.length - 1;
    let A = X;
    return this.layers(theta).map(({ W, b }, layer) => {
      A = affine(A, W, b);
      // In place: a copy of each column would take longer than the formula.
      const hidden = layer < outputs ? A : [];
      for (const a of hidden) for (let i = 0; i < a.length; i++) a[i] = g(a[i], this.slope);
      return A;
    });
  }
}
