// A slider for each trace on the page: it goes through the pass, quantity by quantity.
(() => {
  // Each output in a notebook brings this script, and starts what has not been started.
  for (const trace of document.querySelectorAll(".skshallow-trace:not([data-ready])")) {
    trace.dataset.ready = "";
    start(trace);
  }

  function start(trace) {
    const frame = trace.querySelector(".frame");
    const rows = [...trace.querySelectorAll("tbody tr")];
    const slider = document.createElement("input");
    const status = document.createElement("output");
    Object.assign(slider, { type: "range", min: 0, max: rows.length, value: 0 });
    slider.setAttribute("aria-label", "step");
    slider.addEventListener("input", () => stepTo(+slider.value));
    frame.before(slider, status);
    stepTo(0);

    // Before the first step, the whole table is as it is without a script.
    function stepTo(step) {
      const row = rows[step - 1];
      const { way, from, said } = row?.dataset ?? { said: "Slide, or use the arrow keys." };
      const used = from?.split(" ") ?? [];
      rows.forEach((each, k) => {
        each.className = each === row ? way : "";
        each.classList.toggle("used", used.includes(each.dataset.name));
        each.classList.toggle("later", step ? k >= step : false);
      });
      trace.classList.toggle("stepping", step > 0);
      status.textContent = row ? `${step} of ${rows.length}. ${said}` : said;
      slider.setAttribute("aria-valuetext", status.textContent);
      // In a table higher than its frame, the row is moved to the middle.
      if (row) frame.scrollTop = row.offsetTop - (frame.clientHeight - row.offsetHeight) / 2;
    }
  }
})();
