// The controls, and the page's colours.

class Player {
  constructor({ runs, samples, updates, loss }) {
    this.updates = decoded(updates, Int32Array);
    this.last = this.updates.length - 1;
    const ids = ["play", "back", "on", "slider", "position", "speed", "spoken", "loss"];
    this.elements = Object.fromEntries(ids.map((id) => [id, document.getElementById(id)]));
    const all = runs.map((run) => new Run(run, samples[run.samples]));
    const sections = document.querySelectorAll(".run");
    this.views = all.map((run, k) => new View(run, sections[k]));
    this.plot = new LossPlot(all, loss, this.elements.loss);
    this.listen();
    this.tick = this.last;
    this.recolour();
  }

  listen() {
    const { play, back, on, slider, speed } = this.elements;
    slider.addEventListener("input", () => this.halt(+slider.value));
    play.addEventListener("click", () => this.toggle());
    back.addEventListener("click", () => this.halt(this.tick - 1));
    on.addEventListener("click", () => this.halt(this.tick + 1));
    document.addEventListener("keydown", (event) => this.key(event));
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) speed.selectedIndex = 0;
  }

  // The slider knows more keys; these are those that move from everywhere.
  key(event) {
    const { target, key, altKey, ctrlKey, metaKey } = event;
    if (altKey || ctrlKey || metaKey || target.tagName === "SELECT") return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by) this.halt(this.tick + by);
    else if (key === " " && target.tagName !== "BUTTON") this.toggle();
    else return;
    event.preventDefault();
  }

  // Go to one of the updates, by its number among those that any run has.
  go(tick) {
    const { slider, position, spoken } = this.elements, update = this.updates[tick];
    this.tick = tick;
    slider.value = tick;
    position.textContent = `update ${update} of ${this.updates[this.last]}`;
    slider.setAttribute("aria-valuetext", position.textContent);
    const colours = coloursNow();
    for (const view of this.views) view.draw(update, colours);
    this.plot.draw(update);
    if (this.playing) return;
    const said = this.views.map((view) => view.said).join("; ");
    spoken.textContent = `${position.textContent}: ${said}`;
  }

  halt(tick) {
    this.showPlaying(false);
    this.go(Math.max(0, Math.min(this.last, tick)));
  }

  toggle() {
    if (this.playing) return this.halt(this.tick);
    this.showPlaying(true);
    if (this.tick === this.last) this.go(0);
    let update = this.updates[this.tick], before;
    const next = (now) => {
      update += ((now - (before ?? now)) / 1000) * this.elements.speed.value;
      before = now;
      const tick = this.updates.findLastIndex((each) => each <= update);
      if (tick === this.last) return this.halt(tick);
      if (tick !== this.tick) this.go(tick);
      this.playing = requestAnimationFrame(next);
    };
    this.playing = requestAnimationFrame(next);
  }

  showPlaying(playing) {
    cancelAnimationFrame(this.playing);
    this.playing = playing;
    this.elements.play.textContent = playing ? "❚❚ Pause" : "▶ Play";
  }

  recolour() {
    document.documentElement.dataset.theme = theme();
    this.go(this.tick);
  }
}

// ---- The page that this one is a frame of, if it may be seen, has a theme of its own ----

const frame = window.frameElement, outside = frame?.ownerDocument;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function theme() {
  const jupyter = { true: "light", false: "dark" }[outside?.body.dataset.jpThemeLight];
  const own = prefersDark.matches ? "dark" : "light";
  return outside?.documentElement.dataset.theme ?? jupyter ?? own;
}

// The colours of the classes as pixels have them, from red to blue, without opacity.
function coloursNow() {
  const style = getComputedStyle(document.documentElement);
  return Array.from({ length: 7 }, (_, k) => {
    const [r, g, b] = style.getPropertyValue(`--colour${k}`).match(/\w\w/g);
    return parseInt(b + g + r, 16);
  });
}

const player = new Player(JSON.parse(document.getElementById("recordings").textContent));
prefersDark.addEventListener("change", () => player.recolour());
if (frame) {
  const observer = new MutationObserver(() => player.recolour());
  for (const root of [outside.documentElement, outside.body])
    observer.observe(root, { attributeFilter: ["data-theme", "data-jp-theme-light"] });
  new ResizeObserver(() => {
    frame.style.height = `${document.documentElement.offsetHeight}px`;
  }).observe(document.body);
}
