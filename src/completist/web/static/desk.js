// What pages of covers, commits and cards do by themselves: menus, waiting, uploads, what is chosen of commits.
// Nothing here is needed to read a page or to send a form, but for an upload.
(() => {
  "use strict";
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // --- menus: Escape and a press elsewhere close them ------------------------------------------------------------
  const close = (menu) => { menu.open = false; };
  document.addEventListener("click", (event) => {
    for (const menu of all("details.over[open]")) if (!menu.contains(event.target)) close(menu);
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && one("details.over[open]");
    if (menu) { close(menu); one("summary", menu).focus(); event.stopImmediatePropagation(); }
  }, true);

  // --- what takes long says so at once ---------------------------------------------------------------------------
  document.addEventListener("htmx:before:request", (event) => {
    const form = event.target.closest?.("form[data-busy][hx-post]"), told = one("#told");
    if (!form || !told) return;
    const menu = form.closest("details.over");
    if (menu) close(menu);
    const floor = document.createElement("div"), toast = document.createElement("div"), row = document.createElement("div");
    floor.className = "floor"; toast.className = "toast"; row.className = "row b"; toast.id = "busy";
    const ring = one("#busy-ring")?.content.cloneNode(true);
    if (ring) row.append(ring);
    row.append(form.dataset.busy);
    toast.append(row); floor.append(toast);
    if (told.contains(form)) told.append(floor); else told.replaceChildren(floor);
  });

  // --- pictures of one's own -------------------------------------------------------------------------------------
  const mine = () => one("form[data-upload]");
  async function send(file) {
    const form = mine(), told = one("[data-told]", form);
    told.textContent = form.dataset.busy;
    try {
      const answer = await fetch(form.dataset.upload, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
      const said = await answer.json();
      if (answer.ok) location.assign(said.to);
      else told.textContent = said.message || said.error?.message || String(answer.status);
    } catch (error) { told.textContent = error.message; }
  }
  document.addEventListener("change", (event) => {
    if (event.target.closest?.("form[data-upload]") && event.target.files?.[0]) send(event.target.files[0]);
  });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      const form = event.target.closest?.("form[data-upload]");
      if (form) { event.preventDefault(); form.classList.add("over"); }
    });
  }
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => mine()?.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    if (!event.target.closest?.("form[data-upload]")) return;
    event.preventDefault();
    if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
  });

  // --- what is chosen of commits ---------------------------------------------------------------------------------
  function sum() {
    const bar = one("#chosen-bar");
    if (!bar) return;
    const boxes = all(".commit-pick:checked"), counts = {};
    for (const box of boxes) counts[box.dataset.status] = (counts[box.dataset.status] || 0) + 1;
    const said = Object.entries(JSON.parse(bar.dataset.words)).filter(([name]) => counts[name]).map(([name, word]) => word.replace("#", counts[name]));
    bar.hidden = !boxes.length;
    const told = one("#chosen-told"), text = said.join(", ");
    if (told.textContent !== text) told.textContent = text;
    const again = one("#chosen-do"), only = boxes.length && boxes.every((box) => box.dataset.status !== "new");
    if (again) again.lastChild.textContent = only ? again.dataset.again : again.dataset.first;
  }
  document.addEventListener("change", (event) => { if (event.target.matches(".commit-pick")) sum(); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-choose]");
    if (!button) return;
    for (const box of all(".commit-pick")) box.checked = button.dataset.choose === "all" || (button.dataset.choose !== "none" && box.dataset.status !== "processed");
    sum();
    if (button.dataset.choose === "none") one("#content").focus();
  });
  document.addEventListener("htmx:after:swap", sum);
  sum();
})();
