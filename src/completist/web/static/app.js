// All that pages do by themselves: themes, keys, choosing items, dropping files, sheets, and whether the line holds.
// Nothing here is needed to read a page or to send a form.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const keep = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };

  // --- theme ---------------------------------------------------------------------------------------------------
  one("#theme")?.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    keep("theme", root.dataset.theme);
  });

  // --- sheets --------------------------------------------------------------------------------------------------
  const sheet = one("#sheet"), keys = one("#keys");
  const open = (dialog) => { if (dialog && !dialog.open) dialog.showModal(); };
  one("#keys-open")?.addEventListener("click", () => open(keys));
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail?.ctx?.target;
    if (target === sheet || event.target === sheet) open(sheet);
    else if (sheet?.open && event.target?.id !== "line") sheet.close();
    count();
    const wished = one("[autofocus]");
    if (wished && !wished.contains(document.activeElement) && wished.closest("#content")) wished.focus();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-close]");
    if (button) button.closest("dialog")?.close();
    if (event.target === sheet || event.target === keys) event.target.close();
  });
  const singles = one("#single-keys");
  singles?.addEventListener("change", () => {
    root.dataset.keys = singles.checked ? "on" : "off";
    keep("single_keys", root.dataset.keys);
  });

  // --- keys ----------------------------------------------------------------------------------------------------
  const places = { h: "/", l: "/library", r: "/review", j: "/jobs", s: "/settings", i: "/imports" };
  let going = 0;
  const isTyping = (at) => at?.closest?.("input:not([type=checkbox]):not([type=range]),select,textarea,[contenteditable]");
  function step(by) {
    const rows = all("[data-row]");
    if (!rows.length) return false;
    const here = rows.indexOf(document.activeElement);
    const next = rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, here + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && event.target.id === "q") { event.target.blur(); one("#find").classList.remove("open"); return; }
    if (event.key === "Escape" && one("[data-cancel]")) { one("[data-cancel]").click(); return; }
    if (isTyping(event.target) || one("dialog[open]") || root.dataset.keys === "off") return;
    const key = event.key.toLowerCase();
    if (event.key === "/") { event.preventDefault(); search(); return; }
    if (event.key === "?") { event.preventDefault(); open(keys); return; }
    if (Date.now() - going < 1200 && places[key]) { going = 0; location.assign(places[key]); return; }
    if (key === "g") { going = Date.now(); return; }
    if (key === "x") {
      const box = document.activeElement?.closest?.(".item, tr")?.querySelector(".pick");
      if (box) { box.click(); event.preventDefault(); }
      return;
    }
    const button = one(`[data-key="${CSS.escape(key)}"]`);
    if (button) { event.preventDefault(); button.click(); return; }
    if ((key === "j" || key === "k") && step(key === "j" ? 1 : -1)) event.preventDefault();
  });
  function search() { one("#find").classList.add("open"); one("#q").focus(); }
  one("#find-open")?.addEventListener("click", search);
  one("#q")?.addEventListener("blur", (event) => { if (!event.target.value) one("#find").classList.remove("open"); });
  document.addEventListener("change", (event) => { if (event.target.matches("[data-submit]")) event.target.form.submit(); });

  // --- choosing items ------------------------------------------------------------------------------------------
  function count() {
    const bulk = one("#bulk");
    if (!bulk) return;
    const number = all(".pick:checked").length, whole = one("#pick-all").value === "yes", told = one("#picked");
    bulk.hidden = !number && !whole;
    one("#pick").classList.toggle("picking", !bulk.hidden);
    const said = whole ? told.dataset.all : number === 1 ? told.dataset.one : told.dataset.many.replace("#", number);
    if (told.textContent !== said) told.textContent = said;
    one("#pick-matching").hidden = whole;
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches(".pick") && one("#pick-all")) { one("#pick-all").value = ""; count(); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#pick-matching")) { one("#pick-all").value = "yes"; all(".pick").forEach((box) => { box.checked = true; }); count(); }
    if (event.target.closest("#pick-none")) { one("#pick-all").value = ""; all(".pick").forEach((box) => { box.checked = false; }); count(); one("#content").focus(); }
  });

  // --- toasts --------------------------------------------------------------------------------------------------
  const hidden = new Set(JSON.parse(sessionStorage.getItem("hidden") || "[]"));
  const hide = () => all(".toast[data-job]").forEach((toast) => { toast.hidden = hidden.has(toast.dataset.job); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-dismiss]");
    if (!button) return;
    if (button.dataset.dismiss) { hidden.add(button.dataset.dismiss); sessionStorage.setItem("hidden", JSON.stringify([...hidden])); }
    button.closest(".toast").hidden = true;
  });
  document.addEventListener("htmx:after:swap", hide);
  hide();

  // --- accepting all that are sure enough ------------------------------------------------------------------------
  document.addEventListener("input", (event) => {
    if (event.target.id !== "at-least") return;
    const form = one("#sweep"), percent = Number(event.target.value);
    const number = Math.min(Number(form.dataset.sure.split(",")[percent]), Number(form.dataset.most));
    one("#at-least-told").textContent = (percent / 100).toFixed(2);
    const button = one("#sweep-do");
    button.textContent = button.dataset.label.replace("#", number);
    button.disabled = !number;
  });

  // --- which section of the settings is looked at ----------------------------------------------------------------
  const sections = new IntersectionObserver((seen) => {
    const there = seen.find((each) => each.isIntersecting)?.target.getAttribute("aria-labelledby");
    if (!there || !one(`.setnav a[href="#${there}"]`)) return;
    for (const link of all(".setnav a")) {
      if (link.hash === `#${there}`) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-70px 0px -80% 0px" });
  all(".setsec").forEach((each) => sections.observe(each));

  // --- dropping files --------------------------------------------------------------------------------------------
  const drop = one("#drop");
  async function send(file) {
    const told = one("#drop-told"), asked = new URLSearchParams({ name: file.name });
    for (const name of ["format", "dry"]) asked.set(name, new FormData(drop).get(name) || "");
    told.textContent = drop.dataset.busy;
    try {
      const answer = await fetch(`${drop.dataset.to}?${asked}`, { method: "POST", body: file });
      const said = await answer.json();
      if (answer.ok) location.assign(said.to);
      else told.textContent = said.message || said.error?.message || String(answer.status);
    } catch (error) { told.textContent = error.message; }
  }
  if (drop) {
    one("#file").addEventListener("change", (event) => { if (event.target.files[0]) send(event.target.files[0]); });
    drop.addEventListener("click", (event) => { if (!event.target.closest("label,input")) one("#file").click(); });
    for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => { event.preventDefault(); if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]); });
    drop.addEventListener("submit", (event) => event.preventDefault());
  }

  // --- the line to the server ------------------------------------------------------------------------------------
  let line, heard = Date.now();
  const alive = () => { heard = Date.now(); root.dataset.line = "up"; };
  function hold(held) {
    line = held;
    for (const name of ["beat", "htmx:sse:after:connection", "htmx:sse:after:message"]) line?.addEventListener(name, alive);
  }
  hold(one("#line"));
  document.addEventListener("htmx:after:swap", () => { // a page that came in the place of another is watched instead
    const at = one("#content")?.dataset.at;
    if (!line || !at || line.dataset.at === at) return;
    const fresh = line.cloneNode(false);
    fresh.dataset.at = at;
    fresh.removeAttribute("data-htmx-powered");
    fresh.setAttribute("hx-sse:connect", `/live?at=${encodeURIComponent(at)}`);
    line.replaceWith(fresh);
    hold(fresh);
    htmx.process(fresh);
  });
  setInterval(() => { if (line && !document.hidden && Date.now() - heard > 5000) root.dataset.line = "down"; }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) heard = Date.now(); });
  count();
})();
