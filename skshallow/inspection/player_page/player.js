// ---- Colours ----

// Those of the classes stand in the style sheet; classes have shapes, too.
const N_COLOURS = 7, N_SHADES = 256;
const SHAPES = [
  "M-1.4 0a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0z",
  "M0 -1.7L1.6 1.2L-1.6 1.2z",
  "M-1.25 -1.25h2.5v2.5h-2.5z",
  "M0 -1.9L1.9 0L0 1.9L-1.9 0z",
];
const colourOf = (k) => `var(--colour${k % N_COLOURS})`;

// Colours of pixels on the page as it is now, light or dark: from its ground to a class's
// colour, and for numbers with a sign from the one colour over the ground to the other.
function tonesNow() {
  const probe = document.body.appendChild(document.createElement("i"));
  const resolved = (colour) => {
    probe.style.color = colour;
    return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  };
  const ground = resolved("var(--ground)");
  const shaded = (to, t) => {
    const [r, g, b] = ground.map((from, i) => from + t * (to[i] - from));
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  };
  const shades = (colour, most) => Uint32Array.from({ length: N_SHADES + 1 }, (_, i) =>
    shaded(resolved(colour), (most * i) / N_SHADES));
  const classes = Array.from({ length: N_COLOURS }, (_, k) => shades(colourOf(k), 0.5));
  const [minus, plus] = [shades("var(--minus)", 0.95), shades("var(--plus)", 0.95)];
  const signed = Uint32Array.from({ length: N_SHADES + 1 }, (_, i) =>
    i < N_SHADES / 2 ? minus[N_SHADES - 2 * i] : plus[2 * i - N_SHADES]);
  const grey = shaded(resolved("var(--ink)"), 0.3);
  probe.remove();
  return { ofClass: (code) => classes[code % N_COLOURS], signed, grey };
}

// ---- Elements ----

function svg(parent, name, attributes = {}, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  element.textContent = text;
  return parent.appendChild(element);
}

// A square canvas whose pixels are written as numbers.
class Pixels {
  constructor(element, size) {
    element.width = element.height = size;
    this.context = element.getContext("2d");
    this.image = this.context.createImageData(size, size);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  show() {
    this.context.putImageData(this.image, 0, 0);
  }
}

function number(x, digits = 4) {
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return "∞";
  const size = Math.abs(x);
  const text = x && (size < 1e-3 || size >= 1e5) ? x.toExponential(1) : `${+x.toPrecision(digits)}`;
  return text.replace(".0e", "e").replaceAll("-", "−");
}

// Below a picture: the classes with their markers, and more to say.
function legend(figure, run, text) {
  const place = figure.querySelector("figcaption");
  run.classes.forEach((name, code) => {
    const each = place.appendChild(document.createElement("span"));
    const picture = svg(each, "svg", { viewBox: "-2 -2 4 4", class: "key", "aria-hidden": true });
    svg(picture, "path", { d: SHAPES[code % SHAPES.length], style: `fill:${colourOf(code)}` });
    each.append(` ${name}`);
  });
  place.append(text);
}

// ---- All of one run ----

class View {
  constructor(run, number) {
    this.run = run;
    this.section = document.getElementById("run").content.cloneNode(true).firstElementChild;
    document.getElementById("runs").append(this.section);
    const part = (name) => this.section.querySelector(name);
    part(".name").textContent = run.name;
    part("h2 > i").style.color = colourOf(number);
    part("dl .validation").hidden = !run.validation;
    part(".ending").textContent = run.ending;
    this.network = new Network(run, part(".network"));
    if (run.n === 2) this.plane = new Plane(run, part(".plane"));
    if (!run.hasPlane) this.logits = new Logits(run, part(".logits"));
    part(".plane").hidden = !run.hasPlane;
    part(".logits").hidden = run.hasPlane;
  }

  draw(position, tones) {
    const { run } = this, frame = run.frame(position), update = run.updates[frame];
    const layers = run.layers(frame);
    this.network.draw(layers);
    this.plane?.draw(run.forward(this.plane.X, layers), tones, this.network.tiles);
    this.logits?.draw(layers);
    const said = [];
    for (const [name, curve] of Object.entries(run.curves)) {
      const element = this.section.querySelector(`data.${name}`);
      element.value = curve[update];
      element.textContent = number(curve[update]);
      said.push(`${element.closest("div").querySelector("dt").textContent} ${element.textContent}`);
    }
    const there = update === run.last;
    this.section.querySelector(".ending").classList.toggle("there", there);
    this.text = [run.name, ...said, ...(there ? [run.ending] : [])].filter(Boolean).join(", ");
  }
}

// ---- The controls ----

const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200];
const SECONDS = 10;

