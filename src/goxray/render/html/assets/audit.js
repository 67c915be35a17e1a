(() => {
  // Filter the findings by words, severity, rule and state; a rule without any goes out of sight.
  const tools = document.querySelector(".findings .tools");
  if (!tools) return;
  const input = tools.querySelector("[data-audit-filter]"), status = tools.querySelector("[role=status]");
  const picks = [...tools.querySelectorAll("[data-audit-pick]")];
  const items = [...document.querySelectorAll(".finding")];
  const groups = [...document.querySelectorAll(".group")];
  const nothing = document.querySelector("[data-audit-nothing]");
  const texts = new Map(items.map((item) => {
    const head = item.closest(".group").querySelector("header");
    return [item, `${item.textContent} ${head.textContent}`.toLowerCase()];
  }));
  const fits = (item, words) => picks.every((pick) => {
    const held = item.dataset[pick.dataset.auditPick].split(" ");
    return !pick.value || held.includes(pick.value);
  }) && words.every((word) => texts.get(item).includes(word));
  function filter() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of items) item.hidden = !fits(item, words);
    for (const group of groups) group.hidden = !group.querySelector(".finding:not([hidden])");
    count();
  }
  function count() {
    const shown = items.filter((item) => !item.hidden).length;
    nothing.hidden = shown > 0;
    const told = status.getAttribute(`data-${document.documentElement.lang}-data-shown`) || "";
    status.textContent = told.replace("{shown}", shown).replace("{total}", items.length);
  }
  function label() {
    const lang = document.documentElement.lang;
    for (const option of tools.querySelectorAll("option")) {
      option.label = option.getAttribute(`data-${lang}-label`) || option.label;
      option.textContent = option.label;
    }
    count();
  }
  tools.addEventListener("input", filter);
  document.addEventListener("click", (event) => { if (event.target.closest("[data-lang]")) label(); });
  label();
})();
