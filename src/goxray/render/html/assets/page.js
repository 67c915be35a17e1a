"use strict";
(() => {
  const root = document.documentElement;
  const swapped = ["title", "placeholder", "aria-label"];

  // Language: both are in the page, the style sheet shows the one that <html lang> names; attributes are swapped here.
  function speak(lang) {
    root.lang = lang;
    document.title = document.querySelector("title").dataset[lang];
    for (const name of swapped) {
      for (const element of document.querySelectorAll(`[data-${lang}-${name}]`)) {
        element.setAttribute(name, element.getAttribute(`data-${lang}-${name}`));
      }
    }
    for (const button of document.querySelectorAll("[data-lang]")) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    }
    document.querySelectorAll("table[data-sortable]").forEach(count);
  }
  const told = (element, name) => element.getAttribute(`data-${root.lang}-${name}`) || "";
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // Tables: sort by a column's head, filter by words that must all occur.
  const value = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
  };
  function sort(head) {
    const table = head.closest("table");
    const at = head.cellIndex;
    const numeric = head.classList.contains("n");
    const was = head.getAttribute("aria-sort");
    const down = was === "none" ? numeric : was === "ascending";
    for (const other of table.tHead.rows[0].cells) {
      if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
    }
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [value(row, at), row]);
    const order = numeric ? (a, b) => a[0] - b[0] : (a, b) => a[0].localeCompare(b[0]);
    rows.sort((a, b) => (down ? order(b, a) : order(a, b)));
    table.tBodies[0].append(...rows.map((pair) => pair[1]));
  }
  function count(table) {
    const rows = [...table.tBodies[0].rows];
    const status = table.closest(".part").querySelector("[role=status]");
    const shown = rows.filter((row) => !row.hidden).length;
    status.textContent = fill(told(status, "data-shown"), { shown, total: rows.length });
  }
  function filter(input) {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const table = input.closest(".part").querySelector("table");
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    count(table);
  }

  // Tips: follow the pointer over tiles and cells, or stand at the tile that has the focus.
  const tip = document.querySelector(".tip");
  function show(text, x, y) {
    tip.textContent = text;
    tip.hidden = !text;
    if (!text) return;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 8))}px`;
    tip.style.top = `${y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18}px`;
  }
  function cellText(svg, event) {
    const values = svg.values || (svg.values = JSON.parse(svg.nextElementSibling.textContent));
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width / Number(svg.dataset.size);
    const across = Number(svg.dataset.across);
    const column = Math.floor((event.clientX - box.left) * scale);
    const place = Math.floor((event.clientY - box.top) * scale) * across + column;
    if (column < 0 || column >= across || !(place in values.full)) return "";
    const fold = Number(svg.dataset.fold);
    const cell = fold > 1 ? `${place * fold}-${place * fold + fold - 1}` : String(place);
    return fill(told(svg, "data-cell"), { cell, full: values.full[place] / 10, tombstones: values.tombstones[place] / 10 });
  }

  document.addEventListener("pointermove", (event) => {
    const tile = event.target.closest("[data-tip]");
    const cells = event.target.closest("svg.cells");
    if (tile) show(tile.getAttribute("aria-label"), event.clientX, event.clientY);
    else if (cells) show(cellText(cells, event), event.clientX, event.clientY);
    else tip.hidden = true;
  });
  document.addEventListener("focusin", (event) => {
    const tile = event.target.closest("[data-tip]");
    if (!tile || !tile.matches(":focus-visible")) return;
    const box = tile.getBoundingClientRect();
    show(tile.getAttribute("aria-label"), box.left, box.bottom - 12);
  });
  document.addEventListener("focusout", () => { tip.hidden = true; });
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  document.addEventListener("click", (event) => {
    const language = event.target.closest("[data-lang]");
    if (language) speak(language.dataset.lang);
    const head = event.target.closest("th[aria-sort]");
    if (head) sort(head);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-filter]")) filter(event.target);
  });

  // A treemap is one stop of the tab key; the arrow keys go from tile to tile.
  document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const map = step && event.target.closest("[data-roving]");
    if (!map) return;
    const tiles = [...map.querySelectorAll("[data-tip]")];
    const next = tiles[tiles.indexOf(event.target.closest("[data-tip]")) + step];
    if (!next) return;
    event.preventDefault();
    for (const tile of tiles) tile.setAttribute("tabindex", tile === next ? "0" : "-1");
    next.focus();
  });

  speak(root.lang);
})();
