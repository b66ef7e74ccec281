// Controls for each graph on the page: step through it node by node, and zoom.
(() => {
  const READABLE = 0.75; // Below this scale, a step shows its node in full size.
  const KEYS = {
    ArrowRight: "step →",
    ArrowLeft: "← back",
    Home: "start",
    End: "all",
    "+": "+",
    "-": "−",
  };

  // Each output in a notebook brings this script, and starts what has not been started.
  for (const figure of document.querySelectorAll(".skshallow-graph:not([data-ready])")) {
    figure.dataset.ready = "";
    start(figure);
  }

  function start(figure) {
    const frame = figure.querySelector(".frame");
    const svg = frame.querySelector("svg");
    const { width } = svg.viewBox.baseVal;

    // Forward, each node gets its value; backward, in the reverse order, its derivative.
    const nodes = [...svg.querySelectorAll("g")];
    const derived = nodes.filter((node) => line(node, "derivative")).reverse();
    const steps = [
      ...nodes.map((node) => ({ node, shows: "value" })),
      ...derived.map((node) => ({ node, shows: "derivative" })),
    ];
    const END = steps.length + 1; // After the last step: the whole picture.
    let made = END; // How many steps have been made.
    let zoom = null; // The scale that was chosen; if none was, what fits.

    function line(node, kind) {
      return node.querySelector(`text.${kind}`).textContent;
    }

    // Steps

    function stepTo(count) {
      made = count;
      const { node, shows } = steps[made - 1] ?? {};
      figure.classList.toggle("stepping", made < END);
      figure.classList.toggle("backward", shows === "derivative");
      steps.forEach((step, k) => step.node.classList.toggle(step.shows, k < made));
      for (const old of svg.querySelectorAll(".current")) old.classList.remove("current");
      if (node) for (const it of [node, ...arrows(node, shows)]) it.classList.add("current");
      status.textContent = said(node, shows);
      resize();
      if (node) center(node);
    }

    // The arrows that bring a node its value, or its derivative.
    function arrows(node, shows) {
      const from = `path[data-from="${nodes.indexOf(node)}"]`;
      return shows === "value" ? node.querySelectorAll("path") : svg.querySelectorAll(from);
    }

    function said(node, shows) {
      if (made === END) return "Arrow keys step through the graph, + and − zoom.";
      if (made === 0) return "Nothing is computed yet.";
      if (shows === "value") {
        const progress = `Forward, ${made} of ${nodes.length}`;
        return `${progress}: ${line(node, "formula")} ${line(node, "value")}`;
      }
      const senders = [...arrows(node, shows)].map((arrow) => arrow.parentNode);
      const names = senders.map((sender) => line(sender, "derivative").split(" = ")[0]);
      const progress = `Backward, ${made - nodes.length} of ${derived.length}`;
      const from = names.length ? `, from ${names.join(" and ")}` : "";
      return `${progress}: ${line(node, "derivative")}${from}`;
    }

    function center(node) {
      const box = node.querySelector("rect").getBBox();
      frame.scrollTo(
        (box.x + box.width / 2) * scale() - frame.clientWidth / 2,
        (box.y + box.height / 2) * scale() - frame.clientHeight / 2,
      );
    }

    // Zoom

    function fitting() {
      return Math.min(1, frame.clientWidth / width);
    }

    function scale() {
      const small = made < END && fitting() < READABLE;
      return zoom ?? (small ? 1 : fitting());
    }

    function resize() {
      svg.style.width = `${scale() * width}px`;
      svg.style.height = "auto";
    }

    // What is at (x, y) of the frame, by default its middle, stays there.
    function zoomBy(factor, x = frame.clientWidth / 2, y = frame.clientHeight / 2) {
      const before = scale();
      zoom = Math.min(Math.max(before * factor, fitting() / 2), 4);
      const [left, top] = [frame.scrollLeft + x, frame.scrollTop + y];
      resize();
      const ratio = zoom / before;
      frame.scrollTo(left * ratio - x, top * ratio - y);
    }

    function zoomToFit() {
      zoom = made < END ? fitting() : null;
      resize();
    }

    // Controls

    const actions = {
      start: () => stepTo(0),
      "← back": () => stepTo(Math.max(made - 1, 0)),
      "step →": () => stepTo(made === END ? 1 : made + 1),
      all: () => stepTo(END),
      "−": () => zoomBy(1 / 1.25),
      "+": () => zoomBy(1.25),
      fit: zoomToFit,
    };
    const controls = document.createElement("div");
    const status = document.createElement("output");
    controls.className = "controls";
    for (const [label, action] of Object.entries(actions)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.ariaLabel = { "−": "zoom out", "+": "zoom in" }[label] ?? label;
      button.addEventListener("click", action);
      controls.append(button);
    }
    controls.append(status);
    frame.before(controls);

    figure.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
      event.preventDefault();
      event.stopPropagation(); // A notebook has keys of its own.
      actions[KEYS[event.key]]();
    });

    const wheel = (event) => {
      if (!event.ctrlKey) return; // A page that scrolls goes on scrolling.
      event.preventDefault();
      const { left, top } = frame.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY / 500);
      zoomBy(factor, event.clientX - left, event.clientY - top);
    };
    frame.addEventListener("wheel", wheel, { passive: false });

    // Fingers scroll as they do everywhere; a mouse drags.
    svg.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" && event.button === 0) {
        svg.setPointerCapture(event.pointerId);
      }
    });
    svg.addEventListener("pointermove", (event) => {
      if (svg.hasPointerCapture(event.pointerId)) {
        frame.scrollBy(-event.movementX, -event.movementY);
      }
    });

    new ResizeObserver(resize).observe(frame);
    stepTo(END);
  }
})();