class Player {
  constructor(data) {
    const samples = data.samples.map(decodedSamples);
    this.runs = data.runs.map((run) => new Run(run, samples));
    this.last = Math.max(...this.runs.map((run) => run.last));
    this.ticks = [...new Set(this.runs.flatMap((run) => [...run.updates]))].sort((a, b) => a - b);
    this.elements = Object.fromEntries(["play", "back", "on", "slider", "position", "speed", "spoken"]
      .map((id) => [id, document.getElementById(id)]));
    document.body.classList.toggle("alone", this.runs.length === 1);
    document.querySelector("#loss .validation").hidden = !this.runs.some((run) => run.validation);
    this.views = this.runs.map((run, number) => new View(run, number));
    this.lossPlot = new LossPlot(this.runs, document.getElementById("loss"));
    this.listen();
    this.play(false);
    this.renewTones();
    this.go(this.last);
  }

  listen() {
    const { play, back, on, slider, speed } = this.elements;
    slider.max = this.last;
    slider.addEventListener("input", () => this.halt(+slider.value));
    play.addEventListener("click", () => this.play(!this.playing));
    back.addEventListener("click", () => this.step(-1));
    on.addEventListener("click", () => this.step(1));
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const usual = calm ? SPEEDS[0] : SPEEDS.find((updates) => this.last <= updates * SECONDS) ?? SPEEDS.at(-1);
    for (const updates of SPEEDS)
      speed.add(new Option(`${updates} updates/s`, updates, false, updates === usual));
    document.addEventListener("keydown", (event) => this.key(event));
    // Where the page around this one has a theme of its own, it is followed.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.renewTones());
    const page = pageAround();
    const observer = new MutationObserver(() => this.renewTones());
    if (page) for (const root of [page.documentElement, page.body]) observer.observe(root, { attributes: true });
  }

  key(event) {
    const { target, key, altKey, ctrlKey, metaKey } = event;
    if (altKey || ctrlKey || metaKey || target.tagName === "SELECT") return;
    const moves = {
      ArrowLeft: () => this.step(-1), ArrowDown: () => this.step(-1), PageDown: () => this.step(-10),
      ArrowRight: () => this.step(1), ArrowUp: () => this.step(1), PageUp: () => this.step(10),
      Home: () => this.halt(0), End: () => this.halt(this.last),
    };
    if (target.tagName !== "BUTTON") moves[" "] = () => this.play(!this.playing);
    if (!(key in moves)) return;
    event.preventDefault();
    moves[key]();
  }

  step(by) {
    const at = this.ticks.findLastIndex((tick) => tick <= this.position);
    this.halt(this.ticks[Math.max(0, Math.min(this.ticks.length - 1, at + by))]);
  }

  halt(position) {
    this.play(false);
    this.go(position);
  }

  play(playing) {
    this.playing = playing;
    this.elements.play.textContent = playing ? "❚❚ Pause" : "▶ Play";
    if (!playing) return this.position !== undefined && this.say();
    let position = this.position < this.last ? this.position : 0, before = performance.now();
    this.go(position);
    const next = (now) => {
      if (!this.playing) return;
      position += ((now - before) / 1000) * this.elements.speed.value;
      before = now;
      if (position >= this.last) return this.halt(this.last);
      if (Math.floor(position) !== this.position) this.go(Math.floor(position));
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }

  go(position) {
    const { slider, position: output } = this.elements;
    this.position = position;
    slider.value = position;
    output.textContent = `update ${position} of ${this.last}`;
    slider.setAttribute("aria-valuetext", output.textContent);
    for (const view of this.views) view.draw(position, this.tones);
    this.lossPlot.draw(position);
    if (!this.playing) this.say();
  }

  say() {
    this.elements.spoken.textContent = `update ${this.position}: ${
      this.views.map((view) => view.text).join("; ")}`;
  }

  renewTones() {
    const page = pageAround();
    const jupyter = { true: "light", false: "dark" }[page?.body.dataset.jpThemeLight];
    document.documentElement.style.colorScheme = page?.documentElement.dataset.theme ?? jupyter ?? "";
    this.tones = tonesNow();
    if (this.position !== undefined) this.go(this.position);
  }
}

// The page that this one is a frame of, if it may be seen.
function pageAround() {
  try {
    return window.frameElement?.ownerDocument;
  } catch {
    return null;
  }
}

const player = new Player(JSON.parse(document.getElementById("recordings").textContent));
if (pageAround())
  new ResizeObserver(() => {
    window.frameElement.style.height = `${document.documentElement.offsetHeight}px`;
  }).observe(document.body);
