(() => {
  const chart = document.querySelector(".tl");
  if (!chart) return;
  const draw = goxrayDraw, root = document.documentElement;
  const data = draw.unpack(JSON.parse(chart.querySelector(".tl-data").textContent));
  const find = (name) => chart.querySelector(name);
  const body = find(".tl-body"), cross = find(".tl-cross"), pick = find(".tl-pick"), read = find(".tl-read"), said = find(".tl-said");
  const view = { lo: data.start, hi: data.end };
  const whole = data.end - data.start;
  const least = Math.max(whole * 1e-9, 1e-7);

  const canvasIn = (row) => {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    row.querySelector(".tl-plot").append(canvas);
    return canvas;
  };
  const rows = [...chart.querySelectorAll("[data-row]")].map((element) => {
    const at = Number(element.dataset.row);
    const row = { element, canvas: canvasIn(element), series: data.series.filter((each) => each.row === at), groups: data.groups.filter((each) => each.row === at) };
    row.process = element.closest(".tl-process");
    return row;
  });
  const axis = canvasIn(find(".tl-axis")), over = canvasIn(find(".tl-over"));
  chart.classList.add("live");
  for (const name of [".tl-tools", ".tl-hint", ".tl-over"]) find(name).hidden = false;

  // --- painting
  let asked = 0;
  const paint = () => { if (!asked) asked = requestAnimationFrame(painted); };
  function painted() {
    asked = 0;
    draw.axis(axis, view);
    for (const row of rows) {
      if (row.groups.length) draw.lane(row.canvas, row.groups, view);
      else draw.plot(row.canvas, row.series, view, data.above, false);
    }
    overview();
    find(".tl-range").textContent = `${draw.place(view.lo, view.hi - view.lo)} – ${draw.place(view.hi, view.hi - view.lo)}`;
    aim();
  }
  function overview() {
    const main = rows.filter((row) => row.element.dataset.kind === "plot").flatMap((row) => row.series.filter((each) => !each.limit));
    const all = { lo: data.start, hi: data.end }, lane = rows.find((row) => row.groups.length);
    if (main.length || !lane) draw.plot(over, main, all, data.above, true);
    else draw.lane(over, lane.groups, all);
    const pen = over.getContext("2d"), width = over.parentElement.clientWidth, height = over.parentElement.clientHeight;
    const left = ((view.lo - data.start) / whole) * width, right = ((view.hi - data.start) / whole) * width;
    pen.fillStyle = draw.fill("note");
    pen.globalAlpha = 0.28;
    pen.fillRect(0, 0, left, height);
    pen.fillRect(right, 0, width - right, height);
    pen.globalAlpha = 1;
    pen.strokeStyle = draw.fill("live");
    pen.lineWidth = 2;
    pen.strokeRect(Math.max(left, 1), 1, Math.max(Math.min(right, width - 1) - Math.max(left, 1), 2), height - 2);
  }

  // --- the piece that is shown
  let keeping = 0;
  function show(lo, hi, keep = true) {
    const wide = Math.min(Math.max(hi - lo, least), whole);
    let from = (lo + hi - wide) / 2;
    from = Math.min(Math.max(from, data.start), data.end - wide);
    view.lo = from;
    view.hi = from + wide;
    paint();
    if (!keep) return;
    clearTimeout(keeping);
    keeping = setTimeout(remember, 250);
  }
  const isWhole = () => view.hi - view.lo >= whole * (1 - 1e-9);
  function remember() {
    const digits = Math.max(0, Math.min(9, 4 - Math.floor(Math.log10(view.hi - view.lo))));
    const mark = isWhole() ? location.pathname + location.search : `#t=${view.lo.toFixed(digits)},${view.hi.toFixed(digits)}`;
    try { history.replaceState(null, "", mark); } catch (error) { /* a page inside another may not */ }
  }
  function fromHash(scroll) {
    const match = /^#t=(-?[\d.e+-]+),(-?[\d.e+-]+)$/.exec(location.hash);
    if (!match) return;
    const lo = Number(match[1]), hi = Number(match[2]);
    if (!(hi > lo)) return;
    show(lo, hi, false);
    if (scroll) chart.scrollIntoView({ block: "start" });
  }
  const zoom = (factor, about = (view.lo + view.hi) / 2) => show(about - (about - view.lo) * factor, about + (view.hi - about) * factor);
  const pan = (share) => { const by = (view.hi - view.lo) * share; show(view.lo + by, view.hi + by); };
  const reset = () => show(data.start, data.end);

  // --- reading values
  let at = null, hovered = null, mouse = null;
  const box = () => axis.parentElement.getBoundingClientRect();
  const second = (clientX) => { const place = box(); return view.lo + ((clientX - place.left) / place.width) * (view.hi - view.lo); };
  const element = (name, kind, text) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  function pair(left, right, color) {
    const line = element("div"), name = element("span");
    if (color) {
      const mark = element("i");
      mark.style.background = draw.fill(color);
      name.append(mark);
    }
    name.append(left);
    line.append(name, element("span", "", right));
    return line;
  }
  function aim() {
    cross.hidden = at === null || at < view.lo || at > view.hi;
    if (cross.hidden) { read.hidden = true; return; }
    const place = box();
    cross.style.left = `${place.left - body.getBoundingClientRect().left + ((at - view.lo) / (view.hi - view.lo)) * place.width}px`;
    const lines = told();
    read.replaceChildren(...lines);
    read.hidden = mouse === null;
    if (mouse === null) return;
    const size = read.getBoundingClientRect();
    const x = mouse.x + 18 + size.width > innerWidth - 6 ? mouse.x - size.width - 18 : mouse.x + 18;
    read.style.left = `${Math.max(4, x)}px`;
    read.style.top = `${Math.max(4, Math.min(mouse.y + 14, innerHeight - size.height - 6))}px`;
  }
  function told() {
    const lang = root.lang, near = ((view.hi - view.lo) / box().width) * 4;
    const head = element("div", "tl-at");
    head.append(element("span", "", draw.place(at, (view.hi - view.lo) / 20)));
    if (data.unix !== null) head.append(element("span", "", `${new Date((data.unix + at) * 1000).toISOString().slice(11, 23)} UTC`));
    const lines = [head];
    const here = hovered ? hovered.process : rows.length ? rows[0].process : null;
    if (hovered && hovered.groups.length) lines.push(...events(hovered, near, lang, true));
    for (const row of rows) {
      if (row.process !== here) continue;
      for (const each of row.series) {
        const value = each.on ? draw.valueAt(each, at) : null;
        if (value !== null) lines.push(pair(each.name[lang], draw.figure(value, each.unit), each.color));
      }
    }
    for (const row of rows) {
      if (row.process === here && row !== hovered && row.groups.length) lines.push(...events(row, near / 4, lang, false));
    }
    return lines;
  }
  function events(row, near, lang, whole) {
    const lines = [];
    for (const group of row.groups) {
      const found = draw.eventAt(group, at, near);
      if (found < 0) continue;
      const n = group.columns.find((column) => column[0] === "n");
      const title = group.titles.length ? group.titles[found][lang] : n && n[2][found] !== null ? `${group.name} ${n[2][found]}` : group.name;
      const length = group.d[found] > 0 ? draw.lasting(group.d[found]) : "";
      if (!whole) { lines.push(pair(title, length, group.color)); continue; }
      lines.push(element("div", "tl-what", title));
      lines.push(pair(draw.place(group.t[found], (view.hi - view.lo) / 100), length, group.color));
      for (const [name, unit, values] of group.columns) {
        if (name !== "n" && values[found] !== null) lines.push(pair(name, draw.figure(values[found], unit)));
      }
    }
    return lines;
  }
  const speak = () => { said.textContent = told().map((line) => [...line.childNodes].map((part) => part.textContent).join(" ")).join("; "); };
  const leave = () => { mouse = null; at = null; hovered = null; aim(); };

  // --- pointer: drag zooms, Shift or the middle button moves, two fingers do both, a double click shows the whole
  const fingers = new Map();
  let drag = null;
  const inPlots = (event) => event.target.closest(".tl-plot");
  body.addEventListener("pointerdown", (event) => {
    const place = inPlots(event);
    if (!place || event.button > 1) return;
    fingers.set(event.pointerId, event.clientX);
    const mini = place === over.parentElement;
    const kind = mini ? "mini" : event.pointerType !== "mouse" || event.shiftKey || event.button === 1 ? "move" : "pick";
    drag = { kind, from: event.clientX, lo: view.lo, hi: view.hi, moved: false };
    if (mini) center(event.clientX);
    if (event.button === 1) event.preventDefault();
    place.setPointerCapture(event.pointerId);
  });
  function center(clientX) {
    const place = over.parentElement.getBoundingClientRect(), half = (view.hi - view.lo) / 2;
    const middle = data.start + ((clientX - place.left) / place.width) * whole;
    show(middle - half, middle + half);
  }
  body.addEventListener("pointermove", (event) => {
    const place = inPlots(event);
    if (fingers.has(event.pointerId) && fingers.size === 2) { pinch(event); return; }
    if (drag && fingers.size) dragged(event);
    if (place && place !== over.parentElement) {
      hovered = rows.find((row) => row.element.contains(place)) || null;
      at = Math.min(Math.max(second(event.clientX), view.lo), view.hi);
      mouse = { x: event.clientX, y: event.clientY };
      aim();
    } else if (!drag) leave();
  });
  function dragged(event) {
    const by = event.clientX - drag.from;
    if (Math.abs(by) > 3) drag.moved = true;
    if (!drag.moved) return;
    if (drag.kind === "mini") center(event.clientX);
    else if (drag.kind === "move") {
      const shift = (-by / box().width) * (drag.hi - drag.lo);
      show(drag.lo + shift, drag.hi + shift);
    } else {
      const place = box(), edge = body.getBoundingClientRect().left;
      const left = Math.max(Math.min(event.clientX, drag.from), place.left), right = Math.min(Math.max(event.clientX, drag.from), place.right);
      pick.hidden = false;
      pick.style.left = `${left - edge}px`;
      pick.style.width = `${Math.max(right - left, 1)}px`;
    }
  }
  function pinch(event) {
    const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
    const before = Math.abs(fingers.get(event.pointerId) - other), now = Math.abs(event.clientX - other);
    const about = second((event.clientX + other) / 2);
    fingers.set(event.pointerId, event.clientX);
    if (before > 8 && now > 8) zoom(before / now, about);
    drag = null;
  }
  function lift(event) {
    fingers.delete(event.pointerId);
    if (drag && drag.kind === "pick" && drag.moved && event.type === "pointerup") {
      const place = box();
      const one = second(Math.max(Math.min(drag.from, place.right), place.left)), other = second(Math.max(Math.min(event.clientX, place.right), place.left));
      if (Math.abs(one - other) > 0) show(Math.min(one, other), Math.max(one, other));
    }
    else if (drag && !drag.moved && event.type === "pointerup" && hovered && hovered.element.dataset.kind === "findings") approach();
    pick.hidden = true;
    if (!fingers.size) drag = null;
  }
  // A finding that is selected in its lane takes the whole width.
  function approach() {
    const near = ((view.hi - view.lo) / box().width) * 4;
    for (const group of hovered.groups) {
      const found = draw.eventAt(group, at, near);
      if (found < 0) continue;
      const start = group.t[found], long = group.d[found], around = long > 0 ? long * 0.15 : whole * 0.02;
      show(start - around, start + long + around);
      return;
    }
  }
  body.addEventListener("pointerup", lift);
  body.addEventListener("pointercancel", lift);
  body.addEventListener("pointerleave", () => { if (!drag) leave(); });
  body.addEventListener("dblclick", (event) => { if (inPlots(event)) reset(); });
  body.addEventListener("wheel", (event) => {
    if (!inPlots(event)) return;
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const meant = event.ctrlKey || event.metaKey || document.activeElement === body;
    if (sideways && !isWhole()) { event.preventDefault(); pan((event.deltaX / box().width)); return; }
    if (sideways || !meant || (isWhole() && event.deltaY > 0 && !event.ctrlKey)) return;
    event.preventDefault();
    const notches = event.deltaMode === 1 ? event.deltaY / 3 : event.deltaY / 100;
    zoom(1.35 ** Math.max(-3, Math.min(3, notches)), second(event.clientX));
  }, { passive: false });

  // --- keys and buttons
  const DO = { in: () => zoom(0.5), out: () => zoom(2), left: () => pan(-0.25), right: () => pan(0.25), whole: reset };
  const KEYS = { "+": "in", "=": "in", ArrowUp: "in", "-": "out", _: "out", ArrowDown: "out", ArrowLeft: "left", ArrowRight: "right", 0: "whole", Home: "whole" };
  body.addEventListener("keydown", (event) => {
    if (event.target !== body || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") leave();
    else if (way && event.shiftKey) {
      const step = (view.hi - view.lo) / 100;
      at = Math.min(Math.max((at === null ? (view.lo + view.hi) / 2 : at) + way * step, view.lo), view.hi);
      mouse = null;
      aim();
      speak();
    } else if (KEYS[event.key]) DO[KEYS[event.key]]();
    else return;
    event.preventDefault();
  });
  chart.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) DO[button.dataset.do]();
    const key = event.target.closest(".tl-legend button");
    if (!key) return;
    const row = rows.find((each) => each.element.contains(key));
    const each = row.series[[...row.element.querySelectorAll(".tl-legend button")].indexOf(key)];
    each.on = !each.on;
    key.setAttribute("aria-pressed", String(each.on));
    paint();
  });

  // --- what else changes the picture
  addEventListener("hashchange", () => fromHash(true));
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#t="]');
    if (link && link.getAttribute("href") === location.hash) fromHash(true);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { draw.forget(); paint(); });
  new ResizeObserver(paint).observe(body);
  new MutationObserver(paint).observe(root, { attributes: true, attributeFilter: ["lang"] });
  addEventListener("scroll", () => { if (mouse) leave(); }, { passive: true });
  fromHash(false);
  paint();
})();
