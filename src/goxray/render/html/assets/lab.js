(() => {
  // Filter the list and the claims below by words, verdict, topic and article.
  const list = document.querySelector(".lab-list");
  if (!list) return;
  const tools = list.closest(".part").querySelector(".tools");
  const input = tools.querySelector("[data-lab-filter]"), status = tools.querySelector("[role=status]");
  const picks = [...tools.querySelectorAll("[data-lab-pick]")];
  const rows = [...list.tBodies[0].rows];
  const cards = new Map([...document.querySelectorAll(".claim")].map((card) => [card.id, card]));
  const texts = new Map(rows.map((row) => {
    const card = cards.get(row.dataset.id), near = card && card.closest(".experiment");
    return [row, `${row.textContent} ${card ? card.textContent : ""} ${near ? near.id : ""} ${row.dataset.topic}`.toLowerCase()];
  }));
  function filter() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const picked = picks.every((pick) => !pick.value || row.dataset[pick.dataset.labPick] === pick.value);
      const fits = picked && words.every((word) => texts.get(row).includes(word));
      row.hidden = !fits;
      const card = cards.get(row.dataset.id);
      if (card) card.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const part of document.querySelectorAll(".experiment")) part.hidden = !part.querySelector(".claim:not([hidden])");
    for (const topic of document.querySelectorAll("section.topic")) topic.hidden = !topic.querySelector(".experiment:not([hidden])");
    count(shown);
  }
  function count(shown) {
    const told = status.getAttribute(`data-${document.documentElement.lang}-data-shown`) || "";
    status.textContent = told.replace("{shown}", shown).replace("{total}", rows.length);
  }
  function label() {
    const lang = document.documentElement.lang;
    for (const option of tools.querySelectorAll("option")) {
      option.label = option.getAttribute(`data-${lang}-label`) || option.label;
      option.textContent = option.label;
    }
    count(rows.filter((row) => !row.hidden).length);
  }
  tools.addEventListener("input", filter);
  document.addEventListener("click", (event) => { if (event.target.closest("[data-lang]")) label(); });
  // A link to a claim that the filter hides shows it again.
  addEventListener("hashchange", () => {
    const card = cards.get(decodeURIComponent(location.hash.slice(1)));
    if (!card || !card.hidden) return;
    input.value = "";
    for (const pick of picks) pick.value = "";
    filter();
    card.scrollIntoView();
  });
  label();
})();
