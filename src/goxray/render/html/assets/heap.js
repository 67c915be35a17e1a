
(() => {
  // The icicle: select a block and it takes the whole width, with what is above it and below; again, and it goes back.
  const whole = 1200;
  function shorten(name, cells) {
    if (cells < 4) return "";
    if (name.length <= cells) return name;
    const tail = Math.ceil((cells - 1) / 2);
    return `${name.slice(0, cells - 1 - tail)}…${name.slice(name.length - tail)}`;
  }
  function grow(svg, focus) {
    const from = Number(focus.dataset.x), width = Number(focus.dataset.w), depth = Number(focus.dataset.d);
    const pad = Number(svg.dataset.pad), cell = Number(svg.dataset.cell);
    for (const block of svg.querySelectorAll("[data-w]")) {
      const x = Number(block.dataset.x), w = Number(block.dataset.w), d = Number(block.dataset.d);
      const above = d < depth && x <= from + 1e-3 && x + w >= from + width - 1e-3;
      const inside = d >= depth && x >= from - 1e-3 && x + w <= from + width + 1e-3;
      block.toggleAttribute("hidden", !above && !inside);
      const left = above ? 0 : ((x - from) / width) * whole;
      const wide = above ? whole : (w / width) * whole;
      const rect = block.querySelector("rect"), text = block.querySelector("text");
      rect.setAttribute("x", left.toFixed(1));
      rect.setAttribute("width", Math.max(wide - 1, 0.5).toFixed(1));
      text.setAttribute("x", (left + pad).toFixed(1));
      text.textContent = shorten(block.dataset.name, Math.floor((wide - 2 * pad) / cell));
    }
    svg.grown = focus;
  }
  function select(event) {
    const block = event.target.closest("[data-icicle] [data-w]");
    if (!block || block.classList.contains("rest")) return;
    const svg = block.closest("[data-icicle]");
    grow(svg, svg.grown === block ? svg.querySelector("[data-w]") : block);
  }
  document.addEventListener("click", select);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") select(event);
  });
})();
